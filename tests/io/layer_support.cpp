#include "tests/io/layer_support.h"

#include <cmath>
#include <limits>

#include "io/crs.h"

namespace cnci::io::testing {

engine::Grid degree_grid(engine::Rational resolution, double west, double north, std::int64_t cols,
                         std::int64_t rows) {
  engine::Grid grid;
  grid.crs_wkt = wgs84_wkt();
  grid.geographic = true;
  grid.resolution = resolution;
  grid.west = std::llround(west / resolution.value());
  grid.north = std::llround(north / resolution.value());
  grid.cols = cols;
  grid.rows = rows;
  return grid;
}

Quantity precipitation() {
  Quantity quantity;
  quantity.unit = "mm";
  quantity.annual = true;
  quantity.max = 15000;
  quantity.hint_above = "looks like tenths of a mm";
  quantity.hint_below = "looks like a fill value";
  return quantity;
}

Quantity temperature() {
  Quantity quantity;
  quantity.unit = "degC";
  quantity.min = -90;
  quantity.max = 60;
  quantity.hint_above = "looks like kelvin";
  return quantity;
}

Quantity npp() {
  Quantity quantity;
  quantity.unit = "g m-2";
  quantity.annual = true;
  quantity.carbon = true;
  quantity.deliver = Substance::kCarbon;
  quantity.default_substance = Substance::kCarbon;
  quantity.min = -3000;
  quantity.max = 3270;
  return quantity;
}

Quantity soc() {
  Quantity quantity;
  quantity.unit = "kg m-2";
  quantity.carbon = true;
  quantity.deliver = Substance::kCarbon;
  quantity.default_substance = Substance::kCarbon;
  quantity.max = 500;
  return quantity;
}

Quantity pco2() {
  Quantity quantity;
  quantity.unit = "atm";
  quantity.max = 1;
  return quantity;
}

Quantity factor() {
  Quantity quantity;
  quantity.unit = "1";
  quantity.min = 0.1;
  quantity.max = 1;
  quantity.average_finer_near_coarser = true;
  return quantity;
}

Quantity lithology() {
  Quantity quantity;
  quantity.unit = "1";
  quantity.kind = Kind::kClass;
  quantity.max = 1;
  return quantity;
}

Quantity emissions() {
  Quantity quantity;
  quantity.unit = "t";
  quantity.annual = true;
  quantity.carbon = true;
  quantity.kind = Kind::kAmount;
  quantity.max = 1e6;
  return quantity;
}

Quantity population() {
  Quantity quantity;
  quantity.unit = "persons";
  quantity.kind = Kind::kAmount;
  quantity.max = std::numeric_limits<double>::infinity();
  return quantity;
}

std::shared_ptr<const engine::CellArea> area_of(const engine::Grid& grid) {
  return std::make_shared<engine::CellArea>(grid,
                                            std::shared_ptr<const engine::CoordinateTransform>(
                                                make_transform(grid.crs_wkt, wgs84_wkt())));
}

LayerSpec layer_spec(const Quantity& quantity, const TestRaster& raster,
                     const TemporaryFolder& folder) {
  LayerSpec spec;
  spec.name = "x";
  spec.quantity = quantity;
  spec.path = write_tiff(folder.path("a.tif"), raster);
  return spec;
}

Layer open_layer(const LayerSpec& spec, const engine::Grid& grid, int year) {
  return {spec, grid, area_of(grid), year};
}

}  // namespace cnci::io::testing
