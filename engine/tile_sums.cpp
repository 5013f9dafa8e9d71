#include <algorithm>
#include <cmath>
#include <span>

#include "engine/bytes.h"
#include "engine/error.h"
#include "engine/field.h"
#include "engine/sum_tree.h"

namespace cnci::engine {
namespace {

/// Areas of so many cells, less than kNarrowQuanta each, add up to less than 2^63.
constexpr std::uint32_t kCellsThatFit = 4096;

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
                                          [&](const Item& item) { return item.end() <= first; });
  const auto behind =
      std::partition_point(begin, items.end(), [&](const Item& item) { return item.cell < end; });
  return {static_cast<std::size_t>(begin - items.begin()),
          static_cast<std::size_t>(behind - items.begin())};
}

template <typename Item>
std::span<const Item> part(const std::vector<Item>& items, const Positions& positions) {
  return std::span(items).subspan(positions.first, positions.second - positions.first);
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
  sum_areas();
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
  for (const Coverage::Mixed& mixed : coverage.mixed) {
    add_mixed(coverage, mixed, cell_bands.of(mixed.cell));
  }
  find_stretches(coverage);
}

void TileSums::sum_areas() {
  area_sums_.resize(areas_km2_.size() + 1);
  // Cells of a row are mostly alike.
  double last = kMissing;
  std::uint64_t quanta = 0;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < areas_km2_.size(); ++i) {
    if (areas_km2_[i] != last) {
      last = areas_km2_[i];
      quanta = static_cast<std::uint64_t>(to_quanta(last, kAreaQuantum));
      wide_areas_ = wide_areas_ || last >= kNarrowQuanta * kAreaQuantum;
    }
    sum += quanta;
    area_sums_[i + 1] = sum;
  }
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
    Int128 area = 0;
    for (std::uint32_t cell = first; cell < end;) {
      // Differences of so few cells fit.
      const std::uint32_t next = wide_areas_ ? cell + 1 : std::min(cell + kCellsThatFit, end);
      area += static_cast<std::int64_t>(area_sums_[next] - area_sums_[cell]);
      cell = next;
    }
    const std::uint32_t band = position(bands_, bands.of(first));
    zone_area_[zone].add_whole(area);
    band_area_[band].add_whole(area);
    segments_.push_back({first, end - first, zone, band});
    first = end;
  }
}

void TileSums::add_mixed(const Coverage& coverage, const Coverage::Mixed& mixed,
                         std::int32_t band) {
  mixed_.push_back({mixed.cell, static_cast<std::uint32_t>(shares_.size()), mixed.count,
                    position(bands_, band)});
  const std::int64_t area = area_quanta(mixed.cell);
  std::uint32_t rest = kWeightOne;
  for (const ZoneShare& share : std::span(coverage.shares).subspan(mixed.first, mixed.count)) {
    shares_.push_back({position(zones_, share.zone), share.weight});
    zone_area_[shares_.back().zone].add(area, share.weight);
    rest -= share.weight;
  }
  band_area_[mixed_.back().band].add(area, kWeightOne - rest);
  if (rest > 0) zone_area_.back().add(area, rest);
}

void TileSums::find_stretches(const Coverage& coverage) {
  const auto touch = [&](std::uint32_t cell, std::uint32_t length) {
    if (stretches_.empty() || stretches_.back().end() != cell) stretches_.push_back({cell, 0});
    stretches_.back().length += length;
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
  parts_ = {first, end, positions_within(stretches_, first, end),
            positions_within(segments_, first, end), positions_within(mixed_, first, end)};
}

void TileSums::add_block(std::size_t slot, const SumVariable& variable, std::size_t first,
                         std::span<const double> value) {
  look_at(first, first + value.size());
  const std::span<const Stretch> stretches = part(stretches_, parts_.stretches);
  if (stretches.empty()) return;
  BlockBuffer buffer;  // not cleared: only sums at touched cells are written and read
  const BlockAreas areas{std::span(areas_km2_).subspan(first, value.size()),
                         area_sums_.data() + first, wide_areas_};
  const BlockSums block =
      sum_block(stretches, first, value, areas, 1 / variable.quantum, large_[slot] != 0, buffer);
  if (block.size == BlockSums::Size::kTooLarge) report_too_large(variable, first, value);
  total_[slot].add_whole(block.total.amount, block.total.area);
  if (block.size == BlockSums::Size::kNarrow) {
    add_parts<std::int64_t>(slot, block);
  } else {
    add_parts<Int128>(slot, block);
    large_[slot] = 1;
  }
}

template <typename Integer>
void TileSums::add_parts(std::size_t slot, const BlockSums& block) {
  const std::size_t first = parts_.first;
  const std::size_t end = parts_.end;
  Sums* zones = by_zone_.data() + slot * zones_.size();
  Sums* bands = by_band_.data() + slot * bands_.size();
  // Neighbours mostly lie in one band: its sums wait here until another one begins.
  std::uint32_t band = 0;
  Quanta<Integer> in_band;
  const auto add_band = [&] { bands[band].add_whole(in_band.amount, in_band.area); };
  const std::span<const Segment> segments = part(segments_, parts_.segments);
  for (const Segment& segment : segments) {
    const Quanta<Integer> sum = block.of<Integer>(
        std::max<std::size_t>(segment.cell, first) - first, std::min(segment.end(), end) - first);
    zones[segment.zone].add_whole(sum.amount, sum.area);
    if (segment.band != band) {
      add_band();
      band = segment.band;
      in_band = {};
    }
    in_band.amount += sum.amount;
    in_band.area += sum.area;
  }
  if (!segments.empty()) add_band();
  for (const Mixed& mixed : part(mixed_, parts_.mixed)) {
    const auto cell = block.of<Integer>(mixed.cell - first, mixed.cell - first + 1);
    const auto amount = static_cast<std::int64_t>(cell.amount);
    const auto area = static_cast<std::int64_t>(cell.area);
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
  for (const Stretch& stretch :
       part(stretches_, positions_within(stretches_, first, first + value.size()))) {
    const std::size_t end = std::min(stretch.end(), first + value.size());
    for (std::size_t cell = std::max<std::size_t>(stretch.cell, first); cell < end; ++cell) {
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
