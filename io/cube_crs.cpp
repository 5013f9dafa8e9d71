#include "io/cube_crs.h"

#include <cmath>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "io/crs.h"
#include "io/gdal_handles.h"
#include "io/hdf5_attributes.h"
#include "io/hdf5_handles.h"
#include "io/tables.h"

namespace cnci::io {
namespace {

using engine::Error;
using engine::Grid;

/// The attribute that join reads: the lattice in whole numbers, which coordinates cannot give.
constexpr const char* kLattice = "lattice";

OGRSpatialReference reference(const Grid& grid) {
  prepare_gdal();
  const QuietGdal quiet;
  OGRSpatialReference crs;
  if (crs.importFromWkt(grid.crs_wkt.c_str()) != OGRERR_NONE) {
    throw Error("the grid's CRS cannot be read as WKT (" + QuietGdal::message() + ")");
  }
  return crs;
}

struct FreeText {
  void operator()(char* text) const { CPLFree(text); }
};

/// WKT 1 in GDAL's dialect, which every GDAL reads; empty where the CRS has none.
std::string wkt1(const OGRSpatialReference& crs) {
  const QuietGdal quiet;
  static const char* const kOptions[] = {"FORMAT=WKT1_GDAL", "MULTILINE=NO", nullptr};
  char* raw = nullptr;
  const OGRErr status = crs.exportToWkt(&raw, kOptions);
  const std::unique_ptr<char, FreeText> text(raw);
  return status == OGRERR_NONE && text ? text.get() : "";
}

/// A CF grid mapping: its name and its parameters.
struct Mapping {
  std::string name;
  std::vector<std::pair<std::string, std::vector<double>>> parameters;
  void add(const std::string& parameter, double value) {
    parameters.push_back({parameter, {value}});
  }
};

class Projection {
 public:
  explicit Projection(const OGRSpatialReference& crs) : crs_(crs) {
    if (const char* name = crs.GetAttrValue("PROJECTION")) name_ = name;
  }
  [[nodiscard]] bool is(const char* name) const { return name_ == name; }
  [[nodiscard]] double get(const char* parameter, double otherwise = 0) const {
    return crs_.GetNormProjParm(parameter, otherwise);
  }

