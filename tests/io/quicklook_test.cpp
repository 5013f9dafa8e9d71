#include "io/quicklook.h"

#include <cpl_vsi.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "engine/error.h"
#include "io/block_means.h"
#include "io/colour_scale.h"
#include "io/gdal_handles.h"
#include "io/hdf5_attributes.h"
#include "tests/io/cube_fixture.h"

namespace cnci::io {
namespace {

using cube_testing::kNan;

/// A cube with one variable, whose values `value(row, col)` gives; chunks without any are left out.
template <typename Value>
std::string cube_of_values(const std::string& path, std::int64_t rows, std::int64_t cols,
                           ChunkShape chunk, const Value& value) {
  engine::Grid grid = cube_testing::geographic_grid();
  grid.resolution = {1, 120};
  grid.west = 12000;
  grid.north = 3600;
  grid.rows = rows;
  grid.cols = cols;
  CubeSpec spec = cube_testing::spec_of(grid, {2019});
  spec.chunk = chunk;
  Cube cube(path, spec, cube_testing::area_of(grid));
  for (std::int64_t cr = 0; cr * chunk.rows < rows; ++cr) {
    for (std::int64_t cc = 0; cc * chunk.cols < cols; ++cc) {
      std::vector<float> values;
      bool any = false;
      for (std::int64_t r = cr * chunk.rows; r < (cr + 1) * chunk.rows; ++r) {
        for (std::int64_t c = cc * chunk.cols; c < (cc + 1) * chunk.cols; ++c) {
          values.push_back(r < rows && c < cols ? value(r, c) : kNan);
          any = any || !std::isnan(values.back());
        }
      }
      if (any) cube.put_chunk(0, 0, cr, cc, encode_chunk(values, spec.compression));
    }
  }
  cube.close();
  return path;
}

/// A dataset `t` (1, 4, 5) with the values 0, 1, 2, ... as other programs write it.
struct ForeignField {
  hid_t type = H5T_IEEE_F32LE;
  std::vector<hsize_t> chunk = {};
  bool shuffled = false;
  bool checksum = false;
  float fill = kNan;

