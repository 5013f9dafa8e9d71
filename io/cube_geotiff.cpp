#include "io/cube_geotiff.h"

#include <cpl_conv.h>
#include <cpl_string.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "io/durable_file.h"
#include "io/gdal_handles.h"

namespace cnci::io {
namespace {

using engine::Error;

/// What is exported: a variable and a year of a cube.
struct CubeSlice {
  const StoredCube& cube;
  std::size_t variable;
  std::size_t year;
  [[nodiscard]] const CubeVariable& declared() const { return cube.spec().variables[variable]; }
  [[nodiscard]] std::string year_text() const { return std::to_string(cube.spec().years[year]); }
};

/// GDAL's view of a slice; a block is a chunk, so that each is inflated once.
class CubeBand final : public GDALRasterBand {
 public:
  CubeBand(GDALDataset& dataset, const CubeSlice& slice) : slice_(slice) {
    const CubeSpec& spec = slice.cube.spec();
    poDS = &dataset;
    nBand = 1;
    eDataType = GDT_Float32;
    nRasterXSize = static_cast<int>(spec.grid.cols);
    nRasterYSize = static_cast<int>(spec.grid.rows);
    nBlockXSize = static_cast<int>(spec.chunk.cols);
    nBlockYSize = static_cast<int>(spec.chunk.rows);
    SetDescription(slice.declared().name.c_str());
  }

  CPLErr IReadBlock(int block_col, int block_row, void* values) override {
    try {
      read_block(block_col, block_row, static_cast<float*>(values));
      return CE_None;
    } catch (const std::exception& error) {  // GDAL is no place to throw through
      CPLError(CE_Failure, CPLE_FileIO, "%s", error.what());
      return CE_Failure;
    }
  }
  double GetNoDataValue(int* has_one) override {
    if (has_one != nullptr) *has_one = TRUE;
    return std::numeric_limits<double>::quiet_NaN();
  }
  const char* GetUnitType() override { return slice_.declared().unit.c_str(); }

 private:
  void read_block(int block_col, int block_row, float* block) const {
    const CubeSpec& spec = slice_.cube.spec();
    const engine::Window whole{.col = block_col * spec.chunk.cols,
                               .row = block_row * spec.chunk.rows,
                               .cols = spec.chunk.cols,
                               .rows = spec.chunk.rows};
    const engine::Window inside = whole.intersect(spec.grid.whole());
    const std::span<float> all(block, whole.cells());
    if (inside == whole) {
      slice_.cube.read(slice_.variable, slice_.year, whole, all);
      return;
    }
    std::vector<float> values(inside.cells());
    slice_.cube.read(slice_.variable, slice_.year, inside, values);
    std::ranges::fill(all, std::numeric_limits<float>::quiet_NaN());
    for (std::int64_t row = 0; row < inside.rows; ++row) {
      const auto from = values.begin() + row * inside.cols;
      std::copy(from, from + inside.cols, all.begin() + row * whole.cols);
    }
  }

  CubeSlice slice_;
};

class CubeDataset final : public GDALDataset {
 public:
  explicit CubeDataset(const CubeSlice& slice) : grid_(slice.cube.spec().grid) {
    nRasterXSize = static_cast<int>(grid_.cols);
    nRasterYSize = static_cast<int>(grid_.rows);
    crs_.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    if (crs_.importFromWkt(grid_.crs_wkt.c_str()) != OGRERR_NONE) {
      throw Error(slice.cube.path() + ": its CRS cannot be read as WKT");
    }
    SetBand(1, std::make_unique<CubeBand>(*this, slice).release());  // the dataset's from here on
    describe(slice);
  }

  CPLErr GetGeoTransform(double* transform) override {
    const double step = grid_.resolution.value();
    const std::array<double, 6> terms{grid_.x_edge(0), step, 0, grid_.y_edge(0), 0, -step};
    std::ranges::copy(terms, transform);
    return CE_None;
  }
  const OGRSpatialReference* GetSpatialRef() const override { return &crs_; }

