// Smooth random fields for the synthetic sample: value noise from a counter-based hash (splitmix64)
// of integer lattice coordinates, interpolated by Perlin's quintic. Only + - * / and floor, so that
// every machine gets the same bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace cnci::jobs {

/// Mixes a seed and up to three counters into 64 random bits.
[[nodiscard]] std::uint64_t sample_hash(std::uint64_t seed, std::int64_t a, std::int64_t b = 0,
                                        std::int64_t c = 0);
/// The same as a number in [0, 1).
[[nodiscard]] double sample_uniform(std::uint64_t seed, std::int64_t a, std::int64_t b = 0,
                                    std::int64_t c = 0);

/// Points along one parallel: longitude lon0 + i * dlon, degrees.
struct SampleRow {
  double lat = 0;
  double lon0 = 0;
  double dlon = 0;
  std::size_t size = 0;
};

/// A sum of octaves, each with half the wavelength and half the amplitude of the one before,
/// scaled to values within -1..1 (standard deviation about 0.25).
class ValueNoise {
 public:
  ValueNoise(std::uint64_t seed, double wavelength_deg, int octaves);

  /// Adds amplitude * noise to every value of `out`, which has row.size elements.
  void add(const SampleRow& row, double amplitude, std::span<double> out) const;
  [[nodiscard]] double at(double lon, double lat) const;

 private:
  std::uint64_t seed_;
  double wavelength_deg_;
  int octaves_;
};

}  // namespace cnci::jobs
