#include "jobs/sample_noise.h"

#include <cmath>

namespace cnci::jobs {
namespace {

std::uint64_t splitmix64(std::uint64_t state) {
  state += 0x9e3779b97f4a7c15ULL;
  state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9ULL;
  state = (state ^ (state >> 27)) * 0x94d049bb133111ebULL;
  return state ^ (state >> 31);
}

// 6 t^5 - 15 t^4 + 10 t^3: no visible lattice lines.
double quintic(double t) { return t * t * t * (t * (t * 6 - 15) + 10); }

}  // namespace

std::uint64_t sample_hash(std::uint64_t seed, std::int64_t a, std::int64_t b, std::int64_t c) {
  std::uint64_t state = splitmix64(seed ^ static_cast<std::uint64_t>(a));
  state = splitmix64(state ^ static_cast<std::uint64_t>(b));
  return splitmix64(state ^ static_cast<std::uint64_t>(c));
}

double sample_uniform(std::uint64_t seed, std::int64_t a, std::int64_t b, std::int64_t c) {
  return static_cast<double>(sample_hash(seed, a, b, c) >> 11) * 0x1p-53;
}

ValueNoise::ValueNoise(std::uint64_t seed, double wavelength_deg, int octaves)
    : seed_(seed), wavelength_deg_(wavelength_deg), octaves_(octaves) {}

void ValueNoise::add(const SampleRow& row, double amplitude, std::span<double> out) const {
  // The octaves' amplitudes 1, 1/2, 1/4 ... are divided by their sum, 2 - 2^(1 - octaves).
  double weight = amplitude / (2.0 - 2.0 / static_cast<double>(std::int64_t{1} << octaves_));
  double frequency = 1.0 / wavelength_deg_;
  for (int octave = 0; octave < octaves_; ++octave) {
    const double y = row.lat * frequency;
    const double y_floor = std::floor(y);
    const auto iy = static_cast<std::int64_t>(y_floor);
    const double wy = quintic(y - y_floor);
    const auto column = [&](std::int64_t ix) {
      const double south = sample_uniform(seed_, octave, ix, iy);
      const double north = sample_uniform(seed_, octave, ix, iy + 1);
      return 2 * (south + (north - south) * wy) - 1;
    };
    // The two lattice columns around the point change seldom; they are kept between points.
    std::int64_t held = 0;
    bool holds = false;
    double west = 0;
    double east = 0;
    for (std::size_t i = 0; i < row.size; ++i) {
      const double x = (row.lon0 + static_cast<double>(i) * row.dlon) * frequency;
      const double x_floor = std::floor(x);
      const auto ix = static_cast<std::int64_t>(x_floor);
      if (!holds || ix != held) {
        west = holds && ix == held + 1 ? east : column(ix);
        east = column(ix + 1);
        held = ix;
        holds = true;
      }
      out[i] += weight * (west + (east - west) * quintic(x - x_floor));
    }
    weight *= 0.5;
    frequency *= 2;
  }
}

double ValueNoise::at(double lon, double lat) const {
  double value = 0;
  add({lat, lon, 0, 1}, 1, {&value, 1});
  return value;
}

}  // namespace cnci::jobs
