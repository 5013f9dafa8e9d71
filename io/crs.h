// Coordinate reference systems and transforms, from PROJ through GDAL. Axis order is always x
// (longitude, easting) first. PROJ's network access is off.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/transform.h"

namespace cnci::io {

/// WKT2 of any CRS that PROJ understands (EPSG:n, PROJ string, WKT); throws Error naming the text.
[[nodiscard]] std::string crs_wkt(const std::string& text);
[[nodiscard]] bool crs_is_geographic(const std::string& wkt);
/// Whether a text is AUTHORITY:NUMBER, as EPSG:4326.
[[nodiscard]] bool is_authority_code(std::string_view text);
/// The same CRS, whatever the axis order and the names.
[[nodiscard]] bool crs_same(const std::string& wkt_a, const std::string& wkt_b);
/// Short name for people: "EPSG:4326 (WGS 84)" or the CRS's own name.
[[nodiscard]] std::string crs_name(const std::string& wkt);
/// Name of the unit of its coordinates: "degree", "metre", "US survey foot".
[[nodiscard]] std::string crs_unit(const std::string& wkt);
/// A transform from one CRS to another; identity where they are the same. Not thread-safe: one
/// each.
[[nodiscard]] std::unique_ptr<engine::CoordinateTransform> make_transform(
    const std::string& from_wkt, const std::string& to_wkt);
/// WKT of WGS84 longitude and latitude.
[[nodiscard]] const std::string& wgs84_wkt();

}  // namespace cnci::io
