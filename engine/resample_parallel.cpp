// Methods on parallel lattices: columns and rows are worked out once per tile.
#include <algorithm>

#include "engine/resample_cell.h"
#include "engine/resample_impl.h"

namespace cnci::engine {

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

Field Resampler::Impl::bilinear_parallel(const Field& source, const Window& tile) const {
  Field out(tile);
  const Taps taps = local_taps(tile, WindowIndex(source_, source.window), true);
  std::size_t cell = 0;
  for (const Tap& row : taps.rows) {
    for (const Tap& col : taps.cols) bilinear_cell(source, col, row, cell++, out);
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
