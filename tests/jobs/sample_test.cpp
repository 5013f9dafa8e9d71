#include "jobs/sample.h"

#include <gtest/gtest.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/cell_area.h"
#include "engine/error.h"
#include "io/gdal_handles.h"
#include "jobs/job.h"
#include "jobs/sample_emissions.h"
#include "jobs/sample_fields.h"
#include "jobs/sample_size.h"
#include "jobs/sample_texts.h"
#include "jobs/sample_zones.h"
#include "tests/jobs/sample_support.h"
#include "tests/support.h"

namespace cnci::jobs {
namespace {

namespace fs = std::filesystem;
using tests::TemporaryFolder;

class SmallSample : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    testing::internal::CaptureStdout();
    const int code = sample_command({*folder_ / "small", "small"});
    printed_ = testing::internal::GetCapturedStdout();
    ASSERT_EQ(code, 0);
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string file(const std::string& name) { return *folder_ / ("small/" + name); }

  static std::unique_ptr<TemporaryFolder> folder_;
  static std::string printed_;
};
std::unique_ptr<TemporaryFolder> SmallSample::folder_;
std::string SmallSample::printed_;

TEST_F(SmallSample, PrintsEveryFileThatItWrote) {
  int files = 0;
  for (const auto& entry : fs::directory_iterator(*folder_ / "small")) {
    EXPECT_NE(printed_.find(entry.path().filename().string()), std::string::npos) << entry.path();
    EXPECT_GT(entry.file_size(), 0U) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 14);
  EXPECT_NE(printed_.find("SYNTHETIC"), std::string::npos);
}

TEST_F(SmallSample, RastersHaveTheirFormatsResolutionsAndUnits) {
  struct Expected {
    const char* name;
    int cols, rows, bands;
    GDALDataType type;
    double pixel;
    const char* unit;
    double nodata;
    double scale;
  };
  constexpr double kModis = 463.31271652791725;
  const std::vector<Expected> all = {
      {"precipitation.tif", 180, 120, 12, GDT_Int16, 1 / 120.0, "mm", -32768, 1},
      {"temperature.tif", 180, 120, 1, GDT_Float32, 1 / 120.0, "degC", -9999, 1},
      {"evapotranspiration.tif", 6, 4, 1, GDT_Float32, 0.25, "mm", -9999, 1},
      {"npp.tif", 0, 0, 1, GDT_Int16, kModis, "kg m-2", 32767, 0.0001},
      {"soc.tif", 720, 480, 1, GDT_UInt16, 1 / 480.0, "t ha-1", 65535, 0.1},
      {"lithology.tif", 180, 120, 1, GDT_Byte, 1 / 120.0, "", 0, 1},
      {"soil.tif", 180, 120, 1, GDT_Byte, 1 / 120.0, "", 0, 1}};
  for (const Expected& expected : all) {
    SCOPED_TRACE(expected.name);
    const auto dataset = open_dataset(file(expected.name));
    ASSERT_NE(dataset, nullptr);
    GDALRasterBand* band = dataset->GetRasterBand(1);
    std::array<double, 6> transform{};
    ASSERT_EQ(dataset->GetGeoTransform(transform.data()), CE_None);
    if (expected.cols > 0) {
      EXPECT_EQ(dataset->GetRasterXSize(), expected.cols);
      EXPECT_EQ(dataset->GetRasterYSize(), expected.rows);
      EXPECT_DOUBLE_EQ(transform[0], 106);
      EXPECT_DOUBLE_EQ(transform[3], 27);
      EXPECT_STREQ(dataset->GetSpatialRef()->GetAuthorityCode(nullptr), "4326");
    } else {
      EXPECT_STREQ(dataset->GetSpatialRef()->GetAttrValue("PROJECTION"), "Sinusoidal");
      EXPECT_DOUBLE_EQ(dataset->GetSpatialRef()->GetSemiMajor(), 6371007.181);
    }
    EXPECT_DOUBLE_EQ(transform[1], expected.pixel);
    EXPECT_DOUBLE_EQ(transform[5], -expected.pixel);
    EXPECT_EQ(dataset->GetRasterCount(), expected.bands);
    EXPECT_EQ(band->GetRasterDataType(), expected.type);
    EXPECT_STREQ(band->GetUnitType(), expected.unit);
    EXPECT_EQ(band->GetNoDataValue(), expected.nodata);
    EXPECT_DOUBLE_EQ(band->GetScale(), expected.scale);
    EXPECT_STREQ(dataset->GetMetadataItem("COMPRESSION", "IMAGE_STRUCTURE"), "DEFLATE");
    EXPECT_NE(std::strstr(dataset->GetMetadataItem("TIFFTAG_IMAGEDESCRIPTION"), "SYNTHETIC"),
              nullptr);
    EXPECT_NE(std::strstr(band->GetDescription(), "SYNTHETIC"), nullptr);
    int block_cols = 0;
    int block_rows = 0;
    band->GetBlockSize(&block_cols, &block_rows);
    EXPECT_EQ(block_cols, 512);
    EXPECT_EQ(block_rows, 512);
  }
}

TEST_F(SmallSample, ValuesArePlausible) {
  const auto within = [](const std::vector<double>& values, double low, double high) {
    return std::all_of(values.begin(), values.end(),
                       [&](double value) { return value >= low && value <= high; });
  };
  const auto rain = open_dataset(file("precipitation.tif"));
  std::vector<double> annual_mm(180 * 120, 0.0);
  for (int month = 1; month <= 12; ++month) {
    const std::vector<double> raw = pixels_of(*rain, month);
    for (std::size_t i = 0; i < raw.size(); ++i) annual_mm[i] += raw[i] * 0.1;
  }
  EXPECT_TRUE(within(annual_mm, 899, 1401));
  EXPECT_TRUE(within(pixels_of(*open_dataset(file("temperature.tif"))), 9, 20));
  EXPECT_TRUE(within(pixels_of(*open_dataset(file("evapotranspiration.tif"))), 500, 750));
  EXPECT_TRUE(within(pixels_of(*open_dataset(file("soc.tif"))), 400, 900));
  EXPECT_TRUE(within(pixels_of(*open_dataset(file("soil.tif"))), 1, 2));
  EXPECT_TRUE(within(pixels_of(*open_dataset(file("lithology.tif"))), 1, 16));
  std::size_t fills = 0;
  for (const double raw : pixels_of(*open_dataset(file("npp.tif")))) {
    if (raw >= 32761 && raw <= 32767) {
      ++fills;
    } else {
      ASSERT_TRUE(raw >= 7000 && raw <= 11000) << raw;
    }
  }
  EXPECT_GT(fills, 0U);
}

TEST_F(SmallSample, EveryLayerReachesBeyondTheZones) {
  const SampleSize size = sample_size("small");
  const SampleZones zones = make_sample_zones(size);
  const auto npp = open_dataset(file("npp.tif"));
  std::array<double, 6> transform{};
  ASSERT_EQ(npp->GetGeoTransform(transform.data()), CE_None);
  OGRSpatialReference lonlat;
  ASSERT_EQ(lonlat.importFromEPSG(4326), OGRERR_NONE);
  lonlat.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  OGRSpatialReference sinusoidal(*npp->GetSpatialRef());
  sinusoidal.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  const io::TransformPtr project(OGRCreateCoordinateTransformation(&lonlat, &sinusoidal));
  ASSERT_NE(project, nullptr);
  for (const SampleCounty& county : zones.counties) {
    for (const SamplePoint& point : county.ring) {
      ASSERT_TRUE(point.lon > size.files.west && point.lon < size.files.east &&
                  point.lat > size.files.south && point.lat < size.files.north);
      double x = point.lon;
      double y = point.lat;
      ASSERT_TRUE(project->Transform(1, &x, &y));
      const double col = (x - transform[0]) / transform[1];
      const double row = (y - transform[3]) / transform[5];
      ASSERT_TRUE(col > 1 && col < npp->GetRasterXSize() - 1) << col;
      ASSERT_TRUE(row > 1 && row < npp->GetRasterYSize() - 1) << row;
    }
  }
}

TEST_F(SmallSample, EmissionsAreFluxesWithTheTotalInsideTheZones) {
  const SampleSize size = sample_size("small");
  const SampleZones zones = make_sample_zones(size);
  const SampleEmissions grid = make_sample_emissions(size, SampleFields(size), zones, nullptr);
  std::map<int, double> total_t;
  for (const int year : {2018, 2019}) {
    const auto dataset = open_dataset("NETCDF:\"" + file(sample_emission_file(year)) + "\":fluxes");
    ASSERT_NE(dataset, nullptr);
    EXPECT_STREQ(dataset->GetRasterBand(1)->GetUnitType(), "kg m-2 s-1");
    EXPECT_STREQ(dataset->GetRasterBand(1)->GetMetadataItem("substance"), "CO2");
    EXPECT_STREQ(dataset->GetRasterBand(1)->GetMetadataItem("year"), std::to_string(year).c_str());
    EXPECT_NE(std::strstr(dataset->GetMetadataItem("NC_GLOBAL#title"), "SYNTHETIC"), nullptr);
    ASSERT_EQ(dataset->GetRasterXSize(), grid.cols);
    ASSERT_EQ(dataset->GetRasterYSize(), grid.rows);
    const std::vector<double> flux = pixels_of(*dataset);
    for (std::size_t i = 0; i < flux.size(); ++i) {
      const double north = size.files.north - static_cast<double>(i / 15) / 10;
      // 1 kg m-2 s-1 over a year of 365 days is 3.1536e10 t km-2.
      total_t[year] += flux[i] * 3.1536e10 * grid.zoned_share[i] *
                       engine::ellipsoid_area_km2(north - 0.1, north, 0.1);
    }
  }
  EXPECT_NEAR(total_t[2019] / (size.emissions_tg * 1e6), 1, 1e-6);
  EXPECT_NEAR(total_t[2018] / total_t[2019], 0.97, 1e-6);
  EXPECT_NEAR(size.emissions_tg / size.area_km2, 280.0 / 176000, 1e-9);
}

TEST_F(SmallSample, CountiesCarryTheirCodesAndNames) {
  const auto dataset = open_dataset(file("counties.gpkg"), GDAL_OF_VECTOR);
  ASSERT_NE(dataset, nullptr);
  OGRLayer* layer = dataset->GetLayerByName("counties");
  ASSERT_NE(layer, nullptr);
  EXPECT_STREQ(layer->GetSpatialRef()->GetAuthorityCode(nullptr), "4326");
  const SampleZones zones = make_sample_zones(sample_size("small"));
  std::set<std::string> prefectures;
  std::size_t index = 0;
  for (const auto& feature : *layer) {
    ASSERT_LT(index, zones.counties.size());
    const SampleCounty& county = zones.counties[index++];
    EXPECT_EQ(feature->GetFieldAsString("Code_County"), county.county_code);
    EXPECT_EQ(feature->GetFieldAsString("Code_Prefecture"), county.prefecture_code);
    EXPECT_EQ(feature->GetFieldAsString("Code_Province"), county.province_code);
    for (const char* level : {"Name_County", "Name_Prefecture", "Name_Province"}) {
      EXPECT_EQ(std::string(feature->GetFieldAsString(level)).rfind("Synthetic", 0), 0U);
    }
    EXPECT_TRUE(feature->GetGeometryRef()->Equals(polygon_of(county.ring).get()));
    prefectures.insert(county.prefecture_code);
  }
  EXPECT_EQ(index, 12U);
  EXPECT_EQ(prefectures.size(), 3U);
}

TEST_F(SmallSample, TheJobFileIsAcceptedAndComplete) {
  for (const char* name : {"small", "province", "national", "global"}) {
    SCOPED_TRACE(name);
    const std::string path = file("job.ini");
    const std::string text = sample_job_ini(sample_size(name));
    EXPECT_NE(text.find("SYNTHETIC"), std::string::npos);
    const Job job = read_job(path, text, {}, "/elsewhere");
    EXPECT_EQ(job.name, std::string("sample-") + name);
    EXPECT_EQ(job.years, std::vector<int>{2019});
    ASSERT_EQ(job.zones.levels.size(), 3U);
    EXPECT_EQ(job.zones.levels[2].id, "county");
    EXPECT_EQ(job.layers.size(), 8U);
    EXPECT_EQ(job.tables.size(), 2U);
    EXPECT_EQ(job.output.path, std::string("/elsewhere/out/sample-") + name);
  }
  EXPECT_EQ(bytes_of(file("job.ini")), sample_job_ini(sample_size("small")));
}

TEST_F(SmallSample, TwoRunsWriteTheSameBytesAndARepetitionReplaces) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(sample_command({*folder_ / "again", "small"}), 0);
  std::ofstream(*folder_ / "again/temperature.tif") << "damaged";
  EXPECT_EQ(sample_command({*folder_ / "again", "small"}), 0);
  testing::internal::GetCapturedStdout();
  int compared = 0;
  for (const auto& entry : fs::directory_iterator(*folder_ / "small")) {
    if (entry.path().extension() == ".nc") continue;
    const std::string name = entry.path().filename().string();
    EXPECT_TRUE(bytes_of(file(name)) == bytes_of(*folder_ / ("again/" + name))) << name;
    ++compared;
  }
  EXPECT_EQ(compared, 12);
}

TEST_F(SmallSample, AFolderWithOtherThingsIsRefusedAndLeftAlone) {
  EXPECT_THROW((void)sample_command({*folder_ / "small", "province"}), engine::Error);
  EXPECT_TRUE(fs::exists(file("job.ini")));
  fs::create_directories(*folder_ / "mine");
  std::ofstream(*folder_ / "mine/thesis.txt") << "years of work";
  EXPECT_THROW((void)sample_command({*folder_ / "mine", "small"}), engine::Error);
  EXPECT_EQ(std::distance(fs::directory_iterator(*folder_ / "mine"), fs::directory_iterator()), 1);
  EXPECT_THROW((void)sample_command({file("job.ini"), "small"}), engine::Error);
  EXPECT_THROW((void)sample_command({"", "small"}), engine::Error);
}

}  // namespace
}  // namespace cnci::jobs
