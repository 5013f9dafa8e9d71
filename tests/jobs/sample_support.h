// What the tests of the synthetic sample share: reading its files with GDAL, its rings as polygons,
// and a continent small enough to make in a test.
#pragma once

#include <gtest/gtest.h>
#include <ogrsf_frmts.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "io/gdal_handles.h"
#include "jobs/sample_size.h"
#include "jobs/sample_zones.h"

namespace cnci::jobs {

inline std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

inline io::DatasetPtr open_dataset(const std::string& path, unsigned flags = GDAL_OF_RASTER) {
  io::prepare_gdal();
  io::DatasetPtr dataset(GDALDataset::Open(path.c_str(), flags));
  EXPECT_NE(dataset, nullptr) << path;
  return dataset;
}

inline std::vector<double> pixels_of(GDALDataset& dataset, int band = 1) {
  const int cols = dataset.GetRasterXSize();
  const int rows = dataset.GetRasterYSize();
  std::vector<double> values(static_cast<std::size_t>(cols) * static_cast<std::size_t>(rows));
  EXPECT_EQ(dataset.GetRasterBand(band)->RasterIO(GF_Read, 0, 0, cols, rows, values.data(), cols,
                                                  rows, GDT_Float64, 0, 0, nullptr),
            CE_None);
  return values;
}

inline std::unique_ptr<OGRPolygon> polygon_of(const SamplePolyline& points) {
  auto ring = std::make_unique<OGRLinearRing>();
  for (const SamplePoint& point : points) ring->addPoint(point.lon, point.lat);
  auto polygon = std::make_unique<OGRPolygon>();
  polygon->addRingDirectly(ring.release());
  return polygon;
}

inline std::unique_ptr<OGRGeometry> union_of(const SampleZones& zones) {
  OGRMultiPolygon all;
  for (const SampleCounty& county : zones.counties) {
    EXPECT_EQ(all.addGeometryDirectly(polygon_of(county.ring).release()), OGRERR_NONE);
  }
  return std::unique_ptr<OGRGeometry>(all.UnionCascaded());
}

inline double planar_area(const OGRGeometry& geometry) {
  const OGRGeometry* const shape = &geometry;
  if (shape->IsEmpty()) return 0;
  if (const auto* polygon = dynamic_cast<const OGRCurvePolygon*>(shape)) return polygon->get_Area();
  if (const auto* many = dynamic_cast<const OGRGeometryCollection*>(shape)) {
    return many->get_Area();
  }
  return 0;
}

// A land of 20 counties in a lattice of 9 x 6, on 20 x 14 degrees: seconds to make.
inline SampleSize little_continent() {
  SampleSize size = sample_size("national");
  size.name = "little";
  size.files = {100, 20, 120, 34};
  size.lattice = {101, 21, 119, 33};
  size.county_cols = 9;
  size.county_rows = 6;
  size.prefecture_cols = 3;
  size.prefecture_rows = 2;
  size.province_cols = 2;
  size.province_rows = 1;
  size.land_counties = 20;
  return size;
}

}  // namespace cnci::jobs
