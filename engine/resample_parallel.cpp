// Methods on parallel lattices: columns and rows are worked out once per tile.
#include <algorithm>
#include <utility>

#include "engine/resample_cell.h"
#include "engine/resample_impl.h"

namespace cnci::engine {
namespace {

/// A row of the source, interpolated along the columns of a tile: target rows between two rows of
/// the source share them.
struct InterpolatedRow {
  std::int64_t row = -1;
  std::vector<double> value;
  std::vector<std::uint8_t> complete;  ///< 1 where both pixels are valid
  bool all_complete = false;

  void fill(const Field& source, std::int64_t source_row, const std::vector<Tap>& cols) {
    if (row == source_row) return;
    row = source_row;
    value.resize(cols.size());
    complete.resize(cols.size());
    all_complete = true;
    const auto first = static_cast<std::size_t>(row * source.window.cols);
    for (std::size_t c = 0; c < cols.size(); ++c) {
      const Tap& col = cols[c];
      complete[c] = 0;
      if (col.first >= 0) {
        const std::size_t west = first + static_cast<std::size_t>(col.first);
        const std::size_t east = first + static_cast<std::size_t>(col.second);
        value[c] = source.value[west] + (source.value[east] - source.value[west]) * col.part;
        complete[c] = source.valid[west] & source.valid[east];
      }
      all_complete = all_complete && complete[c] != 0;
    }
  }
};

}  // namespace

Field Resampler::Impl::near_parallel(const Field& source, const Window& tile) const {
  Field out(tile);
  const Taps taps = local_taps(tile, WindowIndex(source_, source.window), false);
  std::size_t cell = 0;
  for (const Tap& row : taps.rows) {
    for (const Tap& col : taps.cols) {
      if (row.first >= 0 && col.first >= 0) {
        const auto pixel = static_cast<std::size_t>(row.first * source.window.cols + col.first);
        if (source.valid[pixel] != 0) {
          out.value[cell] = source.value[pixel];
          out.valid[cell] = 1;
        }
      }
      ++cell;
    }
  }
  return out;
}

// The same operations as bilinear_cell(), those along the columns once for a row of the source.
Field Resampler::Impl::bilinear_parallel(const Field& source, const Window& tile) const {
  Field out(tile);
  const Taps taps = local_taps(tile, WindowIndex(source_, source.window), true);
  const std::size_t cols = taps.cols.size();
  InterpolatedRow north;
  InterpolatedRow south;
  for (std::size_t r = 0; r < taps.rows.size(); ++r) {
    const Tap& row = taps.rows[r];
    if (row.first < 0) continue;
    if (south.row == row.first) std::swap(north, south);
    north.fill(source, row.first, taps.cols);
    south.fill(source, row.second, taps.cols);
    double* value = out.value.data() + r * cols;
    const double part = row.part;
    if (north.all_complete && south.all_complete) {
      const double* upper = north.value.data();
      const double* lower = south.value.data();
      for (std::size_t c = 0; c < cols; ++c) value[c] = upper[c] + (lower[c] - upper[c]) * part;
      std::fill_n(out.valid.begin() + static_cast<std::ptrdiff_t>(r * cols), cols, std::uint8_t{1});
      continue;
    }
    for (std::size_t c = 0; c < cols; ++c) {
      if ((north.complete[c] & south.complete[c]) != 0) {
        value[c] = north.value[c] + (south.value[c] - north.value[c]) * part;
        out.valid[r * cols + c] = 1;
      } else {
        bilinear_cell(source, taps.cols[c], row, r * cols + c, out);
      }
    }
  }
  return out;
}

Field Resampler::Impl::average_parallel(const Field& source, const Window& tile) const {
  Field out(tile);
  const Tables t = local_tables(tile, WindowIndex(source_, source.window));
  std::vector<Mean> line(static_cast<std::size_t>(tile.cols));
  for (std::size_t r = 0; r < t.rows.size(); ++r) {
    std::fill(line.begin(), line.end(), Mean{});
    for (const Overlap& row : t.rows[r]) {
      const auto first = static_cast<std::size_t>(row.index * source.window.cols);
      for (std::size_t c = 0; c < line.size(); ++c) {
        for (const Overlap& col : t.cols[c]) {
          const std::size_t pixel = first + static_cast<std::size_t>(col.index);
          if (source.valid[pixel] != 0) line[c].add(source.value[pixel], col.weight * row.weight);
        }
      }
    }
    const double whole = rows_.row_weight(tile.row + static_cast<std::int64_t>(r));
    for (std::size_t c = 0; c < line.size(); ++c) {
      if (!enough(line[c].weight, whole)) continue;
      out.value[r * line.size() + c] = line[c].value();
      out.valid[r * line.size() + c] = 1;
    }
  }
  return out;
}

}  // namespace cnci::engine
