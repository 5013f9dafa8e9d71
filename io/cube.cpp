#include "io/cube.h"

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <utility>

#include "engine/error.h"
#include "io/cube_layout.h"
#include "io/cube_zones.h"
#include "io/durable_file.h"
#include "io/hdf5_handles.h"

namespace cnci::io {
namespace {

using engine::Error;

std::int64_t chunk_side(std::int64_t cells, std::int64_t tile, std::int64_t chunk,
                        const char* direction) {
  const std::int64_t side = std::min({cells, tile, chunk});
  if (tile < cells && tile % side != 0) {
    throw Error("grid.tile = " + std::to_string(tile) + " is no multiple of output.chunk = " +
                std::to_string(chunk) + " (the grid has " + std::to_string(cells) + " " +
                direction + "); choose a tile that is, or a smaller chunk");
  }
  return side;
}

void validate(const std::string& path, const CubeSpec& spec) {
  const engine::Grid& grid = spec.grid;
  const auto refuse = [&path](const std::string& text) { throw Error(path + ": " + text); };
  if (grid.cols <= 0 || grid.rows <= 0) refuse("a cube needs a grid with cells");
  if (spec.chunk.rows <= 0 || spec.chunk.cols <= 0 || spec.chunk.rows > grid.rows ||
      spec.chunk.cols > grid.cols) {
    refuse("the chunk must be at least one cell and at most the grid");
  }
  if (spec.years.empty()) refuse("a cube needs at least one year");
  if (std::adjacent_find(spec.years.begin(), spec.years.end(), std::greater_equal<>()) !=
      spec.years.end()) {
    refuse("the years of a cube must ascend");
  }
  if (spec.significant_bits < 1 || spec.significant_bits > 24) {
    refuse("significant_bits must be 1 to 24");
  }
  if (spec.compression < 1 || spec.compression > 9) refuse("compression must be 1 to 9");
  std::set<std::string> names;
  for (const CubeVariable& variable : spec.variables) {
    if (!names.insert(variable.name).second) refuse("the variable " + variable.name + " is twice");
    if (variable.flag_values.size() != variable.flag_meanings.size()) {
      refuse("the variable " + variable.name + " has flag values without a meaning");
    }
  }
}

}  // namespace

ChunkShape chunk_shape(const engine::Grid& grid, std::int64_t tile, std::int64_t chunk) {
  if (tile <= 0 || chunk <= 0 || grid.rows <= 0 || grid.cols <= 0) {
    throw Error("grid, grid.tile and output.chunk must be at least one cell");
  }
  return {.rows = chunk_side(grid.rows, tile, chunk, "rows"),
          .cols = chunk_side(grid.cols, tile, chunk, "columns")};
}

class Cube::Impl {
 public:
  Impl(const std::string& path, const CubeSpec& spec, const engine::CellArea& area)
      : path_(path),
        years_(spec.years),
        chunk_(spec.chunk),
        chunk_rows_((spec.grid.rows + spec.chunk.rows - 1) / spec.chunk.rows),
        chunk_cols_((spec.grid.cols + spec.chunk.cols - 1) / spec.chunk.cols) {
    validate(path, spec);
    file_ = h5::create_file(path);
    variables_ = write_layout(file_.get(), path, spec, area);
  }

  void put_chunk(std::size_t variable, std::size_t year, std::int64_t chunk_row,
                 std::int64_t chunk_col, std::span<const std::byte> bytes) {
    require_open();
    if (variable >= variables_.size() || year >= years_.size() || chunk_row < 0 ||
        chunk_row >= chunk_rows_ || chunk_col < 0 || chunk_col >= chunk_cols_ || bytes.empty()) {
      throw Error(path_ + ": no place for a chunk of " + std::to_string(bytes.size()) +
                  " bytes at variable " + std::to_string(variable) + ", year " +
                  std::to_string(year) + ", chunk row " + std::to_string(chunk_row) + ", column " +
                  std::to_string(chunk_col));
    }
    const std::array<hsize_t, 3> corner{year, static_cast<hsize_t>(chunk_row * chunk_.rows),
                                        static_cast<hsize_t>(chunk_col * chunk_.cols)};
    h5::silence_errors();
    h5::check(H5Dwrite_chunk(variables_[variable].get(), H5P_DEFAULT, 0, corner.data(),
                             bytes.size(), bytes.data()),
              path_, "write a chunk");
  }

  void write_zones(const ZoneTable& table) {
    require_open();
    h5::silence_errors();
    write_zones_group(file_.get(), path_, table, years_);
  }

  void close() {
    require_open();
    h5::silence_errors();
    variables_.clear();
    h5::close_file(file_, path_);
    sync_file(path_);
  }

 private:
  void require_open() const {
    if (!file_.open()) throw Error(path_ + ": the cube is closed already");
  }

  std::string path_;
  std::vector<int> years_;
  ChunkShape chunk_;
  std::int64_t chunk_rows_;
  std::int64_t chunk_cols_;
  h5::Handle file_;
  std::vector<h5::Handle> variables_;
};

Cube::Cube(const std::string& path, const CubeSpec& spec, const engine::CellArea& area)
    : impl_(std::make_unique<Impl>(path, spec, area)) {}
Cube::~Cube() = default;
Cube::Cube(Cube&&) noexcept = default;
Cube& Cube::operator=(Cube&&) noexcept = default;

void Cube::put_chunk(std::size_t variable, std::size_t year, std::int64_t chunk_row,
                     std::int64_t chunk_col, std::span<const std::byte> bytes) {
  impl_->put_chunk(variable, year, chunk_row, chunk_col, bytes);
}
void Cube::write_zones(const ZoneTable& table) { impl_->write_zones(table); }
void Cube::close() { impl_->close(); }

}  // namespace cnci::io
