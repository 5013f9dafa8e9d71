// The made-up geography of the synthetic sample: climate, vegetation, soil, rock and cities as
// smooth functions of longitude and latitude, row by row. Its means over the province are tuned to
// come near the published fluxes; nothing here is a measurement.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "jobs/sample_noise.h"
#include "jobs/sample_size.h"

namespace cnci::jobs {

class SampleFields {
 public:
  explicit SampleFields(const SampleSize& size);

  using Values = std::vector<double>;
  [[nodiscard]] Values temperature_degc(const SampleRow& row) const;
  [[nodiscard]] Values precipitation_mm(const SampleRow& row) const;
  /// Precipitation by month, January first; adds up to precipitation_mm.
  [[nodiscard]] std::array<Values, 12> monthly_precipitation_mm(const SampleRow& row) const;
  [[nodiscard]] Values evapotranspiration_mm(const SampleRow& row) const;
  /// g C m-2 yr-1.
  [[nodiscard]] Values npp_gc_m2(const SampleRow& row) const;
  /// As MOD17A3HGF stores it: 0.0001 kg C m-2 yr-1, or a fill code of 32761..32767.
  [[nodiscard]] std::vector<std::int16_t> npp_raw(const SampleRow& row) const;
  /// kg C m-2 in the upper 20 cm.
  [[nodiscard]] Values soc_kg_m2(const SampleRow& row) const;
  /// GLiM codes 1..16.
  [[nodiscard]] std::vector<std::uint8_t> lithology(const SampleRow& row) const;
  /// 1 = unshielded, 2 = shielded.
  [[nodiscard]] std::vector<std::uint8_t> soil(const SampleRow& row) const;
  /// Emissions around a point, in arbitrary units: cities on a quiet background.
  [[nodiscard]] double emission_density(double lon, double lat) const;

 private:
  /// 1 in the province; from dry to wet over a continent.
  [[nodiscard]] Values wetness(const SampleRow& row) const;
  /// Noise of stream `stream` times `amplitude`, around `mean`.
  [[nodiscard]] Values noise(const SampleRow& row, std::int64_t stream, double wavelength_deg,
                             int octaves, double mean, double amplitude) const;

  std::uint64_t seed_;
  bool continental_;
  double detail_;
};

}  // namespace cnci::jobs
