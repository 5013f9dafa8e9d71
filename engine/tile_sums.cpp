#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <span>

#include "engine/bytes.h"
#include "engine/error.h"
#include "engine/field.h"
#include "engine/sum_tree.h"

namespace cnci::engine {
namespace {

template <typename T>
std::vector<T> sorted_unique(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

template <typename T>
std::uint32_t position(const std::vector<T>& sorted, T value) {
  return static_cast<std::uint32_t>(std::lower_bound(sorted.begin(), sorted.end(), value) -
                                    sorted.begin());
}

using Positions = std::pair<std::size_t, std::size_t>;

/// Begin and end of the items (ascending, apart) that have cells in first .. end.
template <typename Item>
Positions positions_within(const std::vector<Item>& items, std::size_t first, std::size_t end) {
  const auto begin = std::partition_point(items.begin(), items.end(),
                                          [&](const Item& item) { return item.end <= first; });
  const auto behind =
      std::partition_point(begin, items.end(), [&](const Item& item) { return item.begin < end; });
  return {static_cast<std::size_t>(begin - items.begin()),
          static_cast<std::size_t>(behind - items.begin())};
}

/// The cells of the items at `positions`, as far as they lie in first .. end, counted from first.
template <typename Item>
void clip(const std::vector<Item>& items, const Positions& positions, std::size_t first,
          std::size_t end, std::vector<CellRange>& clipped) {
  clipped.clear();
  for (std::size_t i = positions.first; i < positions.second; ++i) {
    clipped.push_back(
        {static_cast<std::uint32_t>(std::max<std::size_t>(items[i].begin, first) - first),
         static_cast<std::uint32_t>(std::min<std::size_t>(items[i].end, end) - first)});
  }
}

}  // namespace

/// The latitude band of every cell.
class TileSums::CellBands {
 public:
  CellBands(const Window& window, const std::vector<std::int32_t>& bands)
      : bands_(bands),
        row_cells_(bands.size() == static_cast<std::size_t>(window.rows) && window.cols > 1
                       ? static_cast<std::size_t>(window.cols)
                       : 1) {
    if (bands.size() * row_cells_ != window.cells()) {
      throw Error("latitude bands of " + std::to_string(bands.size()) + " cells for a window of " +
                  std::to_string(window.cells()));
    }
  }
  [[nodiscard]] std::int32_t of(std::size_t cell) const { return bands_[cell / row_cells_]; }
  /// The end of the cells in first .. end of one row that lie in the first one's band.
  [[nodiscard]] std::size_t end_of(std::size_t first, std::size_t end) const {
    if (row_cells_ > 1) return end;
    const auto from = bands_.begin() + static_cast<std::ptrdiff_t>(first);
    const auto to = bands_.begin() + static_cast<std::ptrdiff_t>(end);
    return first +
           static_cast<std::size_t>(
               std::find_if(from, to, [&](std::int32_t band) { return band != *from; }) - from);
  }

