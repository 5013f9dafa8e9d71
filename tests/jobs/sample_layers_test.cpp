#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/cell_area.h"
#include "jobs/sample_emissions.h"
#include "jobs/sample_fields.h"
#include "jobs/sample_land.h"
#include "jobs/sample_rasters.h"
#include "jobs/sample_size.h"
#include "jobs/sample_texts.h"
#include "jobs/sample_zones.h"
#include "tests/jobs/sample_support.h"
#include "tests/support.h"

namespace cnci::jobs {
namespace {

using tests::TemporaryFolder;

TEST(SampleEmissions, TheProvinceEmits280TgInsideItsBorders) {
  const SampleSize size = sample_size("province");
  const SampleZones zones = make_sample_zones(size);
  const SampleEmissions grid = make_sample_emissions(size, SampleFields(size), zones, nullptr);
  ASSERT_EQ(grid.cols, 3600);
  ASSERT_EQ(grid.rows, 1800);
  // The shares of the cells are measured anew with GEOS.
  const auto province = union_of(zones);
  double total_t = 0;
  double outside_t = 0;
  for (int row = 0; row < grid.rows; ++row) {
    const double north = 90 - row / 10.0;
    const double cell_km2 = engine::ellipsoid_area_km2(north - 0.1, north, 0.1);
    for (int col = 0; col < grid.cols; ++col) {
      const double t_km2 =
          grid.t_km2[static_cast<std::size_t>(row) * 3600 + static_cast<std::size_t>(col)];
      if (t_km2 == 0) continue;
      const double west = col / 10.0;
      const auto cell = polygon_of({{west, north - 0.1},
                                    {west + 0.1, north - 0.1},
                                    {west + 0.1, north},
                                    {west, north},
                                    {west, north - 0.1}});
      const std::unique_ptr<OGRGeometry> part(cell->Intersection(province.get()));
      ASSERT_NE(part, nullptr);
      const double share = planar_area(*part) / cell->get_Area();
      total_t += t_km2 * share * cell_km2;
      outside_t += t_km2 * (1 - share) * cell_km2;
    }
  }
  EXPECT_NEAR(total_t / 280e6, 1, 1e-5);
  EXPECT_GT(outside_t, 1e6) << "the neighbours emit as well";
}

TEST(SampleEmissions, OfAContinentAreOnLandAndAddUpInTheFile) {
  const SampleSize size = little_continent();
  const SampleZones zones = make_sample_zones(size);
  const SampleLand land(size.files, zones.coast);
  const SampleEmissions grid = make_sample_emissions(size, SampleFields(size), zones, &land);
  double total_t = 0;
  for (std::size_t i = 0; i < grid.t_km2.size(); ++i) {
    const auto row = static_cast<int>(i / 3600);
    const auto col = static_cast<int>(i % 3600);
    if (grid.t_km2[i] > 0) {
      EXPECT_GT(land.count((col - 1000) * 12, (row - 560) * 12, 12, 12), 0) << row << ' ' << col;
    }
    total_t +=
        grid.t_km2[i] * engine::ellipsoid_area_km2(90 - (row + 1) / 10.0, 90 - row / 10.0, 0.1);
  }
  EXPECT_NEAR(total_t / (size.emissions_tg * 1e6), 1, 1e-9);
}

TEST(SampleTables, PersonsAndDollarsAddUpExactly) {
  const TemporaryFolder folder;
  const SampleSize size = sample_size("province");
  const SampleZones zones = make_sample_zones(size);
  const SampleFields fields(size);
  std::ofstream(folder / "population.csv") << sample_population_csv(size, zones, fields);
  std::ofstream(folder / "gdp.csv") << sample_gdp_csv(size, zones, fields);
  std::map<std::string, double> sums;
  const auto add = [&](const std::string& file, const std::string& prefix) {
    std::ifstream lines(folder / file);
    std::string line;
    std::getline(lines, line);
    int rows = 0;
    while (std::getline(lines, line)) {
      ++rows;
      const std::size_t comma = line.rfind(',');
      const std::size_t before = line.rfind(',', comma - 1);
      const std::string year = prefix.empty() ? "" : line.substr(before + 1, comma - before - 1);
      sums[prefix + year] += std::stod(line.substr(comma + 1));
    }
    return rows;
  };
  EXPECT_EQ(add("population.csv", ""), 88);
  EXPECT_EQ(add("gdp.csv", "gdp"), 2 * 88);
  EXPECT_EQ(sums[""], size.population);
  EXPECT_EQ(sums["gdp2019"], size.gdp_usd);
  EXPECT_LT(sums["gdp2018"], sums["gdp2019"]);
}

TEST(SampleRasters, SeaIsLeftOutAndEveryCellThatACoastTouchesHasData) {
  const TemporaryFolder folder;
  const SampleSize size = little_continent();
  const SampleZones zones = make_sample_zones(size);
  const SampleLand land(size.files, zones.coast);
  write_sample_rasters(folder.path().string(), size, SampleFields(size), &land);
  int empty_blocks = 0;
  for (const std::string& name : sample_raster_files()) {
    const auto file = open_dataset(folder / name);
    ASSERT_NE(file, nullptr);
    GDALRasterBand* band = file->GetRasterBand(1);
    const double nodata = band->GetNoDataValue();
    const std::vector<double> values = pixels_of(*file);
    const std::int64_t cols = file->GetRasterXSize();
    const std::int64_t rows = file->GetRasterYSize();
    const std::int64_t ratio = land.cols() / cols;
    ASSERT_TRUE(ratio == 1 || ratio == 30) << name;
    std::int64_t wrong = 0;
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t col = 0; col < cols; ++col) {
        const bool is_land = land.count(col * ratio, row * ratio, ratio, ratio) > 0;
        const bool has_data = values[static_cast<std::size_t>(row * cols + col)] != nodata;
        wrong += is_land != has_data ? 1 : 0;
      }
    }
    EXPECT_EQ(wrong, 0) << name;
    for (std::int64_t row = 0; row * 512 < rows; ++row) {
      for (std::int64_t col = 0; col * 512 < cols; ++col) {
        const std::string key = "BLOCK_OFFSET_" + std::to_string(col) + "_" + std::to_string(row);
        const bool stored = band->GetMetadataItem(key.c_str(), "TIFF") != nullptr;
        const bool has_land =
            land.count(col * 512 * ratio, row * 512 * ratio, 512 * ratio, 512 * ratio) > 0;
        EXPECT_EQ(stored, has_land) << name << ' ' << key;
        empty_blocks += stored ? 0 : 1;
      }
    }
  }
  EXPECT_GT(empty_blocks, 0) << "the case has no block of sea";
}

}  // namespace
}  // namespace cnci::jobs
