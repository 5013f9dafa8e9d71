#include "jobs/sample_fields.h"

#include <algorithm>
#include <cmath>

namespace cnci::jobs {
namespace {

// GLiM codes.
enum Glim : std::uint8_t {
  kUnconsolidated = 1,
  kBasicVolcanic = 2,
  kSiliciclastic = 3,
  kMixedSedimentary = 5,
  kCarbonate = 6,
  kMetamorphic = 8,
  kAcidPlutonic = 9,
  kWater = 11,
  kPyroclastic = 12,
  kNoData = 15,
};

// MOD17A3HGF.
constexpr std::int16_t kNppUrban = 32762;
constexpr std::int16_t kNppBarren = 32765;
constexpr std::int16_t kNppWater = 32766;

// One stream of random numbers per field.
enum Stream : std::int64_t {
  kRelief = 101,
  kContinentRelief,
  kWarmth,
  kRain,
  kSeason,
  kEvaporation,
  kWetness,
  kVegetation,
  kUrban,
  kBarren,
  kSoilCarbon,
  kRock,
  kOtherRock,
  kLake,
  kUnmapped,
  kSoilClass,
  kHamlets,
  kCity,
};

// Thresholds of noise in -1..1, found by trial on the province: 65 % carbonate rock, 88 % shielded
// soils, 6 % without vegetation.
constexpr double kCarbonateBelow = 0.082;
constexpr double kContinentalCarbonateBelow = -0.22;
constexpr double kLakeAbove = 0.72;
constexpr double kUnmappedAbove = 0.80;
constexpr double kUrbanAbove = 0.49;
constexpr double kBarrenAbove = 0.72;
constexpr double kUnshieldedAbove = 0.345;

constexpr std::array<double, 12> kMonthlyShare = {0.024, 0.025, 0.043, 0.077, 0.142, 0.188,
                                                  0.165, 0.130, 0.083, 0.068, 0.036, 0.019};
// Adds up to zero: a wetter summer is a drier winter.
constexpr std::array<double, 12> kMonthlyTilt = {-0.006, -0.006, -0.008, -0.010, 0.000,  0.015,
                                                 0.020,  0.015,  0.000,  -0.008, -0.007, -0.005};

std::uint8_t other_rock(double noise) {
  if (noise < -0.50) return kPyroclastic;
  if (noise < -0.41) return kBasicVolcanic;
  if (noise < 0.10) return kMixedSedimentary;
  if (noise < 0.42) return kSiliciclastic;
  if (noise < 0.50) return kAcidPlutonic;
  return kMetamorphic;
}

}  // namespace

SampleFields::SampleFields(const SampleSize& size)
    : seed_(size.seed), continental_(size.continental), detail_(size.detail) {}

SampleFields::Values SampleFields::noise(const SampleRow& row, std::int64_t stream,
                                         double wavelength_deg, int octaves, double mean,
                                         double amplitude) const {
  Values values(row.size, mean);
  ValueNoise(sample_hash(seed_, stream), detail_ * wavelength_deg, octaves)
      .add(row, amplitude, values);
  return values;
}

SampleFields::Values SampleFields::wetness(const SampleRow& row) const {
  Values wet(row.size, 1.0);
  if (!continental_) return wet;
  wet = noise(row, kWetness, 14, 3, 0.85, 1.3);
  for (double& value : wet) value = std::clamp(value, 0.15, 1.6);
  return wet;
}

SampleFields::Values SampleFields::temperature_degc(const SampleRow& row) const {
  Values relief_km = noise(row, kRelief, 1.6, 5, 1.06, 1.3);
  const Values warmth = noise(row, kWarmth, 2.5, 3, 0, 0.8);
  Values highland_km(row.size, 0.0);
  if (continental_) highland_km = noise(row, kContinentRelief, 18, 2, 0, 3.0);
  const double sea_level_degc = 28 - 0.0085 * row.lat * row.lat;
  for (std::size_t i = 0; i < row.size; ++i) {
    const double elevation_km = std::clamp(relief_km[i], 0.6, 2.0) + std::max(0.0, highland_km[i]);
    relief_km[i] = std::max(-35.0, sea_level_degc - 5.5 * elevation_km + warmth[i]);
  }
  return relief_km;
}

SampleFields::Values SampleFields::precipitation_mm(const SampleRow& row) const {
  Values rain = noise(row, kRain, 2.2, 5, 1045, 420);
  const Values wet = wetness(row);
  for (std::size_t i = 0; i < row.size; ++i) rain[i] = std::clamp(rain[i], 900.0, 1400.0) * wet[i];
  return rain;
}

std::array<SampleFields::Values, 12> SampleFields::monthly_precipitation_mm(
    const SampleRow& row) const {
  const Values annual = precipitation_mm(row);
  const Values season = noise(row, kSeason, 3, 2, 0, 1);
  std::array<Values, 12> months;
  for (std::size_t month = 0; month < months.size(); ++month) {
    months[month].resize(row.size);
    for (std::size_t i = 0; i < row.size; ++i) {
      months[month][i] = annual[i] * (kMonthlyShare[month] + kMonthlyTilt[month] * season[i]);
    }
  }
  return months;
}

SampleFields::Values SampleFields::evapotranspiration_mm(const SampleRow& row) const {
  Values evaporation = noise(row, kEvaporation, 2, 2, 665, 160);
  const Values wet = wetness(row);
  const Values warm = temperature_degc(row);
  for (std::size_t i = 0; i < row.size; ++i) {
    const double cold = continental_ ? std::clamp(0.3 + 0.045 * warm[i], 0.2, 1.1) : 1.0;
    evaporation[i] = std::clamp(evaporation[i], 500.0, 750.0) * std::min(1.1, wet[i]) * cold;
  }
  return evaporation;
}

SampleFields::Values SampleFields::npp_gc_m2(const SampleRow& row) const {
  Values npp = noise(row, kVegetation, 1.2, 6, 889.5, 330);
  if (!continental_) {
    for (double& value : npp) value = std::clamp(value, 700.0, 1100.0);
    return npp;
  }
  const Values wet = wetness(row);
  const Values warm = temperature_degc(row);
  for (std::size_t i = 0; i < row.size; ++i) {
    npp[i] = std::clamp(npp[i], 700.0, 1100.0) * std::clamp(wet[i], 0.05, 1.15) *
             std::clamp((warm[i] + 12) / 27, 0.03, 1.15);
  }
  return npp;
}

std::vector<std::int16_t> SampleFields::npp_raw(const SampleRow& row) const {
  const Values npp = npp_gc_m2(row);
  const Values urban = noise(row, kUrban, 0.3, 3, 0, 1);
  const Values barren = noise(row, kBarren, 0.2, 2, 0, 1);
  const Values lake = noise(row, kLake, 0.25, 2, 0, 1);
  std::vector<std::int16_t> raw(row.size);
  for (std::size_t i = 0; i < row.size; ++i) {
    if (lake[i] > kLakeAbove) {
      raw[i] = kNppWater;
    } else if (urban[i] > kUrbanAbove) {
      raw[i] = kNppUrban;
    } else if (barren[i] > kBarrenAbove) {
      raw[i] = kNppBarren;
    } else {
      raw[i] = static_cast<std::int16_t>(std::floor(npp[i] * 10 + 0.5));
    }
  }
  return raw;
}

SampleFields::Values SampleFields::soc_kg_m2(const SampleRow& row) const {
  Values soc = noise(row, kSoilCarbon, 0.8, 6, 6.0, 3.4);
  for (double& value : soc) value = std::clamp(value, 4.0, 9.0);
  return soc;
}

std::vector<std::uint8_t> SampleFields::lithology(const SampleRow& row) const {
  const double below = continental_ ? kContinentalCarbonateBelow : kCarbonateBelow;
  const Values rock = noise(row, kRock, 0.7, 4, 0, 1);
  const Values other = noise(row, kOtherRock, 0.9, 3, 0, 1);
  const Values lake = noise(row, kLake, 0.25, 2, 0, 1);
  const Values unmapped = noise(row, kUnmapped, 0.2, 2, 0, 1);
  std::vector<std::uint8_t> codes(row.size);
  for (std::size_t i = 0; i < row.size; ++i) {
    if (unmapped[i] > kUnmappedAbove) {
      codes[i] = kNoData;
    } else if (lake[i] > kLakeAbove) {
      codes[i] = kWater;
    } else if (rock[i] < below) {
      codes[i] = kCarbonate;
    } else {
      codes[i] =
          continental_ && other[i] < -0.25 ? std::uint8_t{kUnconsolidated} : other_rock(other[i]);
    }
  }
  return codes;
}

std::vector<std::uint8_t> SampleFields::soil(const SampleRow& row) const {
  const Values kind = noise(row, kSoilClass, 0.4, 4, 0, 1);
  std::vector<std::uint8_t> codes(row.size);
  for (std::size_t i = 0; i < row.size; ++i) codes[i] = kind[i] > kUnshieldedAbove ? 1 : 2;
  return codes;
}

double SampleFields::emission_density(double lon, double lat) const {
  // At most one city in each square of 0.4 degree, with a long tail of sizes.
  constexpr double kSquare = 0.4;
  constexpr double kCityShare = 0.7;
  constexpr double kRadiusDeg = 0.07;
  const std::uint64_t seed = sample_hash(seed_, kCity);
  const auto square_x = static_cast<std::int64_t>(std::floor(lon / kSquare));
  const auto square_y = static_cast<std::int64_t>(std::floor(lat / kSquare));
  double density = 0.4 + 0.3 * ValueNoise(sample_hash(seed_, kHamlets), 0.6, 3).at(lon, lat);
  for (std::int64_t y = square_y - 1; y <= square_y + 1; ++y) {
    for (std::int64_t x = square_x - 1; x <= square_x + 1; ++x) {
      if (sample_uniform(seed, x, y, 0) > kCityShare) continue;
      const double dx = lon - (static_cast<double>(x) + sample_uniform(seed, x, y, 1)) * kSquare;
      const double dy = lat - (static_cast<double>(y) + sample_uniform(seed, x, y, 2)) * kSquare;
      const double weight = 0.25 / (0.02 + sample_uniform(seed, x, y, 3));
      const double near = 1 / (1 + (dx * dx + dy * dy) / (kRadiusDeg * kRadiusDeg));
      density += weight * near * near * near;
    }
  }
  return density;
}

}  // namespace cnci::jobs