 private:
  void describe(const CubeSlice& slice) {
    const CubeVariable& variable = slice.declared();
    const std::string what = variable.long_name + ", " + slice.year_text();
    const auto set = [](GDALMajorObject& object, const std::string& name, const std::string& text) {
      if (!text.empty()) object.SetMetadataItem(name.c_str(), text.c_str());
    };
    set(*this, GDALMD_AREA_OR_POINT, GDALMD_AOP_AREA);
    set(*this, "TIFFTAG_IMAGEDESCRIPTION", what);
    for (const auto& [name, text] : slice.cube.spec().attributes) {
      if (name == "source") set(*this, "TIFFTAG_SOFTWARE", text);
      if (name != "Conventions") set(*this, name, text);
    }
    GDALRasterBand& band = *GetRasterBand(1);
    set(band, "year", slice.year_text());
    set(band, "long_name", variable.long_name);
    set(band, "units", variable.unit);
    set(band, "standard_name", variable.standard_name);
    set(band, "cell_methods", variable.cell_methods);
    set(band, "comment", variable.comment);
    std::string flags;
    for (std::size_t i = 0; i < variable.flag_values.size(); ++i) {
      flags += (i == 0 ? "" : " ") + std::to_string(variable.flag_values[i]) + "=" +
               variable.flag_meanings[i];
    }
    set(band, "flags", flags);
  }

  engine::Grid grid_;
  OGRSpatialReference crs_;
};

CPLStringList creation_options(const CubeVariable& variable, GeoTiffLayout layout) {
  CPLStringList options;
  options.SetNameValue("COMPRESS", "DEFLATE");
  options.SetNameValue("PREDICTOR", "3");  // of floating-point numbers
  options.SetNameValue("BIGTIFF", "IF_SAFER");
  if (layout == GeoTiffLayout::kPlain) {
    options.SetNameValue("TILED", "YES");
    options.SetNameValue("BLOCKXSIZE", "512");
    options.SetNameValue("BLOCKYSIZE", "512");
    return options;
  }
  options.SetNameValue("PREDICTOR", "FLOATING_POINT");
  options.SetNameValue("BLOCKSIZE", "512");
  // Numbers of classes have no mean.
  options.SetNameValue("OVERVIEW_RESAMPLING", variable.flag_values.empty() ? "AVERAGE" : "MODE");
  return options;
}

/// A file that vanishes unless it gets its final name; with it what GDAL keeps beside it meanwhile.
class UnfinishedFile {
 public:
  explicit UnfinishedFile(const std::string& path) : path_(path), name_(temporary_name(path)) {
    remove_abandoned(path_);  // GDAL would write through a link of that name
  }
  ~UnfinishedFile() {
    try {
      remove_abandoned(path_);
    } catch (const std::exception& error) {
      CPLDebug("cnci", "%s", error.what());  // the next one removes it
    }
  }
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  void publish() const {
    sync_file(name_);
    publish_file(name_, path_);
  }
  [[noreturn]] void fail() const {
    // What GDAL says of a full disk is seldom that; what it freed on giving up is little.
    constexpr std::uintmax_t kLittle = std::uintmax_t{1} << 20;
    const std::string message = QuietGdal::message();
    const auto folder = std::filesystem::absolute(path_).parent_path();
    std::error_code unknown;
    const auto space = std::filesystem::space(folder, unknown);
    const bool full = !unknown && space.available < kLittle;
    throw Error(path_ + ": cannot be written (" + message + ")" +
                (full ? "; the disk is full: free some space there" : ""));
  }

 private:
  std::string path_;
  std::string name_;
};

}  // namespace

void write_cube_geotiff(const StoredCube& cube, std::size_t variable, std::size_t year,
                        GeoTiffLayout layout, const std::string& path) {
  prepare_gdal();
  const QuietGdal quiet;
  const CubeSlice slice{cube, variable, year};
  CubeDataset source(slice);
  const char* name = layout == GeoTiffLayout::kPlain ? "GTiff" : "COG";
  GDALDriver* driver = GetGDALDriverManager()->GetDriverByName(name);
  if (driver == nullptr) throw Error(std::string("GDAL has no driver ") + name);
  const UnfinishedFile file(path);
  CPLStringList options = creation_options(slice.declared(), layout);
  DatasetPtr written(
      driver->CreateCopy(file.name().c_str(), &source, FALSE, options.List(), nullptr, nullptr));
  if (written == nullptr) file.fail();
  CPLErrorReset();
  written.reset();
  if (CPLGetLastErrorType() >= CE_Failure) file.fail();
  file.publish();
}

}  // namespace cnci::io
