#include "io/block_means.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>

#include "engine/error.h"

namespace cnci::io {
namespace {

/// Sums of the blocks that a window touches.
struct WindowSums {
  std::int64_t first_row = 0;  ///< of blocks
  std::int64_t first_col = 0;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::vector<double> sums;
  std::vector<std::uint32_t> counts;
};

class BlockAverage {
 public:
  BlockAverage(const FieldReader& field, std::size_t year, int longest_side)
      : field_(field),
        year_(year),
        cells_((std::max(field.rows, field.cols) + longest_side - 1) / longest_side),
        width_((field.cols + cells_ - 1) / cells_),
        height_((field.rows + cells_ - 1) / cells_),
        window_cols_((field.cols + field.window_cols - 1) / field.window_cols),
        windows_(window_cols_ * ((field.rows + field.window_rows - 1) / field.window_rows)),
        sums_(static_cast<std::size_t>(width_ * height_)),
        counts_(sums_.size()) {}

  [[nodiscard]] BlockMeans means(int threads) {
    for (std::int64_t first = 0; first < windows_; first += kBatch) {
      // Windows may share blocks: their sums are added in the order of windows, whoever is first.
      for (const WindowSums& part : read_batch(first, threads)) add(part);
    }
    BlockMeans means{.width = static_cast<int>(width_),
                     .height = static_cast<int>(height_),
                     .cells = static_cast<int>(cells_),
                     .values = std::vector<double>(sums_.size())};
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      means.values[i] = counts_[i] == 0 ? std::numeric_limits<double>::quiet_NaN()
                                        : sums_[i] / static_cast<double>(counts_[i]);
    }
    return means;
  }

 private:
  static constexpr std::int64_t kBatch = 256;

  [[nodiscard]] std::vector<WindowSums> read_batch(std::int64_t first, int threads) const {
    std::vector<WindowSums> parts(static_cast<std::size_t>(std::min(kBatch, windows_ - first)));
    std::atomic<std::size_t> next{0};
    std::mutex file;
    std::exception_ptr failure;
    const auto work = [&] {
      try {
        for (std::size_t i = next++; i < parts.size(); i = next++) {
          parts[i] = read_window(first + static_cast<std::int64_t>(i), file);
        }
      } catch (...) {
        const std::lock_guard<std::mutex> lock(file);
        if (!failure) failure = std::current_exception();
        next = parts.size();
      }
    };
    {
      std::vector<std::jthread> helpers;
      for (int i = 1; i < threads; ++i) helpers.emplace_back(work);
      work();
    }
    if (failure) std::rethrow_exception(failure);
    return parts;
  }

  [[nodiscard]] WindowSums read_window(std::int64_t window, std::mutex& file) const {
    const std::int64_t row = window / window_cols_ * field_.window_rows;
    const std::int64_t col = window % window_cols_ * field_.window_cols;
    RawWindow raw;
    {
      const std::lock_guard<std::mutex> lock(file);
      raw = field_.read(year_, row, col);
    }
    const std::vector<float> values = field_.decode(std::move(raw));
    return values.empty() ? WindowSums{} : sums_of(values, row, col);
  }

  [[nodiscard]] WindowSums sums_of(const std::vector<float>& values, std::int64_t row,
                                   std::int64_t col) const {
    const std::int64_t row_end = std::min(row + field_.window_rows, field_.rows);
    const std::int64_t col_end = std::min(col + field_.window_cols, field_.cols);
    WindowSums part{.first_row = row / cells_,
                    .first_col = col / cells_,
                    .rows = (row_end - 1) / cells_ - row / cells_ + 1,
                    .cols = (col_end - 1) / cells_ - col / cells_ + 1,
                    .sums = {},
                    .counts = {}};
    part.sums.resize(static_cast<std::size_t>(part.rows * part.cols));
    part.counts.resize(part.sums.size());
    for (std::int64_t r = row; r < row_end; ++r) {
      const float* const line = values.data() + (r - row) * field_.window_cols;
      const auto blocks = static_cast<std::size_t>((r / cells_ - part.first_row) * part.cols);
      for (std::int64_t c = col, block = 0; c < col_end; ++block) {
        const std::int64_t end = std::min((c / cells_ + 1) * cells_, col_end);
        double sum = 0;
        std::uint32_t count = 0;
        for (; c < end; ++c) {
          const float value = line[c - col];
          const bool valid = std::isfinite(value) && value != field_.fill;
          sum += valid ? static_cast<double>(value) : 0.0;
          count += valid ? 1U : 0U;
        }
        part.sums[blocks + static_cast<std::size_t>(block)] += sum;
        part.counts[blocks + static_cast<std::size_t>(block)] += count;
      }
    }
    return part;
  }

  void add(const WindowSums& part) {
    for (std::int64_t r = 0; r < part.rows; ++r) {
      for (std::int64_t c = 0; c < part.cols; ++c) {
        const auto from = static_cast<std::size_t>(r * part.cols + c);
        const auto to =
            static_cast<std::size_t>((part.first_row + r) * width_ + part.first_col + c);
        sums_[to] += part.sums[from];
        counts_[to] += part.counts[from];
      }
    }
  }

  const FieldReader& field_;
  std::size_t year_;
  std::int64_t cells_;  ///< of a block's side
  std::int64_t width_, height_;
  std::int64_t window_cols_;
  std::int64_t windows_;
  std::vector<double> sums_;
  std::vector<std::uint64_t> counts_;
};

}  // namespace

BlockMeans block_means(const FieldReader& field, std::size_t year, int longest_side, int threads) {
  if (longest_side < 1) throw engine::Error("a picture must be at least one pixel wide");
  return BlockAverage(field, year, longest_side).means(threads);
}

}  // namespace cnci::io
