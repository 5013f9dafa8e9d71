#include <algorithm>
#include <limits>

#include "engine/bytes.h"
#include "engine/error.h"
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

}  // namespace

Sums& Sums::operator+=(const Sums& other) {
  amount += other.amount;
  area += other.area;
  return *this;
}

TileSums::TileSums(const Coverage& coverage, std::vector<double> areas_km2,
                   const std::vector<std::int32_t>& bands, std::size_t years, std::size_t variables)
    : years_(years), variables_(variables), areas_km2_(std::move(areas_km2)) {
  const auto whole = [&](std::uint32_t cell, std::uint32_t weight, std::uint32_t zone) {
    pieces_.push_back({cell, weight, zone, kNoBand});
  };
  for (const Coverage::Run& run : coverage.runs) {
    for (std::uint32_t i = 0; i < run.length; ++i) {
      whole(run.cell + i, kWeightOne, run.zone);
      touched_.push_back(run.cell + i);
    }
  }
  for (const Coverage::Mixed& mixed : coverage.mixed) {
    std::uint32_t rest = kWeightOne;
    for (std::uint32_t i = 0; i < mixed.count; ++i) {
      const ZoneShare& share = coverage.shares[mixed.first + i];
      whole(mixed.cell, share.weight, share.zone);
      rest -= share.weight;
    }
    if (rest > 0) whole(mixed.cell, rest, kUnzoned);
    touched_.push_back(mixed.cell);
  }

  std::vector<std::uint32_t> zone_ids;
  std::vector<std::int32_t> band_ids;
  for (const Piece& piece : pieces_) {
    if (zone_ids.empty() || zone_ids.back() != piece.zone) zone_ids.push_back(piece.zone);
    const std::int32_t band = bands.at(piece.cell);
    if (band_ids.empty() || band_ids.back() != band) band_ids.push_back(band);
  }
  zones_ = sorted_unique(std::move(zone_ids));
  bands_ = sorted_unique(std::move(band_ids));
  zone_area_.resize(zones_.size());
  band_area_.resize(bands_.size());
  by_zone_.resize(years * variables * zones_.size());
  by_band_.resize(years * variables * bands_.size());
  total_.resize(years * variables);

  area_quanta_.reserve(areas_km2_.size());
  for (const double area : areas_km2_) area_quanta_.push_back(to_quanta(area, kAreaQuantum));
  for (Piece& piece : pieces_) {
    const bool zoned = piece.zone != kUnzoned;
    piece.zone = position(zones_, piece.zone);
    zone_area_[piece.zone].add(area_quanta_[piece.cell], piece.weight);
    if (!zoned) continue;
    piece.band = position(bands_, bands[piece.cell]);
    band_area_[piece.band].add(area_quanta_[piece.cell], piece.weight);
  }
}

void TileSums::add(std::size_t year, std::size_t index, const SumVariable& variable,
                   std::span<const double> value, std::span<const std::uint8_t> valid) {
  const std::size_t s = slot(year, index);
  // Quanta of every touched cell, kMissingQuanta where the cell has no value.
  constexpr auto kMissingQuanta = std::numeric_limits<std::int64_t>::min();
  std::vector<std::int64_t> quanta(areas_km2_.size(), kMissingQuanta);
  Sums& total = total_[s];
  for (const std::uint32_t cell : touched_) {
    if (valid[cell] == 0) continue;
    const double scaled = value[cell] * areas_km2_[cell];
    if (!(std::abs(scaled / variable.quantum) < kQuantaLimit)) {
      throw Error(variable.name + " of a cell is " + std::to_string(value[cell]) +
                  " per km2, too large for exact sums; check the unit of its inputs");
    }
    quanta[cell] = to_quanta(scaled, variable.quantum);
    total.amount.add(quanta[cell], kWeightOne);
    total.area.add(area_quanta_[cell], kWeightOne);
  }
  Sums* zone_sums = by_zone_.data() + s * zones_.size();
  Sums* band_sums = by_band_.data() + s * bands_.size();
  for (const Piece& piece : pieces_) {
    const std::int64_t q = quanta[piece.cell];
    if (q == kMissingQuanta) continue;
    const std::int64_t area = area_quanta_[piece.cell];
    zone_sums[piece.zone].amount.add(q, piece.weight);
    zone_sums[piece.zone].area.add(area, piece.weight);
    if (piece.band == kNoBand) continue;
    band_sums[piece.band].amount.add(q, piece.weight);
    band_sums[piece.band].area.add(area, piece.weight);
  }
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
