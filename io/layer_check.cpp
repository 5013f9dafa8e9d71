// What is wrong with a layer, found before the first tile: files, bands, units, codes, values in
// sampled blocks, extent. Everything at once, one finding each.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numbers>

#include "io/crs.h"
#include "io/layer_impl.h"

namespace cnci::io {
namespace {

using engine::Error;
using engine::Field;
using engine::Finding;
using engine::Window;

constexpr double kLargestShortfall = 0.05;  ///< of the area; more is an error

Finding finding(Finding::Severity severity, std::string subject, std::string text) {
  return {severity, std::move(subject), std::move(text)};
}

bool is_there(const std::string& path) {
  std::error_code ignored;
  return path.starts_with("/vsi") || std::filesystem::exists(path, ignored);
}

std::vector<std::string> missing_files(const LayerSpec& spec, int year) {
  std::vector<std::string> missing;
  for (std::string& file : files_of_year(spec, year)) {
    if (!is_there(file)) missing.push_back(std::move(file));
  }
  return missing;
}

std::vector<int> years_to_check(const LayerSpec& spec, const std::vector<int>& years) {
  if (has_year(spec.path) || years.empty()) return years;
  return {years.front()};
}

// Years whose files are all there; the others become one finding.
std::vector<int> years_with_files(const LayerSpec& spec, const std::vector<int>& years,
                                  std::vector<Finding>& findings) {
  std::vector<int> present;
  std::vector<int> absent;
  std::string first;
  std::size_t count = 0;
  for (const int year : years_to_check(spec, years)) {
    const std::vector<std::string> missing = missing_files(spec, year);
    (missing.empty() ? present : absent).push_back(year);
    if (!missing.empty() && first.empty()) first = missing.front();
    count += missing.size();
  }
  if (absent.empty()) return present;
  std::string text = "there is no such file";
  if (count > 1) text += fmt::format(", nor {} other(s)", count - 1);
  if (has_year(spec.path)) {
    text += fmt::format("; missing for {} {}", absent.size() == 1 ? "the year" : "the years",
                        fmt::join(absent, ", "));
  }
  text += fmt::format("; put layer.{}.path right", spec.name);
  findings.push_back(
      finding(Finding::Severity::kError, "layer." + spec.name + ": " + first, std::move(text)));
  return present;
}

// The message without the file's name in front, where the subject has it already.
Finding from_error(const std::string& subject, const std::string& file, const std::string& what) {
  const std::string prefix = file + ": ";
  if (what.starts_with(prefix)) {
    return finding(Finding::Severity::kError, subject + ": " + file, what.substr(prefix.size()));
  }
  return finding(Finding::Severity::kError, subject, what);
}

// Part i of n of a range, at most `longest` long and in the middle of the part.
std::pair<std::int64_t, std::int64_t> middle_of_part(std::int64_t first, std::int64_t length,
                                                     std::int64_t i, std::int64_t n,
                                                     std::int64_t longest) {
  const std::int64_t begin = first + length * i / n;
  const std::int64_t end = std::max(begin + 1, first + length * (i + 1) / n);
  const std::int64_t size = std::min(end - begin, longest);
  return {begin + (end - begin - size) / 2, size};
}

}  // namespace

void Layer::Impl::sample_block(const Window& block, Sample& sample) {
  Field pixels = source_->year(block, lattice_.wraps, &sample.unknown_codes);
  std::vector<double> areas;
  if (is_amount()) areas = conserver_->source_areas_km2(block);
  const bool per_pixel = is_amount() && !source_->conversion().per_area;
  const Quantity& quantity = spec_.quantity;
  for (std::size_t i = 0; i < pixels.value.size(); ++i) {
    if (pixels.valid[i] == 0) continue;
    const double value = per_pixel ? pixels.value[i] / areas[i] : pixels.value[i];
    if (std::isnan(value)) {
      ++sample.not_numbers;
      continue;
    }
    sample.min = sample.count == 0 ? value : std::min(sample.min, value);
    sample.max = sample.count == 0 ? value : std::max(sample.max, value);
    sample.sum += value;
    ++sample.count;
    if (spec_.quantity.kind == Kind::kClass || !has_range() || is_within_range(value)) continue;
    ++sample.outside;
    if (value > quantity.max) ++sample.above;
  }
}

void Layer::Impl::sample_blocks(const Window& needed, Sample& sample) {
  constexpr std::int64_t kParts = 5;
  constexpr std::size_t kSmallFile = 2'000'000;  ///< pixels; such a file is looked at as a whole
  constexpr std::int64_t kStripPixels = 250'000;
  constexpr double kPixels = 64;
  const auto attempt = [&](const auto& action) {
    try {
      action();
    } catch (const Error& error) {
      if (sample.failure.empty()) sample.failure = error.what();
    }
  };
  // A file that was cut off lacks its end.
  attempt([&] { source_->probe({lattice_.cols - 1, lattice_.rows - 1, 1, 1}); });
  attempt([&] { source_->probe({0, 0, 1, 1}); });
  if (needed.empty()) {  // no grid to look through: parts of the file itself
    for (std::int64_t j = 0; j < std::min(kParts, lattice_.rows); ++j) {
      for (std::int64_t i = 0; i < std::min(kParts, lattice_.cols); ++i) {
        const auto [col, cols] =
            middle_of_part(0, lattice_.cols, i, std::min(kParts, lattice_.cols), 64);
        const auto [row, rows] =
            middle_of_part(0, lattice_.rows, j, std::min(kParts, lattice_.rows), 64);
        const Window block{col, row, cols, rows};
        attempt([&] { sample_block(block, sample); });
      }
    }
    return;
  }
  const Window all = source_window(needed);
  if (!all.empty() && all.cells() <= kSmallFile) {
    // In strips: several layers are checked at once.
    const std::int64_t rows = std::max<std::int64_t>(1, kStripPixels / all.cols);
    for (std::int64_t row = all.row; row < all.row_end(); row += rows) {
      const Window strip{all.col, row, all.cols, std::min(rows, all.row_end() - row)};
      attempt([&] { sample_block(strip, sample); });
    }
    return;
  }
  const double cells = std::min(kPixels * std::max(resampler_->ratio(), 1.0 / kPixels), 1e9);
  const auto longest = std::max<std::int64_t>(1, std::llround(cells));
  for (std::int64_t j = 0; j < std::min(kParts, needed.rows); ++j) {
    for (std::int64_t i = 0; i < std::min(kParts, needed.cols); ++i) {
      const auto [col, cols] =
          middle_of_part(needed.col, needed.cols, i, std::min(kParts, needed.cols), longest);
      const auto [row, rows] =
          middle_of_part(needed.row, needed.rows, j, std::min(kParts, needed.rows), longest);
      const Window block = source_window({col, row, cols, rows});
      if (!block.empty()) attempt([&] { sample_block(block, sample); });
    }
  }
}

void Layer::Impl::judge_sample(const Sample& sample, const std::string& files,
                               std::vector<Finding>& findings) const {
  const std::string where = subject() + ": " + files;
  if (!sample.failure.empty()) findings.push_back(from_error(subject(), files, sample.failure));
  if (!sample.unknown_codes.empty()) {
    findings.push_back(
        finding(Finding::Severity::kError, where,
                fmt::format("codes without an entry in {}.{}: {}; add them, or name them in "
                            "{}.nodata",
                            subject(), spec_.quantity.kind == Kind::kClass ? "legend" : "classes",
                            fmt::join(sample.unknown_codes, ", "), subject())));
  }
  if (sample.not_numbers > 0) judge_not_numbers(sample, where, findings);
  if (sample.count + sample.not_numbers == 0 && sample.failure.empty() &&
      sample.unknown_codes.empty()) {
    findings.push_back(finding(Finding::Severity::kWarning, where,
                               "no valid value in the blocks sampled over the zones"));
  }
  if (sample.outside == 0) return;
  const Quantity& quantity = spec_.quantity;
  const bool above = 2 * sample.above >= sample.outside;
  const std::string& hint = above ? quantity.hint_above : quantity.hint_below;
  const bool refused = spec_.outside == Outside::kError;
  std::string text = fmt::format(
      "{} of {} sampled values are outside {:.6g} to {:.6g} {}{} (they run from {:.6g} to {:.6g})",
      sample.outside, sample.count, quantity.min, quantity.max, quantity.unit,
      is_amount() ? " per km2" : "", sample.min, sample.max);
  if (!hint.empty()) text += ": " + hint;
  if (refused) {
    text += fmt::format(
        "; put unit, scale, offset or nodata right, or say {}.outside = missing or "
        "clamp",
        subject());
  } else {
    text +=
        spec_.outside == Outside::kClamp ? "; they are moved to the limit" : "; they are missing";
  }
  findings.push_back(finding(refused ? Finding::Severity::kError : Finding::Severity::kWarning,
                             where, std::move(text)));
}

void Layer::Impl::judge_not_numbers(const Sample& sample, const std::string& where,
                                    std::vector<Finding>& findings) const {
  const bool refused = has_range() && spec_.outside == Outside::kError;
  const std::string advice =
      refused ? fmt::format("put them right, or say {}.outside = missing", subject())
              : "they are missing";
  findings.push_back(finding(
      refused ? Finding::Severity::kError : Finding::Severity::kWarning, where,
      fmt::format("{} of {} sampled values are not numbers once scale and offset are applied; {}",
                  sample.not_numbers, sample.count + sample.not_numbers, advice)));
}

Layer::Impl::Cover Layer::Impl::cover(const Window& window) const {
  constexpr int kPoints = 64;
  const double x1 = lattice_.x0 + lattice_.dx * static_cast<double>(lattice_.cols);
  const double y1 = lattice_.y0 - lattice_.dy * static_cast<double>(lattice_.rows);
  Cover cover;
  double total = 0;
  double outside = 0;
  for (int j = 0; j < kPoints; ++j) {
    const double step_y = static_cast<double>(window.rows - 1) / (kPoints - 1);
    const double y = grid_.y_at(static_cast<double>(window.row) + 0.5 + j * step_y);
    const double weight = grid_.geographic ? std::cos(y * std::numbers::pi / 180) : 1;
    for (int i = 0; i < kPoints; ++i) {
      const double step_x = static_cast<double>(window.cols - 1) / (kPoints - 1);
      double px = grid_.x_at(static_cast<double>(window.col) + 0.5 + i * step_x);
      double py = y;
      to_source_->apply({&px, 1}, {&py, 1});
      total += weight;
      if (!std::isfinite(px) || !std::isfinite(py)) {
        outside += weight;
        continue;
      }
      double west = lattice_.x0 - px;
      double east = px - x1;
      if (lattice_.geographic) {
        // The turn of the longitude that lies nearest to the file.
        const double turns = std::round((px - (lattice_.x0 + x1) / 2) / 360);
        west += 360 * turns;
        east -= 360 * turns;
      }
      if (lattice_.wraps) west = east = -1;
      const double north = py - lattice_.y0;
      const double south = y1 - py;
      if (std::max({west, east, north, south}) > 0) outside += weight;
      cover.west = std::max(cover.west, west);
      cover.east = std::max(cover.east, east);
      cover.north = std::max(cover.north, north);
      cover.south = std::max(cover.south, south);
    }
  }
  cover.outside_share = total > 0 ? outside / total : 0;
  return cover;
}

void Layer::Impl::judge_cover(const Window& needed, std::vector<Finding>& findings) const {
  if (needed.empty()) return;
  const Cover short_of = cover(needed);
  if (short_of.outside_share <= 0) return;
  std::vector<std::string> sides;
  const std::string unit = crs_unit(source_->crs_wkt());
  const auto side = [&](double by, const char* name) {
    if (by > 0) sides.push_back(fmt::format("{:.4g} {} in the {}", by, unit, name));
  };
  side(short_of.west, "west");
  side(short_of.east, "east");
  side(short_of.south, "south");
  side(short_of.north, "north");
  const bool refused = short_of.outside_share >= 1 || (short_of.outside_share > kLargestShortfall &&
                                                       spec_.outside == Outside::kError);
  std::string text = fmt::format(
      "ends short of the zones: {:.3g} % of their window's area lies "
      "outside the file",
      100 * short_of.outside_share);
  if (!sides.empty()) text += fmt::format(" ({})", fmt::join(sides, ", "));
  text += refused ? fmt::format("; use a file that covers them{}",
                                short_of.outside_share < 1
                                    ? ", or say " + subject() + ".outside = missing or clamp"
                                    : "")
                  : "; those cells are missing";
  findings.push_back(finding(refused ? Finding::Severity::kError : Finding::Severity::kWarning,
                             subject() + ": " + source_->files_text(), std::move(text)));
}

/// What was taken on trust about where the file lies.
void Layer::Impl::judge_place(std::vector<Finding>& findings) const {
  const std::string where = subject() + ": " + source_->files_text();
  if (spec_.crs && source_->info().crs_wkt.empty()) {
    findings.push_back(finding(Finding::Severity::kWarning, where,
                               "has no CRS; " + subject() + ".crs = " + *spec_.crs + " is taken"));
  }
  const engine::SourceGrid& written = source_->info().grid;
  const double x1 = written.x0 + written.dx * static_cast<double>(written.cols);
  const double snapped_x1 = lattice_.x0 + lattice_.dx * static_cast<double>(lattice_.cols);
  const double y1 = written.y0 - written.dy * static_cast<double>(written.rows);
  const double snapped_y1 = lattice_.y0 - lattice_.dy * static_cast<double>(lattice_.rows);
  const auto moved = [](double a, double b, double pixel) {
    return std::abs(a - b) > 1e-6 * pixel;
  };
  if (moved(x1, snapped_x1, lattice_.dx) || moved(y1, snapped_y1, lattice_.dy)) {
    findings.push_back(finding(
        Finding::Severity::kWarning, where,
        fmt::format("its rounded pixel size of {} makes it end at {:.9g}, {:.9g}; taken as {:.9g}, "
                    "{:.9g}",
                    written.dx, x1, y1, snapped_x1, snapped_y1)));
  }
}

void Layer::Impl::check_year(int year, const Window& needed, Sample& sample,
                             std::vector<Finding>& findings) {
  try {
    open(year);
  } catch (const Error& error) {
    findings.push_back(from_error(subject(), files_of_year(spec_, year).front(), error.what()));
    return;
  }
  sample_blocks(needed, sample);
  judge_sample(sample, source_->files_text(), findings);
}

std::vector<Finding> Layer::Impl::check(const std::vector<int>& years, const Window& needed) {
  std::vector<Finding> findings;
  const int first = open_year_;
  last_sample_.reset();
  for (const int year : years_with_files(spec_, years, findings)) {
    Sample sample;
    check_year(year, needed, sample, findings);
    if (!last_sample_ && sample.failure.empty()) last_sample_ = std::move(sample);
  }
  judge_place(findings);
  judge_cover(needed, findings);
  try {
    open(first);
  } catch (const Error& error) {
    findings.push_back(from_error(subject(), files_of_year(spec_, first).front(), error.what()));
  }
  return findings;
}

std::vector<Finding> check_layer(const LayerSpec& spec, const engine::Grid& grid,
                                 const std::shared_ptr<const engine::CellArea>& area,
                                 const std::vector<int>& years, const Window& needed) {
  std::vector<Finding> findings;
  const std::vector<int> present = years_with_files(spec, years, findings);
  if (present.empty()) return findings;
  try {
    Layer layer(spec, grid, area, present.front());
    return layer.check(years, needed);
  } catch (const std::exception& error) {
    const std::string subject = "layer." + spec.name;
    std::string what = error.what();
    if (what.starts_with(subject + ": ")) what.erase(0, subject.size() + 2);
    findings.push_back(from_error(subject, files_of_year(spec, present.front()).front(), what));
  }
  return findings;
}

}  // namespace cnci::io