  [[nodiscard]] std::string write(const std::string& path) const {
    const h5::Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT),
                          H5Fclose);
    const std::array<hsize_t, 3> extent{1, 4, 5};
    const h5::Handle space(H5Screate_simple(3, extent.data(), nullptr), H5Sclose);
    const h5::Handle create(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_fill_value(create.get(), H5T_NATIVE_FLOAT, &fill);
    if (!chunk.empty()) {
      H5Pset_chunk(create.get(), 3, chunk.data());
      if (shuffled) H5Pset_shuffle(create.get());
      H5Pset_deflate(create.get(), 4);
      if (checksum) H5Pset_fletcher32(create.get());
    }
    const h5::Handle field(
        H5Dcreate2(file.get(), "t", type, space.get(), H5P_DEFAULT, create.get(), H5P_DEFAULT),
        H5Dclose);
    std::array<float, 20> values{};
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
    values[1] = fill;
    EXPECT_GE(H5Dwrite(field.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
              0);
    h5::write_floats(field.get(), path, "_FillValue", {&fill, 1});
    return path;
  }
};

/// Means by pixel; -1 for missing.
std::vector<double> means_of(const std::string& cube, const std::string& variable, std::size_t year,
                             int side) {
  std::vector<double> values = block_means(FieldReader(cube, variable), year, side, 1).values;
  for (double& value : values) value = std::isnan(value) ? -1 : value;
  return values;
}

/// The colour of each pixel of a PNG; "" where it is transparent.
std::vector<std::string> pixels_of(const Quicklook& look) {
  prepare_gdal();
  const char* const name = "/vsimem/quicklook_test.png";
  std::vector<unsigned char> bytes = look.png;
  VSIFCloseL(VSIFileFromMemBuffer(name, bytes.data(), bytes.size(), FALSE));
  std::vector<std::string> colours;
  {
    const DatasetPtr picture(GDALDataset::Open(name, GDAL_OF_RASTER | GDAL_OF_READONLY));
    EXPECT_NE(picture, nullptr);
    EXPECT_EQ(picture->GetRasterCount(), 1);
    GDALRasterBand& band = *picture->GetRasterBand(1);
    EXPECT_EQ(band.GetXSize(), look.width);
    EXPECT_EQ(band.GetYSize(), look.height);
    std::vector<unsigned char> index(static_cast<std::size_t>(look.width * look.height));
    EXPECT_EQ(band.RasterIO(GF_Read, 0, 0, look.width, look.height, index.data(), look.width,
                            look.height, GDT_Byte, 0, 0, nullptr),
              CE_None);
    for (const unsigned char i : index) {
      const GDALColorEntry& entry = *band.GetColorTable()->GetColorEntry(i);
      const auto byte = [](short channel) { return static_cast<std::uint8_t>(channel); };
      colours.push_back(
          entry.c4 == 0 ? "" : Colour{byte(entry.c1), byte(entry.c2), byte(entry.c3)}.hex());
    }
  }
  VSIUnlink(name);
  return colours;
}

std::string quicklook_error(const std::string& cube, const std::string& variable,
                            std::size_t year = 0) {
  try {
    static_cast<void>(make_quicklook(cube, variable, year));
  } catch (const engine::Error& error) {
    return error.what();
  }
  return {};
}

class QuicklookTest : public cube_testing::CubeTest {};

TEST_F(QuicklookTest, PixelsAreMeansOfTheValidCellsOfBlocks) {
  // 4 x 5 cells of 19000 + 10 row + column; columns 3 and 4 of rows 2 and 3 are missing in 2019.
  const std::string cube =
      make_cube("cube.nc", cube_testing::spec_of(cube_testing::geographic_grid(), {2019, 2020}));
  EXPECT_EQ(means_of(cube, "ccsf", 0, 3),
            (std::vector<double>{19005.5, 19007.5, 19009, 19025.5, 19027, -1}));
  EXPECT_EQ(means_of(cube, "ccsf", 1, 3),
            (std::vector<double>{20005.5, 20007.5, 20009, 20025.5, 20027.5, 20029}));
  EXPECT_EQ(means_of(cube, "ccsf", 1, 1), std::vector<double>{20017});
  EXPECT_EQ(means_of(cube, "ccsf", 1, 2),  // blocks of 3 x 3 cells
            (std::vector<double>{20011, 20013.5, 20031, 20033.5}));
  EXPECT_EQ(means_of(cube, "ccsf", 1, 720).size(), 20U);
  EXPECT_EQ(means_of(cube, "ccsf", 1, 720)[13], 20023);
}

TEST_F(QuicklookTest, ThePictureShowsTheMeansAndMissingIsTransparent) {
  const std::string cube =
      make_cube("cube.nc", cube_testing::spec_of(cube_testing::geographic_grid(), {2019}));
  const Quicklook look = make_quicklook(cube, "ccsf", 0, 3);
  EXPECT_EQ(look.variable, "ccsf");
  EXPECT_EQ(look.unit, "t km-2 year-1");
  EXPECT_EQ(look.long_name, "carbonate sink expressed as carbon dioxide");
  EXPECT_EQ(look.width, 3);
  EXPECT_EQ(look.height, 2);
  EXPECT_EQ(look.smallest, 19005.5);
  EXPECT_EQ(look.largest, 19027);
  EXPECT_EQ(look.scale, "linear");
  EXPECT_EQ(look.low, 19000);
  EXPECT_EQ(look.high, 20000);
  ASSERT_EQ(look.colours.size(), 32U);
  EXPECT_EQ(look.colours.front(), "#440154");
  EXPECT_EQ(look.colours.back(), "#fde725");
  const std::vector<std::string> pixels = pixels_of(look);
  EXPECT_EQ(pixels[5], "");
  const ColourScale scale({19000, 20000});
  const std::vector<double> means{19005.5, 19007.5, 19009, 19025.5, 19027};
  for (std::size_t i = 0; i < means.size(); ++i) {
    EXPECT_EQ(pixels[i], scale.colour(std::round(scale.place(means[i]) * 254) / 254).hex()) << i;
  }
}

TEST_F(QuicklookTest, ColoursRunFromTheLowLimitToTheHigh) {
  const std::string cube =
      cube_of_values(path("cube.nc"), 1, 101, {.rows = 1, .cols = 101},
                     [](std::int64_t, std::int64_t c) { return static_cast<float>(c - 50); });
  const Quicklook look = make_quicklook(cube, "ccsf", 0);
  EXPECT_EQ(look.scale, "diverging");
  EXPECT_EQ(look.low, -48);
  const auto pixels = pixels_of(look);
  EXPECT_EQ(pixels[0], "#543005");
  EXPECT_EQ(pixels[50], "#f5f5f5");
  EXPECT_EQ(pixels[100], "#003c30");
}

TEST_F(QuicklookTest, ChunksThatWereNeverWrittenAreMissing) {
  const std::string cube =
      cube_of_values(path("cube.nc"), 10, 10, {.rows = 3, .cols = 4},
                     [](std::int64_t r, std::int64_t) { return r < 3 ? 1.0F : kNan; });
  const auto pixels = pixels_of(make_quicklook(cube, "ccsf", 0));
  EXPECT_EQ(std::ranges::count(pixels, ""), 70);
}

TEST_F(QuicklookTest, WithoutAnyValueThereIsNoPicture) {
  const std::string cube =
      make_cube("cube.nc", cube_testing::spec_of(cube_testing::geographic_grid(), {2019}));
  const Quicklook look = make_quicklook(cube, "branch", 0);
  EXPECT_TRUE(look.png.empty());
  EXPECT_EQ(look.width, 5);
}

TEST_F(QuicklookTest, BlocksThatSpanChunksAreWholeForAnyThreads) {
  std::mt19937 random(7);
  std::map<std::pair<std::int64_t, std::int64_t>, float> values;
  const std::int64_t rows = 301, cols = 503;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < cols; ++c) {
      const float value = std::exp(static_cast<float>(random() % 1000) / 50);
      values[{r, c}] = random() % 3 == 0 ? kNan : value;
    }
  }
  const std::string cube = cube_of_values(path("cube.nc"), rows, cols, {.rows = 16, .cols = 24},
                                          [&](std::int64_t r, std::int64_t c) {
                                            return values.at({r, c});
                                          });
  const FieldReader field(cube, "ccsf");
  const BlockMeans means = block_means(field, 0, 50, 1);  // blocks of 11 x 11 cells
  ASSERT_EQ(means.width, 46);
  ASSERT_EQ(means.height, 28);
  for (std::int64_t row = 0; row < means.height; ++row) {
    for (std::int64_t col = 0; col < means.width; ++col) {
      double sum = 0;
      int count = 0;
      for (std::int64_t r = row * 11; r < std::min(rows, row * 11 + 11); ++r) {
        for (std::int64_t c = col * 11; c < std::min(cols, col * 11 + 11); ++c) {
          const float value = values.at({r, c});
          if (std::isnan(value)) continue;
          sum += static_cast<double>(value);
          ++count;
        }
      }
      const double mean = means.values[static_cast<std::size_t>(row * means.width + col)];
      EXPECT_NEAR(mean, sum / count, 1e-12 * mean);
    }
  }
  const Quicklook alone = make_quicklook(cube, "ccsf", 0, 50, 1);
  for (const int threads : {2, 5}) {
    EXPECT_EQ(block_means(field, 0, 50, threads).values, means.values) << threads;
    EXPECT_EQ(make_quicklook(cube, "ccsf", 0, 50, threads).png, alone.png) << threads;
  }
}

