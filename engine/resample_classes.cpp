// Class fractions: the same weights as the average, of the indicator of each class.
#include <algorithm>

#include "engine/error.h"
#include "engine/resample_cell.h"
#include "engine/resample_impl.h"

namespace cnci::engine {
namespace {

int class_id(double value) { return static_cast<int>(value + (value < 0 ? -0.5 : 0.5)); }

/// The classes of a source window: ids in ascending order, and the place of every pixel's in them.
struct ClassMap {
  std::vector<int> ids;
  std::vector<std::int32_t> place;  ///< -1 where the pixel is missing

  explicit ClassMap(const Field& source) : place(source.value.size(), -1) {
    for (std::size_t i = 0; i < place.size(); ++i) {
      if (source.valid[i] == 0) continue;
      const int id = class_id(source.value[i]);
      if (last_ < ids.size() && ids[last_] == id) continue;  // neighbours are mostly alike
      const auto at = std::lower_bound(ids.begin(), ids.end(), id);
      last_ = static_cast<std::size_t>(at - ids.begin());
      if (at == ids.end() || *at != id) ids.insert(at, id);
    }
    if (ids.empty()) return;
    // A table over the range of ids where it is small, else a search.
    const std::int64_t low = ids.front();
    const std::int64_t range = ids.back() - low + 1;
    std::vector<std::int32_t> table(range <= kTable ? static_cast<std::size_t>(range) : 0, -1);
    for (std::size_t k = 0; k < ids.size() && !table.empty(); ++k) {
      table[static_cast<std::size_t>(ids[k] - low)] = static_cast<std::int32_t>(k);
    }
    for (std::size_t i = 0; i < place.size(); ++i) {
      if (source.valid[i] == 0) continue;
      const int id = class_id(source.value[i]);
      place[i] = !table.empty() ? table[static_cast<std::size_t>(id - low)]
                                : static_cast<std::int32_t>(
                                      std::lower_bound(ids.begin(), ids.end(), id) - ids.begin());
    }
  }

 private:
  static constexpr std::int64_t kTable = 1 << 16;
  std::size_t last_ = 0;
};

/// Collects the weights of the classes of one cell after the other.
class ClassCell {
 public:
  ClassCell(const ClassMap& classes, const Window& tile)
      : classes_(classes), weight_(classes.ids.size(), 0.0), planes_(classes.ids.size()) {
    out_.window = tile;
    out_.valid.assign(tile.cells(), 0);
  }

  void add(std::size_t pixel, double w) {
    const std::int32_t place = classes_.place[pixel];
    if (place < 0) return;
    double& weight = weight_[static_cast<std::size_t>(place)];
    if (weight == 0) touched_.push_back(static_cast<std::size_t>(place));
    weight += w;
    total_ += w;
  }
  [[nodiscard]] double total() const { return total_; }

  /// Ends the cell; writes its fractions where `valid`.
  void finish(std::size_t cell, bool valid) {
    for (const std::size_t t : touched_) {
      if (valid) {
        if (planes_[t].empty()) planes_[t].assign(out_.valid.size(), 0.0);
        planes_[t][cell] = weight_[t] / total_;
      }
      weight_[t] = 0;
    }
    if (valid) out_.valid[cell] = 1;
    touched_.clear();
    total_ = 0;
  }

  [[nodiscard]] ClassFractions result() && {
    for (std::size_t t = 0; t < planes_.size(); ++t) {
      if (!planes_[t].empty()) out_.planes.push_back({classes_.ids[t], std::move(planes_[t])});
    }
    return std::move(out_);
  }

 private:
  const ClassMap& classes_;
  std::vector<double> weight_;
  std::vector<Cells<double>> planes_;
  std::vector<std::size_t> touched_;
  double total_ = 0;
  ClassFractions out_;
};

}  // namespace

ClassFractions Resampler::Impl::fraction_parallel(const Field& source, const Window& tile) const {
  const ClassMap classes(source);
  ClassCell cell(classes, tile);
  const Tables t = local_tables(tile, WindowIndex(source_, source.window));
  const std::size_t cols = t.cols.size();
  for (std::size_t r = 0; r < t.rows.size(); ++r) {
    const double whole = rows_.row_weight(tile.row + static_cast<std::int64_t>(r));
    for (std::size_t c = 0; c < cols; ++c) {
      for (const Overlap& row : t.rows[r]) {
        for (const Overlap& col : t.cols[c]) {
          cell.add(static_cast<std::size_t>(row.index * source.window.cols + col.index),
                   col.weight * row.weight);
        }
      }
      cell.finish(r * cols + c, enough(cell.total(), whole));
    }
  }
  return std::move(cell).result();
}

ClassFractions Resampler::Impl::fraction_points(const Field& source, const Window& tile) const {
  const ClassMap classes(source);
  ClassCell cell(classes, tile);
  const PointSource where(source_, pixels_, source.window);
  const double whole = static_cast<double>(points_) * points_;
  std::size_t at = 0;
  lattice_.visit_cells(tile, points_, [&](std::int64_t, std::int64_t, const CellPoints& p) {
    for (int j = 0; j < p.k; ++j) {
      const std::size_t line = static_cast<std::size_t>(j) * p.stride;
      for (std::size_t i = line; i < line + static_cast<std::size_t>(p.k); ++i) {
        const std::int64_t pixel = where.pixel(p.x[i], p.y[i]);
        if (pixel == -1) continue;
        if (pixel == PointSource::kLacking) {
          throw Error(
              "the source's window lacks a pixel that the tile needs: read "
              "source_window(tile)");
        }
        cell.add(static_cast<std::size_t>(pixel), 1);
      }
    }
    cell.finish(at++, enough(cell.total(), whole));
  });
  return std::move(cell).result();
}

ClassFractions Resampler::Impl::resample_classes(const Field& source, const Window& tile,
                                                 Method method) const {
  check(tile, method, true);
  if (method == Method::kFraction) {
    return parallel_ ? fraction_parallel(source, tile) : fraction_points(source, tile);
  }
  return classes_of_cells(parallel_ ? near_parallel(source, tile) : near_points(source, tile));
}

ClassFractions classes_of_cells(Field ids) {
  ClassFractions out;
  out.window = ids.window;
  out.only_class.resize(ids.value.size());
  for (std::size_t i = 0; i < out.only_class.size(); ++i) {
    const double id = ids.value[i];
    out.only_class[i] = class_id(id == id ? id : 0);  // NaN where it is not valid
  }
  out.valid = std::move(ids.valid);
  return out;
}

}  // namespace cnci::engine
