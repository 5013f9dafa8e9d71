// The counties of the synthetic sample: a perturbed lattice of quads whose every border is bent by
// midpoint displacement. A border is a pure function of its own key, so both neighbours hold
// exactly the same vertices, and counties neither overlap nor leave gaps. Prefectures and provinces
// are blocks of counties.
#pragma once

#include <string>
#include <vector>

#include "jobs/sample_size.h"

namespace cnci::jobs {

struct SamplePoint {
  double lon = 0;
  double lat = 0;
  bool operator==(const SamplePoint&) const = default;
};
using SamplePolyline = std::vector<SamplePoint>;

struct SampleCounty {
  std::string county_code;
  std::string prefecture_code;
  std::string province_code;
  SamplePolyline ring;  ///< closed, counter-clockwise
  double area_km2 = 0;
};

struct SampleZones {
  std::vector<SampleCounty> counties;  ///< by code
  std::vector<SamplePolyline> coast;   ///< borders with a county on one side only
  double area_km2 = 0;
};

[[nodiscard]] SampleZones make_sample_zones(const SampleSize& size);

/// Area on the WGS84 ellipsoid of a closed ring of straight pieces in longitude and latitude.
[[nodiscard]] double sample_ring_area_km2(const SamplePolyline& ring);

/// Writes the counties as a GeoPackage, layer `counties`; returns the number of vertices.
std::size_t write_sample_zones(const std::string& path, const SampleZones& zones);

}  // namespace cnci::jobs