 private:
  const OGRSpatialReference& crs_;
  std::string_view name_;
};

Mapping conic(const Projection& p) {
  Mapping m;
  const bool albers = p.is(SRS_PT_ALBERS_CONIC_EQUAL_AREA);
  m.name = albers ? "albers_conical_equal_area" : "lambert_conformal_conic";
  m.parameters.push_back({"standard_parallel",
                          {p.get(SRS_PP_STANDARD_PARALLEL_1), p.get(SRS_PP_STANDARD_PARALLEL_2)}});
  m.add("longitude_of_central_meridian",
        p.get(albers ? SRS_PP_LONGITUDE_OF_CENTER : SRS_PP_CENTRAL_MERIDIAN));
  m.add("latitude_of_projection_origin",
        p.get(albers ? SRS_PP_LATITUDE_OF_CENTER : SRS_PP_LATITUDE_OF_ORIGIN));
  return m;
}

Mapping polar_stereographic(const Projection& p) {
  Mapping m;
  m.name = "polar_stereographic";
  const double latitude = p.get(SRS_PP_LATITUDE_OF_ORIGIN, 90);
  m.add("straight_vertical_longitude_from_pole", p.get(SRS_PP_CENTRAL_MERIDIAN));
  m.add("latitude_of_projection_origin", std::copysign(90, latitude));
  // WKT 1 writes the latitude of true scale where there is one, else the pole and a scale factor.
  if (std::abs(latitude) < 90) {
    m.add("standard_parallel", latitude);
  } else {
    m.add("scale_factor_at_projection_origin", p.get(SRS_PP_SCALE_FACTOR, 1));
  }
  return m;
}

/// The mapping of a projected CRS; without a name where CF has none for it.
Mapping projected_mapping(const OGRSpatialReference& crs) {
  const Projection p(crs);
  Mapping m;
  if (p.is(SRS_PT_ALBERS_CONIC_EQUAL_AREA) || p.is(SRS_PT_LAMBERT_CONFORMAL_CONIC_2SP)) {
    m = conic(p);
  } else if (p.is(SRS_PT_LAMBERT_CONFORMAL_CONIC_1SP) && p.get(SRS_PP_SCALE_FACTOR, 1) == 1) {
    m.name = "lambert_conformal_conic";
    m.add("standard_parallel", p.get(SRS_PP_LATITUDE_OF_ORIGIN));
    m.add("longitude_of_central_meridian", p.get(SRS_PP_CENTRAL_MERIDIAN));
    m.add("latitude_of_projection_origin", p.get(SRS_PP_LATITUDE_OF_ORIGIN));
  } else if (p.is(SRS_PT_LAMBERT_AZIMUTHAL_EQUAL_AREA)) {
    m.name = "lambert_azimuthal_equal_area";
    m.add("longitude_of_projection_origin", p.get(SRS_PP_LONGITUDE_OF_CENTER));
    m.add("latitude_of_projection_origin", p.get(SRS_PP_LATITUDE_OF_CENTER));
  } else if (p.is(SRS_PT_CYLINDRICAL_EQUAL_AREA)) {
    m.name = "lambert_cylindrical_equal_area";
    m.add("longitude_of_central_meridian", p.get(SRS_PP_CENTRAL_MERIDIAN));
    m.add("standard_parallel", p.get(SRS_PP_STANDARD_PARALLEL_1));
  } else if (p.is(SRS_PT_TRANSVERSE_MERCATOR)) {
    m.name = "transverse_mercator";
    m.add("scale_factor_at_central_meridian", p.get(SRS_PP_SCALE_FACTOR, 1));
    m.add("longitude_of_central_meridian", p.get(SRS_PP_CENTRAL_MERIDIAN));
    m.add("latitude_of_projection_origin", p.get(SRS_PP_LATITUDE_OF_ORIGIN));
  } else if (p.is(SRS_PT_SINUSOIDAL)) {
    m.name = "sinusoidal";
    m.add("longitude_of_projection_origin", p.get(SRS_PP_LONGITUDE_OF_CENTER));
  } else if (p.is(SRS_PT_MERCATOR_2SP)) {
    m.name = "mercator";
    m.add("longitude_of_projection_origin", p.get(SRS_PP_CENTRAL_MERIDIAN));
    m.add("standard_parallel", p.get(SRS_PP_STANDARD_PARALLEL_1));
  } else if (p.is(SRS_PT_MERCATOR_1SP) && crs.GetExtension("PROJCS", "PROJ4") == nullptr) {
    // The web's Mercator carries a PROJ extension: spherical formulas on an ellipsoid, not CF's.
    m.name = "mercator";
    m.add("longitude_of_projection_origin", p.get(SRS_PP_CENTRAL_MERIDIAN));
    m.add("scale_factor_at_projection_origin", p.get(SRS_PP_SCALE_FACTOR, 1));
  } else if (p.is(SRS_PT_POLAR_STEREOGRAPHIC)) {
    m = polar_stereographic(p);
  }
  if (!m.name.empty()) {
    const double unit_m = crs.GetLinearUnits();
    m.add("false_easting", p.get(SRS_PP_FALSE_EASTING) / unit_m);
    m.add("false_northing", p.get(SRS_PP_FALSE_NORTHING) / unit_m);
  }
  return m;
}

std::string geotransform(const Grid& grid) {
  const std::string step = number_text(grid.resolution.value());
  return number_text(grid.x_edge(0)) + " " + step + " 0 " + number_text(grid.y_edge(0)) + " 0 -" +
         step;
}

}  // namespace

void write_grid_mapping(hid_t file, const std::string& path, const Grid& grid) {
  const std::string what = "create the variable crs";
  const h5::Handle space(h5::check(H5Screate(H5S_SCALAR), path, what), H5Sclose);
  const h5::Handle properties = h5::dataset_properties(path);
  const h5::Handle variable(h5::check(H5Dcreate2(file, "crs", H5T_STD_I32LE, space.get(),
                                                 H5P_DEFAULT, properties.get(), H5P_DEFAULT),
                                      path, what),
                            H5Dclose);
  const std::int32_t zero = 0;
  h5::check(H5Dwrite(variable.get(), H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, &zero), path,
            what);
  const hid_t id = variable.get();

  const OGRSpatialReference crs = reference(grid);
  const Mapping mapping = grid.geographic ? Mapping{.name = "latitude_longitude", .parameters = {}}
                                          : projected_mapping(crs);
  h5::write_text(id, path, "grid_mapping_name", mapping.name);
  for (const auto& [name, values] : mapping.parameters) h5::write_doubles(id, path, name, values);
  const double meridian = crs.GetPrimeMeridian();
  const double major_m = crs.GetSemiMajor();
  const double flattening = crs.GetInvFlattening();
  h5::write_doubles(id, path, "longitude_of_prime_meridian", {&meridian, 1});
  h5::write_doubles(id, path, "semi_major_axis", {&major_m, 1});
  h5::write_doubles(id, path, "inverse_flattening", {&flattening, 1});

  const std::string wkt2 = crs_wkt(grid.crs_wkt);
  const std::string legacy = wkt1(crs);
  h5::write_text(id, path, "crs_wkt", wkt2);
  h5::write_text(id, path, "spatial_ref", legacy.empty() ? wkt2 : legacy);
  h5::write_text(id, path, "GeoTransform", geotransform(grid));
  const nlohmann::ordered_json lattice = {
      {"geographic", grid.geographic},
      {"origin", {grid.origin_x, grid.origin_y}},
      {"resolution", {grid.resolution.num, grid.resolution.den}},
      {"west", grid.west},
      {"north", grid.north},
      {"cols", grid.cols},
      {"rows", grid.rows}};
  h5::write_text(id, path, kLattice, lattice.dump());
}

std::string coordinate_unit(const Grid& grid) {
  const double unit_m = reference(grid).GetLinearUnits();
  if (unit_m == 1) return "m";
  if (unit_m == 1000) return "km";
  if (std::abs(unit_m - 0.3048) < 1e-9) return "foot";
  if (std::abs(unit_m - 1200.0 / 3937.0) < 1e-9) return "US_survey_foot";
  return number_text(unit_m) + " m";
}

Grid read_grid(hid_t file, const std::string& path) {
  const h5::Handle variable(
      h5::check(H5Dopen2(file, "crs", H5P_DEFAULT), path, "read the variable crs"), H5Dclose);
  Grid grid;
  grid.crs_wkt = h5::read_text(variable.get(), path, "crs_wkt");
  try {
    const auto lattice = nlohmann::json::parse(h5::read_text(variable.get(), path, kLattice));
    lattice.at("geographic").get_to(grid.geographic);
    lattice.at("origin").at(0).get_to(grid.origin_x);
    lattice.at("origin").at(1).get_to(grid.origin_y);
    lattice.at("resolution").at(0).get_to(grid.resolution.num);
    lattice.at("resolution").at(1).get_to(grid.resolution.den);
    lattice.at("west").get_to(grid.west);
    lattice.at("north").get_to(grid.north);
    lattice.at("cols").get_to(grid.cols);
    lattice.at("rows").get_to(grid.rows);
  } catch (const nlohmann::json::exception& problem) {
    throw Error(path + ": is no cube of cnci (attribute lattice of crs: " + problem.what() + ")");
  }
  return grid;
}

}  // namespace cnci::io