 private:
  const std::vector<std::int32_t>& bands_;
  std::size_t row_cells_;  ///< that share an entry
};

TileSums::TileSums(const Coverage& coverage, std::vector<double> areas_km2,
                   const std::vector<std::int32_t>& bands, std::size_t years, std::size_t variables)
    : years_(years), variables_(variables), areas_km2_(std::move(areas_km2)) {
  find_area_quanta();
  const CellBands cell_bands(coverage.window, bands);
  index_zones_and_bands(coverage, cell_bands);
  by_zone_.resize(years * variables * zones_.size());
  by_band_.resize(years * variables * bands_.size());
  total_.resize(years * variables);
  large_.resize(years * variables);
  segments_.reserve(coverage.runs.size());
  mixed_.reserve(coverage.mixed.size());
  shares_.reserve(coverage.shares.size());
  for (const Coverage::Run& run : coverage.runs) add_segments_of(run, cell_bands);
  add_areas_of_segments(static_cast<std::size_t>(coverage.window.cols));
  for (const Coverage::Mixed& mixed : coverage.mixed) {
    add_mixed(coverage, mixed, cell_bands.of(mixed.cell));
  }
  find_touched(coverage);
}

void TileSums::find_area_quanta() {
  for (const double area : areas_km2_) wide_areas_ |= area >= kNarrowQuanta * kAreaQuantum;
  area_quanta_.resize(areas_km2_.size());
  if (wide_areas_) {
    std::ranges::transform(areas_km2_, area_quanta_.begin(),
                           [](double area) { return to_quanta(area, kAreaQuantum); });
    return;
  }
  // As to_quanta rounds, in vectors: at 1.5 x 2^52 quanta the last bit of a double is one.
  constexpr double kAt = 0x1.8p52 * kAreaQuantum;
  constexpr auto kBits = std::bit_cast<std::int64_t>(kAt);
  std::ranges::transform(areas_km2_, area_quanta_.begin(), [](double area) {
    return std::bit_cast<std::int64_t>(area + kAt) - kBits;
  });
}

void TileSums::index_zones_and_bands(const Coverage& coverage, const CellBands& bands) {
  const auto note = [](auto& ids, auto id) {
    if (ids.empty() || ids.back() != id) ids.push_back(id);
  };
  for (const Coverage::Run& run : coverage.runs) {
    note(zones_, run.zone);
    const std::size_t end = std::size_t{run.cell} + run.length;
    for (std::size_t cell = run.cell; cell < end; cell = bands.end_of(cell, end)) {
      note(bands_, bands.of(cell));
    }
  }
  for (const Coverage::Mixed& mixed : coverage.mixed) {
    std::uint32_t rest = kWeightOne;
    for (std::uint32_t i = 0; i < mixed.count; ++i) {
      const ZoneShare& share = coverage.shares[mixed.first + i];
      note(zones_, share.zone);
      rest -= share.weight;
    }
    if (rest > 0) note(zones_, kUnzoned);
    note(bands_, bands.of(mixed.cell));
  }
  zones_ = sorted_unique(std::move(zones_));
  bands_ = sorted_unique(std::move(bands_));
  zone_area_.resize(zones_.size());
  band_area_.resize(bands_.size());
}

void TileSums::add_segments_of(const Coverage::Run& run, const CellBands& bands) {
  const std::uint32_t zone = position(zones_, run.zone);
  const std::uint32_t run_end = run.cell + run.length;
  for (std::uint32_t first = run.cell; first < run_end;) {
    const auto end = static_cast<std::uint32_t>(bands.end_of(first, run_end));
    segments_.push_back({first, end, zone, position(bands_, bands.of(first))});
    first = end;
  }
}

void TileSums::add_areas_of_segments(std::size_t cols) {
  std::vector<CellRange> ranges;
  clip(segments_, {0, segments_.size()}, 0, area_quanta_.size(), ranges);
  std::vector<Int128> areas(ranges.size());
  add_up(ranges, area_quanta_.data(), wide_areas_ || cols > kCellsThatFit, areas);
  for (std::size_t i = 0; i < areas.size(); ++i) {
    zone_area_[segments_[i].zone].add_whole(areas[i]);
    band_area_[segments_[i].band].add_whole(areas[i]);
  }
}

void TileSums::add_mixed(const Coverage& coverage, const Coverage::Mixed& mixed,
                         std::int32_t band) {
  mixed_.push_back({mixed.cell, mixed.cell + 1, static_cast<std::uint32_t>(shares_.size()),
                    mixed.count, position(bands_, band)});
  const std::int64_t area = area_quanta_[mixed.cell];
  std::uint32_t rest = kWeightOne;
  for (const ZoneShare& share : std::span(coverage.shares).subspan(mixed.first, mixed.count)) {
    shares_.push_back({position(zones_, share.zone), share.weight});
    zone_area_[shares_.back().zone].add(area, share.weight);
    rest -= share.weight;
  }
  band_area_[mixed_.back().band].add(area, kWeightOne - rest);
  if (rest > 0) zone_area_.back().add(area, rest);
}

void TileSums::find_touched(const Coverage& coverage) {
  const auto touch = [&](std::uint32_t cell, std::uint32_t length) {
    if (touched_.empty() || touched_.back().end != cell) touched_.push_back({cell, cell});
    touched_.back().end += length;
  };
  auto mixed = coverage.mixed.begin();
  for (const Coverage::Run& run : coverage.runs) {
    for (; mixed != coverage.mixed.end() && mixed->cell < run.cell; ++mixed) touch(mixed->cell, 1);
    touch(run.cell, run.length);
  }
  for (; mixed != coverage.mixed.end(); ++mixed) touch(mixed->cell, 1);
}

void TileSums::add(std::size_t year, std::size_t index, const SumVariable& variable,
                   std::size_t first, std::span<const double> value) {
  if (first + value.size() > areas_km2_.size()) {
    throw Error("sums of " + variable.name + ": cells beyond the tile's window");
  }
  const std::size_t s = slot(year, index);
  for (std::size_t done = 0; done < value.size(); done += kBlockCells) {
    const std::size_t cells = std::min(kBlockCells, value.size() - done);
    add_block(s, variable, first + done, value.subspan(done, cells));
  }
}

void TileSums::look_at(std::size_t first, std::size_t end) {
  if (parts_.first == first && parts_.end == end) return;
  parts_.first = first;
  parts_.end = end;
  clip(touched_, positions_within(touched_, first, end), first, end, parts_.touched);
  const Positions segments = positions_within(segments_, first, end);
  clip(segments_, segments, first, end, parts_.segments);
  parts_.first_segment = segments.first;
  parts_.mixed = positions_within(mixed_, first, end);
  const std::int64_t* quanta = area_quanta_.data() + first;
  std::vector<Int128>& areas = parts_.segment_areas;
  areas.resize(parts_.touched.size());
  add_up(parts_.touched, quanta, wide_areas_, areas);
  parts_.touched_area = std::accumulate(areas.begin(), areas.end(), Int128{0});
  areas.resize(parts_.segments.size());
  add_up(parts_.segments, quanta, wide_areas_, areas);
}

void TileSums::add_block(std::size_t slot, const SumVariable& variable, std::size_t first,
                         std::span<const double> value) {
  look_at(first, first + value.size());
  if (parts_.touched.empty()) return;
  BlockBuffer buffer;  // not cleared: only quanta of touched cells are written and read
  const BlockAreas areas{std::span(areas_km2_).subspan(first, value.size()),
                         area_quanta_.data() + first, wide_areas_};
  const BlockQuanta block =
      block_quanta(parts_.touched, value, areas, variable.quantum, large_[slot] != 0, buffer);
  if (block.size == BlockQuanta::Size::kTooLarge) report_too_large(variable, first, value);
  if (block.size == BlockQuanta::Size::kWide) large_[slot] = 1;
  total_[slot].add_whole(block.total_amount,
                         block.complete ? parts_.touched_area : block.total_area);
  add_parts(slot, block);
}

void TileSums::add_parts(std::size_t slot, const BlockQuanta& block) {
  const bool wide = block.size == BlockQuanta::Size::kWide;
  Sums* zones = by_zone_.data() + slot * zones_.size();
  Sums* bands = by_band_.data() + slot * bands_.size();
  segment_sums_.resize(parts_.segments.size());
  add_up(parts_.segments, block.amount, wide, segment_sums_);
  if (!block.complete) {
    segment_areas_.resize(parts_.segments.size());
    add_up(parts_.segments, block.area, wide, segment_areas_);
  }
  const std::vector<Int128>& areas = block.complete ? parts_.segment_areas : segment_areas_;
  // Neighbours mostly lie in one band: its sums wait here until another one begins.
  std::uint32_t band = 0;
  Int128 amount_in_band = 0;
  Int128 area_in_band = 0;
  const auto add_band = [&] { bands[band].add_whole(amount_in_band, area_in_band); };
  for (std::size_t i = 0; i < segment_sums_.size(); ++i) {
    const Segment& segment = segments_[parts_.first_segment + i];
    zones[segment.zone].add_whole(segment_sums_[i], areas[i]);
    if (segment.band != band) {
      add_band();
      band = segment.band;
      amount_in_band = 0;
      area_in_band = 0;
    }
    amount_in_band += segment_sums_[i];
    area_in_band += areas[i];
  }
  if (!segment_sums_.empty()) add_band();
  for (std::size_t i = parts_.mixed.first; i < parts_.mixed.second; ++i) {
    const Mixed& mixed = mixed_[i];
    const std::int64_t amount = block.amount[mixed.begin - parts_.first];
    const std::int64_t area = block.area[mixed.begin - parts_.first];
    std::uint32_t rest = kWeightOne;
    for (const ZoneShare& share : std::span(shares_).subspan(mixed.first, mixed.count)) {
      zones[share.zone].add(amount, area, share.weight);
      rest -= share.weight;
    }
    bands[mixed.band].add(amount, area, kWeightOne - rest);
    if (rest > 0) zones[zones_.size() - 1].add(amount, area, rest);
  }
}

void TileSums::report_too_large(const SumVariable& variable, std::size_t first,
                                std::span<const double> value) const {
  for (const CellRange& range : parts_.touched) {
    for (std::size_t cell = first + range.begin; cell < first + range.end; ++cell) {
      const double each = value[cell - first];
      if (std::isnan(each)) continue;
      if (std::abs(each * areas_km2_[cell] / variable.quantum) < kQuantaLimit) continue;
      throw Error(variable.name + " of a cell is " + std::to_string(each) +
                  " per km2, too large for exact sums; check the unit of its inputs");
    }
  }
  throw Error(variable.name + " of a cell is too large for exact sums");
}

std::vector<std::byte> TileSums::serialise() const {
  ByteWriter out;
  out.put(static_cast<std::uint64_t>(years_));
  out.put(static_cast<std::uint64_t>(variables_));
  out.put_all(std::span<const std::uint32_t>(zones_));
  out.put_all(std::span<const std::int32_t>(bands_));
  out.put_all(std::span<const ExactSum>(zone_area_));
  out.put_all(std::span<const ExactSum>(band_area_));
  out.put_all(std::span<const Sums>(by_zone_));
  out.put_all(std::span<const Sums>(by_band_));
  out.put_all(std::span<const Sums>(total_));
  return out.take();
}

TileSums TileSums::parse(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  TileSums sums;
  sums.years_ = in.get<std::uint64_t>();
  sums.variables_ = in.get<std::uint64_t>();
  sums.zones_ = in.get_all<std::uint32_t>();
  sums.bands_ = in.get_all<std::int32_t>();
  sums.zone_area_ = in.get_all<ExactSum>();
  sums.band_area_ = in.get_all<ExactSum>();
  sums.by_zone_ = in.get_all<Sums>();
  sums.by_band_ = in.get_all<Sums>();
  sums.total_ = in.get_all<Sums>();
  const std::size_t slots = sums.years_ * sums.variables_;
  if (!in.at_end() || sums.zone_area_.size() != sums.zones_.size() ||
      sums.band_area_.size() != sums.bands_.size() ||
      sums.by_zone_.size() != slots * sums.zones_.size() ||
      sums.by_band_.size() != slots * sums.bands_.size() || sums.total_.size() != slots) {
    throw Error("the sums of a tile are damaged: their parts do not fit together");
  }
  return sums;
}

}  // namespace cnci::engine
