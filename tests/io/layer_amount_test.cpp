#include <gdal_alg.h>
#include <gtest/gtest.h>
#include <ogrsf_frmts.h>

#include <cmath>
#include <numeric>
#include <random>

#include "engine/cell_area.h"
#include "engine/error.h"
#include "io/crs.h"
#include "io/gdal_handles.h"
#include "io/layer.h"
#include "tests/io/layer_support.h"
#include "tests/io/raster_support.h"

namespace cnci::io {
namespace {

using engine::Field;
using engine::Grid;
using engine::Window;
using namespace testing;  // NOLINT: helpers of these tests

double total_of(const Field& flux, const Grid& grid) {
  const std::vector<double> areas = area_of(grid)->areas_km2(flux.window);
  double total = 0;
  for (std::size_t i = 0; i < areas.size(); ++i) {
    if (flux.valid[i] != 0) total += flux.value[i] * areas[i];
  }
  return total;
}

class LayerAmount : public ::testing::Test {
 protected:
  // 2 x 2 pixels of one degree at 100 E, 30 N.
  LayerSpec four(const Quantity& quantity, const std::vector<double>& values,
                 const std::string& unit) {
    TestRaster raster;
    raster.cols = raster.rows = 2;
    raster.x0 = 100;
    raster.y0 = 30;
    raster.bands = {values};
    LayerSpec spec;
    spec.name = "emissions";
    spec.quantity = quantity;
    spec.path = write_tiff(folder_.path("e.tif"), raster);
    spec.unit = unit;
    return spec;
  }
  TemporaryFolder folder_;
};

TEST_F(LayerAmount, AmountsPerPixelAreKeptOnFinerCells) {
  const Grid grid = degree_grid({1, 10}, 100, 30, 20, 20);
  Layer layer = open_layer(four(emissions(), {1, 2, 3, 4}, "Mt CO2"), grid);
  const Field flux = layer.annual(kYear, grid.whole());
  EXPECT_NEAR(total_of(flux, grid), 1e7, 1e-5);
  const LayerMass mass = layer.mass(kYear);
  EXPECT_EQ(mass.inventory, 1e7);
  EXPECT_NEAR(mass.in_domain, 1e7, 1e-5);
  EXPECT_NEAR(mass.out_of_domain, 0, 1e-5);
}

TEST_F(LayerAmount, DensitiesBecomeAmountsByTheTrueAreaOfThePixel) {
  const Grid grid = degree_grid({1, 1}, 100, 30, 2, 2);
  // 1 kg m-2 s-1 is 31536000 kg m-2 yr-1 = 3.1536e10 t km-2 yr-1.
  LayerSpec spec = four(emissions(), {1e-9, 1e-9, 1e-9, 1e-9}, "kg CO2 m-2 s-1");
  Layer layer = open_layer(spec, grid);
  const Field flux = layer.annual(kYear, grid.whole());
  for (const double value : flux.value) EXPECT_NEAR(value, 31.536, 1e-11);
  const double area = engine::ellipsoid_area_km2(28, 30, 2);
  EXPECT_NEAR(layer.mass(kYear).inventory, 31.536 * area, 1e-6);
}

TEST_F(LayerAmount, CarbonBecomesDioxide) {
  const Grid grid = degree_grid({1, 1}, 100, 30, 2, 2);
  Layer layer = open_layer(four(emissions(), {1, 1, 1, 1}, "t C"), grid);
  EXPECT_DOUBLE_EQ(layer.mass(kYear).inventory, 4 * 44.0095 / 12.011);
}

TEST_F(LayerAmount, CanonicalUnitMayBeWrittenAsADensity) {
  const Grid grid = degree_grid({1, 1}, 100, 30, 2, 2);
  Quantity quantity = emissions();
  quantity.unit = "t km-2";
  Layer amount = open_layer(four(quantity, {5, 5, 5, 5}, "kt CO2"), grid);
  EXPECT_DOUBLE_EQ(amount.mass(kYear).inventory, 20000);
}

TEST_F(LayerAmount, KindOfTheJobMustAgreeWithTheUnit) {
  const Grid grid = degree_grid({1, 1}, 100, 30, 2, 2);
  LayerSpec spec = four(emissions(), {1, 1, 1, 1}, "t CO2");
  spec.kind = Kind::kDensity;
  EXPECT_NE(error_of([&] { (void)open_layer(spec, grid); }).find("per pixel"), std::string::npos);
  spec.kind = Kind::kAmount;
  EXPECT_NO_THROW((void)open_layer(spec, grid));
  spec.unit = "t CO2 km-2 yr-1";
  EXPECT_NE(error_of([&] { (void)open_layer(spec, grid); }).find("per area"), std::string::npos);
  spec.unit = "mm";
  EXPECT_THROW((void)open_layer(spec, grid), engine::Error);
}

TEST_F(LayerAmount, RangeIsPerSquareKilometreSoThatPixelSizeDoesNotMatter) {
  const Grid grid = degree_grid({1, 1}, 100, 30, 2, 2);
  Quantity quantity = emissions();
  quantity.max = 1000;
  EXPECT_NO_THROW((void)open_layer(four(quantity, {1e6, 1e6, 1e6, 1e6}, "t CO2"), grid)
                      .annual(kYear, grid.whole()));
  LayerSpec spec = four(quantity, {1e6, 1e6, 1e6, 1e9}, "t CO2");
  EXPECT_NE(
      error_of([&] { (void)open_layer(spec, grid).annual(kYear, grid.whole()); }).find("t per km2"),
      std::string::npos);
}

TEST_F(LayerAmount, MassOutsideTheDomainIsCountedNotMoved) {
  const Grid grid = degree_grid({1, 2}, 101, 29.5, 10, 10);  // cuts the pixels
  std::mt19937 random(99);
  std::uniform_real_distribution<double> tonnes(0, 1e6);
  for (int trial = 0; trial < 5; ++trial) {
    const std::vector<double> values = {tonnes(random), tonnes(random), tonnes(random),
                                        tonnes(random)};
    Layer layer = open_layer(four(emissions(), values, "t CO2"), grid);
    const LayerMass mass = layer.mass(kYear);
    EXPECT_DOUBLE_EQ(mass.inventory, std::accumulate(values.begin(), values.end(), 0.0));
    EXPECT_NEAR(mass.in_domain + mass.out_of_domain, mass.inventory, 1e-12 * mass.inventory);
    EXPECT_NEAR(total_of(layer.annual(kYear, grid.whole()), grid), mass.in_domain,
                1e-12 * mass.inventory);
    // The eastern column is in the grid but for the upper half of its first pixel.
    EXPECT_NEAR(mass.in_domain, 0.5 * values[1] + values[3], 0.01 * values[1]);
  }
}

TEST_F(LayerAmount, WeightsDecideWhereAmountsGo) {
  const Grid grid = degree_grid({1, 2}, 100, 30, 4, 4);
  LayerSpec spec = four(population(), {8, 8, 8, 8}, "persons");
  spec.distribute = Distribute::kZoned;
  Layer layer = open_layer(spec, grid);
  EXPECT_THROW((void)layer.annual(kYear, grid.whole()), engine::Error);
  layer.set_weights([](int, const Window& window) {
    Field weights(window);
    for (std::int64_t row = window.row; row < window.row_end(); ++row) {
      for (std::int64_t col = window.col; col < window.col_end(); ++col) {
        weights.value[weights.index(col, row)] = col % 2 == 0 ? 1 : 0;
        weights.valid[weights.index(col, row)] = 1;
      }
    }
    return std::make_shared<const Field>(std::move(weights));
  });
  const Field density = layer.annual(kYear, grid.whole());
  EXPECT_NEAR(total_of(density, grid), 32, 1e-11);
  EXPECT_EQ(density.value[1], 0);
  EXPECT_GT(density.value[0], 0);
}

TEST_F(LayerAmount, ZonedAmountsLieWhollyInTheZonedPartOfACell) {
  const Grid grid = degree_grid({1, 2}, 100, 30, 4, 4);
  LayerSpec spec = four(population(), {8, 8, 8, 8}, "persons");
  spec.distribute = Distribute::kZoned;
  Layer layer = open_layer(spec, grid);
  const auto quarter = [](const Window& window) {
    Field weights(window);
    std::fill(weights.value.begin(), weights.value.end(), 0.25);
    std::fill(weights.valid.begin(), weights.valid.end(), std::uint8_t{1});
    return weights;
  };
  layer.set_weights(
      [&](int, const Window& window) { return std::make_shared<const Field>(quarter(window)); });
  // What a zone sums up: density x area of the cell x its share of the cell.
  EXPECT_NEAR(0.25 * total_of(layer.annual(kYear, grid.whole()), grid), 32, 1e-11);
}

TEST_F(LayerAmount, TilesDoNotChangeAmounts) {
  const Grid grid = degree_grid({1, 20}, 100.2, 29.9, 30, 30);
  Layer layer = open_layer(four(emissions(), {1e6, 2e6, 3e6, 4e6}, "t CO2"), grid);
  const Field whole = layer.annual(kYear, grid.whole());
  for (std::int64_t row = 0; row < 30; row += 8) {
    const Window tile = Window{3, row, 20, 8}.intersect(grid.whole());
    const Field part = layer.annual(kYear, tile);
    for (std::int64_t r = tile.row; r < tile.row_end(); ++r) {
      for (std::int64_t c = tile.col; c < tile.col_end(); ++c) {
        ASSERT_EQ(part.value[part.index(c, r)], whole.value[whole.index(c, r)]);
      }
    }
  }
}

TEST_F(LayerAmount, ZeroTo360InventoriesKeepEveryTonne) {
  const std::string path = write_netcdf(folder_.path("edgar.nc"), R"(
lat = np.arange(-85, 90, 10.0); lon = np.arange(5, 360, 10.0)
d = Dataset(path, 'w')
d.createDimension('lat', 18); d.createDimension('lon', 36)
y = d.createVariable('lat', 'f8', ('lat',)); y[:] = lat; y.units = 'degrees_north'
x = d.createVariable('lon', 'f8', ('lon',)); x[:] = lon; x.units = 'degrees_east'
v = d.createVariable('fluxes', 'f8', ('lat', 'lon')); v.units = 'kg m-2 s-1'
v[:] = 0
v[12, 35] = 1e-9   # 350 to 360 E, 30 to 40 N
v[12, 0] = 2e-9    # 0 to 10 E
d.close()
)");
  LayerSpec spec;
  spec.name = "emissions";
  spec.quantity = emissions();
  spec.path = path;
  spec.variable = "fluxes";
  spec.substance = Substance::kCarbonDioxide;
  spec.crs = "EPSG:4326";
  const Grid grid = degree_grid({1, 1}, -20, 45, 40, 20);
  Layer layer = open_layer(spec, grid);
  const Field flux = layer.annual(kYear, grid.whole());
  const auto at = [&](double lon, double lat) {
    return flux.value[flux.index(static_cast<std::int64_t>(lon + 20),
                                 static_cast<std::int64_t>(45 - lat))];
  };
  EXPECT_NEAR(at(-4.5, 35.5), 31.536, 1e-9);
  EXPECT_NEAR(at(4.5, 35.5), 63.072, 1e-9);
  EXPECT_NEAR(at(-15.5, 35.5), 0, 1e-12);
  EXPECT_NEAR(at(14.5, 35.5), 0, 1e-12);
  const LayerMass mass = layer.mass(kYear);
  EXPECT_NEAR(mass.in_domain, mass.inventory, 1e-12 * mass.inventory);
  EXPECT_NEAR(total_of(flux, grid), mass.inventory, 1e-12 * mass.inventory);
}

// 1 where a cell's centre lies in one of the province's counties.
std::vector<unsigned char> cells_of_guizhou(const std::string& counties, const Grid& grid) {
  const DatasetPtr source(GDALDataset::Open(counties.c_str(), GDAL_OF_VECTOR));
  const DatasetPtr raster(GetGDALDriverManager()->GetDriverByName("MEM")->Create(
      "", static_cast<int>(grid.cols), static_cast<int>(grid.rows), 1, GDT_Byte, nullptr));
  if (!source || !raster) return {};
  double transform[6] = {grid.x_edge(0),          grid.resolution.value(), 0, grid.y_edge(0), 0,
                         -grid.resolution.value()};
  raster->SetGeoTransform(transform);
  OGRLayer* layer = source->GetLayer(0);
  layer->SetAttributeFilter("Code_Province = '52'");
  OGRLayerH handle = OGRLayer::ToHandle(layer);
  int band = 1;
  double one = 1;
  std::vector<unsigned char> cells(grid.whole().cells());
  if (GDALRasterizeLayers(GDALDataset::ToHandle(raster.get()), 1, &band, 1, &handle, nullptr,
                          nullptr, &one, nullptr, nullptr, nullptr) != CE_None ||
      raster->GetRasterBand(1)->RasterIO(GF_Read, 0, 0, static_cast<int>(grid.cols),
                                         static_cast<int>(grid.rows), cells.data(),
                                         static_cast<int>(grid.cols), static_cast<int>(grid.rows),
                                         GDT_Byte, 0, 0, nullptr) != CE_None) {
    return {};
  }
  return cells;
}

TEST(LayerRealData, GlimOverGuizhouIsTwoThirdsCarbonate) {
  const auto path = data_file("glim_halfdeg/GLiM_720_360_raw.nc");
  const auto counties = data_file("china_counties_mapchina/china_counties_osm.gpkg");
  if (!path || !counties) GTEST_SKIP() << "no trial data (CNCI_DATA)";
  LayerSpec spec;
  spec.name = "lithology";
  spec.quantity = lithology();
  spec.path = *path;
  for (int code = 1; code <= 16; ++code) spec.legend[code] = code;
  spec.missing_classes = {15};
  const Grid grid = degree_grid({1, 60}, 103.5, 29.5, 390, 300);
  Layer layer = open_layer(spec, grid);
  const auto fractions = layer.classes(kYear, grid.whole());
  const std::vector<unsigned char> province = cells_of_guizhou(*counties, grid);
  ASSERT_EQ(province.size(), fractions.valid.size());
  double carbonate = 0;
  double valid = 0;
  for (std::size_t i = 0; i < province.size(); ++i) valid += province[i] * fractions.valid[i];
  ASSERT_EQ(fractions.only_class.size(), province.size());
  for (std::size_t i = 0; i < province.size(); ++i) {
    carbonate += fractions.only_class[i] == 6 ? province[i] : 0;
  }
  EXPECT_NEAR(valid * 3.067, 176000, 3000) << "cells of about 3.067 km2";
  EXPECT_NEAR(carbonate / valid, 0.674, 0.01);
}

TEST(LayerRealData, SoilCarbonGridOfRoundedPixelsSpansTheGlobe) {
  const auto path = data_file("soc_sanderman2017_10km/SOCS_0_30cm_year_2010AD_10km.tif");
  if (!path) GTEST_SKIP() << "no trial data (CNCI_DATA)";
  LayerSpec spec;
  spec.name = "soc";
  spec.quantity = soc();
  spec.path = *path;
  spec.unit = "t ha-1";
  const Grid grid = degree_grid({1, 12}, -180, 90, 4320, 2160);
  Layer layer = open_layer(spec, grid);
  EXPECT_EQ(layer.method(), engine::Method::kCopy) << "0.0833333 is 1/12 of a degree";
  EXPECT_EQ(layer.info().covered, 1);
  const Window guizhou{(180 + 104) * 12, (90 - 29) * 12, 60, 48};
  const Field field = layer.annual(kYear, guizhou);
  double sum = 0;
  for (std::size_t i = 0; i < field.value.size(); ++i)
    sum += field.valid[i] != 0 ? field.value[i] : 0;
  EXPECT_NEAR(sum / static_cast<double>(field.value.size()), 8.61, 0.5);
}

TEST(LayerRealData, NegativeEvapotranspirationIsClampedAndCounted) {
  const auto path = data_file("et_sm_rmep_025deg/ETannual.tif");
  if (!path) GTEST_SKIP() << "no trial data (CNCI_DATA)";
  LayerSpec spec;
  spec.name = "evapotranspiration";
  spec.quantity = precipitation();
  spec.path = *path;
  spec.unit = "mm";
  const Grid grid = degree_grid({1, 4}, -180, 90, 1440, 720);
  Layer refusing = open_layer(spec, grid);
  EXPECT_THROW((void)refusing.annual(kYear, grid.whole()), engine::Error);
  spec.outside = Outside::kClamp;
  Layer layer = open_layer(spec, grid);
  for (std::int64_t row = 0; row < 720; row += 100) {
    (void)layer.annual(kYear, Window{0, row, 1440, 100}.intersect(grid.whole()));
  }
  EXPECT_NEAR(static_cast<double>(layer.counters().outside_range), 7260, 5);
}

TEST(LayerRealData, MonthlyFilesWithoutCrsGiveTheYear) {
  const auto path = data_file("madingley_halfdeg/precipitation_01.tif");
  if (!path) GTEST_SKIP() << "no trial data (CNCI_DATA)";
  LayerSpec spec;
  spec.name = "precipitation";
  spec.quantity = precipitation();
  spec.path = path->substr(0, path->size() - 6) + "{month:02}.tif";
  spec.unit = "mm month-1";
  spec.reduce = Reduce::kSum;
  const Grid grid = degree_grid({1, 2}, 104, 29, 10, 8);
  EXPECT_NE(error_of([&] { (void)open_layer(spec, grid); }).find("precipitation.crs"),
            std::string::npos);
  spec.crs = "EPSG:4326";
  Layer layer = open_layer(spec, grid);
  const Field year = layer.annual(kYear, grid.whole());
  const double mean = std::accumulate(year.value.begin(), year.value.end(), 0.0) / 80;
  EXPECT_NEAR(mean, 1156, 10);
  const Field summed = layer.annual_of(layer.monthly(kYear, grid.whole()), kYear);
  for (std::size_t i = 0; i < 80; ++i) EXPECT_NEAR(summed.value[i], year.value[i], 1e-9);
}

TEST(LayerRealData, FossilInventoryOf2013IsComplete) {
  const auto path = data_file("co2_cdiac_ndp058_1deg/fossil_co2_2013.tif");
  if (!path) GTEST_SKIP() << "no trial data (CNCI_DATA)";
  LayerSpec spec;
  spec.name = "emissions";
  spec.quantity = emissions();
  spec.path = path->substr(0, path->size() - 8) + "{year}.tif";
  spec.unit = "Tg C";
  const Grid grid = degree_grid({1, 10}, 103, 30, 70, 60);
  Layer layer = open_layer(spec, grid, 2013);
  const LayerMass mass = layer.mass(2013);
  EXPECT_NEAR(mass.inventory / kCarbonToCarbonDioxide / 1e6, 9233.6, 0.05);
  EXPECT_NEAR(mass.in_domain + mass.out_of_domain, mass.inventory, 1e-12 * mass.inventory);
  EXPECT_NEAR(total_of(layer.annual(2013, grid.whole()), grid), mass.in_domain,
              1e-12 * mass.inventory);
}

TEST(LayerRealData, AlbersRasterOfChinaLandsOnLongitudeAndLatitude) {
  const auto path = data_file("china_npp_pre_tem_10km/npp.tif");
  if (!path) GTEST_SKIP() << "no trial data (CNCI_DATA)";
  LayerSpec spec;
  spec.name = "precipitation";
  spec.quantity = precipitation();
  spec.path = *path;
  spec.unit = "mm";
  spec.scale = 0.1;
  spec.bands = {2};
  const Grid grid = degree_grid({1, 60}, 104.5, 28.5, 270, 210);
  Layer layer = open_layer(spec, grid);
  EXPECT_EQ(layer.method(), engine::Method::kBilinear);
  const Field field = layer.annual(kYear, grid.whole());
  double sum = 0;
  for (const double value : field.value) sum += value;
  EXPECT_NEAR(sum / static_cast<double>(field.value.size()), 1207, 60);
  const Field part = layer.annual(kYear, {100, 57, 31, 44});
  for (std::int64_t r = 57; r < 101; ++r) {
    for (std::int64_t c = 100; c < 131; ++c) {
      ASSERT_EQ(part.value[part.index(c, r)], field.value[field.index(c, r)]);
    }
  }
}

}  // namespace
}  // namespace cnci::io