TEST_F(QuicklookTest, FieldsOfOtherProgramsAreReadThroughHdf5) {
  // 4 x 5 cells of 0, 1, 2, ..., the second of them missing.
  const std::vector<double> means{11.0 / 3, 5, 6.5, 13, 15, 16.5};
  const std::vector<ForeignField> fields{{},
                                         {.type = H5T_IEEE_F32BE},
                                         {.fill = -9999},
                                         {.chunk = {1, 3, 2}},
                                         {.chunk = {1, 3, 2}, .shuffled = true},
                                         {.chunk = {1, 3, 2}, .shuffled = true, .checksum = true},
                                         {.chunk = {1, 4, 5}, .shuffled = true, .fill = -9999}};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string file = fields[i].write(path(std::to_string(i) + ".nc"));
    EXPECT_EQ(cube_variables(file), std::vector<std::string>{"t"});
    EXPECT_EQ(means_of(file, "t", 0, 3), means) << i;
  }
}

TEST_F(QuicklookTest, VariablesOfClassesHaveNoMean) {
  const std::string cube =
      make_cube("cube.nc", cube_testing::spec_of(cube_testing::geographic_grid(), {2019}));
  EXPECT_EQ(cube_variables(cube), std::vector<std::string>{"ccsf"});
}

TEST_F(QuicklookTest, ErrorsNameTheFileAndTheVariable) {
  const std::string cube =
      make_cube("cube.nc", cube_testing::spec_of(cube_testing::geographic_grid(), {2019}));
  EXPECT_EQ(quicklook_error(cube, "nep"), cube + ": has no variable nep; it has ccsf, branch");
  EXPECT_EQ(quicklook_error(cube, "lat"), cube + ": has no variable lat; it has ccsf, branch");
  EXPECT_EQ(quicklook_error(cube, "ccsf", 1),
            cube + ": the variable ccsf has 1 years, none at position 1");
  EXPECT_NE(quicklook_error(path("absent.nc"), "ccsf").find("absent.nc"), std::string::npos);
}

TEST_F(QuicklookTest, DamagedChunksNameTheFileAndTheVariable) {
  const std::string cube = path("cube.nc");
  {
    const CubeSpec spec = cube_testing::spec_of(cube_testing::geographic_grid(), {2019});
    Cube writer(cube, spec, cube_testing::area_of(spec.grid));
    writer.put_chunk(0, 0, 0, 0, std::vector<std::byte>(10));
    writer.close();
  }
  for (const int threads : {1, 3}) {
    try {
      static_cast<void>(make_quicklook(cube, "ccsf", 0, 720, threads));
      FAIL() << "a damaged chunk must not pass";
    } catch (const engine::Error& error) {
      EXPECT_EQ(std::string(error.what()).find(cube + ": variable ccsf: "), 0U) << error.what();
    }
  }
}

}  // namespace
}  // namespace cnci::io
