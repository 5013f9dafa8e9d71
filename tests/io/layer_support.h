// Layers over small grids for tests: quantities as the kernels declare them, and their openings.
#pragma once

#include <memory>
#include <string>

#include "engine/cell_area.h"
#include "engine/grid.h"
#include "io/layer.h"
#include "tests/io/raster_support.h"

namespace cnci::io::testing {

/// A geographic grid of `cols` x `rows` cells of num/den degrees from its north-west corner.
engine::Grid degree_grid(engine::Rational resolution, double west, double north, std::int64_t cols,
                         std::int64_t rows);

Quantity precipitation();  ///< mm, annual, 0 to 15000
Quantity temperature();    ///< degC, -90 to 60
Quantity npp();            ///< g m-2 of C, annual
Quantity soc();            ///< kg m-2 of C
Quantity pco2();           ///< atm
Quantity factor();         ///< 1, 0.1 to 1
Quantity lithology();      ///< classes
Quantity emissions();      ///< t of CO2, annual, amount
Quantity population();     ///< persons, amount

/// A layer named x in file a.tif of the folder, which is written.
LayerSpec layer_spec(const Quantity& quantity, const TestRaster& raster,
                     const TemporaryFolder& folder);

inline constexpr int kYear = 2019;

Layer open_layer(const LayerSpec& spec, const engine::Grid& grid, int year = kYear);
std::shared_ptr<const engine::CellArea> area_of(const engine::Grid& grid);

}  // namespace cnci::io::testing
