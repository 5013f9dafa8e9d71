#include "engine/block_sums.h"

#include <array>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/block_sums.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cnci::engine::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<double>;
using DU = hn::ScalableTag<std::uint64_t>;
using V = hn::Vec<D>;
using VU = hn::Vec<DU>;

constexpr std::size_t kLanes = hn::MaxLanes(D());
static_assert(kLanes <= BlockBuffer::kSpare);

/// The first n < kLanes numbers, then zeros; reads nothing beyond them.
template <class Tag>
HWY_INLINE hn::Vec<Tag> load_first(Tag d, const hn::TFromD<Tag>* from, std::size_t n) {
#if HWY_TARGET == HWY_SCALAR
  (void)from;
  (void)n;
  return hn::Zero(d);
#elif HWY_TARGET == HWY_SSE4  // its masked load reads whole vectors
  (void)n;
  return hn::ZeroExtendVector(d, hn::LoadU(hn::Half<Tag>(), from));
#else
  return hn::MaskedLoad(hn::FirstN(d, n), d, from);
#endif
}

/// To the nearest integer, ties to even: around 1.5 x 2^52 the last bit of a double is the unit.
/// |x| < 2^51.
HWY_INLINE V rounding_sum(V x) { return hn::Add(x, hn::Set(D(), 0x1.8p52)); }
HWY_INLINE VU integer_of(V sum) {
  const DU du;
  return hn::Sub(hn::BitCast(du, sum), hn::BitCast(du, hn::Set(D(), 0x1.8p52)));
}

/// Sums of the lanes up to each lane.
class Scan {
 public:
  HWY_INLINE Scan()
      : by_one_(moved_by(1)), by_two_(moved_by(2)), by_four_(moved_by(4)), last_(all_last()) {}

  [[nodiscard]] HWY_INLINE VU operator()(VU v) const {
    if constexpr (kLanes > 1) v = hn::Add(v, shifted<1>(v, by_one_));
    if constexpr (kLanes > 2) v = hn::Add(v, shifted<2>(v, by_two_));
    if constexpr (kLanes > 4) v = hn::Add(v, shifted<4>(v, by_four_));
    return v;
  }
  /// The last lane in every lane.
  [[nodiscard]] HWY_INLINE VU last(VU v) const { return hn::TableLookupLanes(v, last_); }

 private:
  using Lanes = std::array<std::int64_t, kLanes>;
  using Source = decltype(hn::SetTableIndices(DU(), static_cast<const std::int64_t*>(nullptr)));
  static HWY_INLINE Source moved_by(std::size_t distance) {
    Lanes from{};
    for (std::size_t i = distance; i < kLanes; ++i) {
      from[i] = static_cast<std::int64_t>(i - distance);
    }
    return hn::SetTableIndices(DU(), from.data());
  }
  static HWY_INLINE Source all_last() {
    Lanes from;
    from.fill(kLanes - 1);
    return hn::SetTableIndices(DU(), from.data());
  }
  /// Lanes moved up by kDistance, zeros below.
  template <std::size_t kDistance>
  static HWY_INLINE VU shifted(VU v, Source from) {
    return hn::IfThenZeroElse(hn::FirstN(DU(), kDistance), hn::TableLookupLanes(v, from));
  }
  Source by_one_;
  Source by_two_;
  Source by_four_;
  Source last_;
};

/// Running sums of numbers modulo 2^64, and their total by another way.
class RunningSums {
 public:
  explicit HWY_INLINE RunningSums(std::uint64_t* sums)
      : sums_(sums), before_(hn::Zero(DU())), total_(hn::Zero(DU())) {}
  HWY_INLINE void begin(std::size_t cell) { hn::StoreU(before_, DU(), sums_ + cell); }
  HWY_INLINE void add(VU numbers, std::size_t cell, const Scan& scan) {
    const VU sums = scan(numbers);
    hn::StoreU(hn::Add(before_, sums), DU(), sums_ + cell + 1);
    before_ = hn::Add(before_, scan.last(sums));
    total_ = hn::Add(total_, numbers);
  }
  [[nodiscard]] HWY_INLINE std::int64_t total() const {
    return static_cast<std::int64_t>(hn::GetLane(hn::SumOfLanes(DU(), total_)));
  }

 private:
  std::uint64_t* sums_;
  VU before_;  ///< in every lane
  VU total_;
};

/// Running sums of amounts or areas; if wide, of their two halves.
template <bool kWide>
class Column {
 public:
  HWY_INLINE Column(std::uint64_t* sums, std::uint64_t* high_sums) : low_(sums), high_(high_sums) {}
  HWY_INLINE void begin(std::size_t cell) {
    low_.begin(cell);
    if constexpr (kWide) high_.begin(cell);
  }
  /// |x| < kQuantaLimit if wide, else kNarrowQuanta.
  HWY_INLINE void add_rounded(V x, std::size_t cell, const Scan& scan) {
    if constexpr (kWide) {
      // Both products and the difference are exact, and 2^32 times an integer is even: rounding the
      // rest rounds x.
      const V high = rounding_sum(hn::Mul(x, hn::Set(D(), 0x1p-32)));
      const V whole = hn::Sub(high, hn::Set(D(), 0x1.8p52));
      const V rest = hn::Sub(x, hn::Mul(whole, hn::Set(D(), 0x1p32)));
      low_.add(integer_of(rounding_sum(rest)), cell, scan);
      high_.add(integer_of(high), cell, scan);
    } else {
      low_.add(integer_of(rounding_sum(x)), cell, scan);
    }
  }
  HWY_INLINE void add(VU numbers, std::size_t cell, const Scan& scan) {
    if constexpr (kWide) {
      low_.add(hn::And(numbers, hn::Set(DU(), 0xffffffff)), cell, scan);
      high_.add(hn::ShiftRight<32>(numbers), cell, scan);
    } else {
      low_.add(numbers, cell, scan);
    }
  }
  [[nodiscard]] HWY_INLINE Int128 total() const {
    if constexpr (kWide) return high_.total() * (Int128{1} << 32) + low_.total();
    return low_.total();
  }

 private:
  RunningSums low_;
  RunningSums high_;
};

/// What a pass can deal with, the fastest first.
enum class Path {
  kComplete,  ///< no missing values, fewer than kNarrowQuanta
  kMissing,   ///< the same with missing values
  kWide,      ///< everything below kQuantaLimit
};

template <Path kPath>
class Pass {
 public:
  static constexpr bool kWide = kPath == Path::kWide;
  static constexpr bool kComplete = kPath == Path::kComplete;

  HWY_INLINE Pass(double scale, BlockBuffer& buffer)
      : scale_(hn::Set(D(), scale)),
        fits_(hn::Eq(scale_, scale_)),
        amounts_(buffer.amount.data() + BlockBuffer::kLead,
                 buffer.amount_high.data() + BlockBuffer::kLead),
        areas_(buffer.area.data() + BlockBuffer::kLead,
               buffer.area_high.data() + BlockBuffer::kLead) {}

  HWY_INLINE void begin(std::size_t cell) {
    amounts_.begin(cell);
    if constexpr (!kComplete) areas_.begin(cell);
  }
  HWY_INLINE void add(V value, V km2, VU area_before, VU area_after, std::size_t cell) {
    const V product = hn::Mul(value, km2);
    V amount = hn::Mul(product, scale_);
    if constexpr (!kComplete) {
      const auto valid = hn::Eq(value, value);
      amount = hn::IfThenElseZero(valid, amount);
      const VU area = hn::Sub(area_after, area_before);
      areas_.add(hn::IfThenElseZero(hn::RebindMask(DU(), valid), area), cell, scan_);
    }
    const V limit = hn::Set(D(), kWide ? kQuantaLimit : kNarrowQuanta);
    fits_ = hn::And(fits_, hn::Lt(hn::Abs(amount), limit));
    amounts_.add_rounded(amount, cell, scan_);
  }
  [[nodiscard]] HWY_INLINE bool fits() const { return hn::AllTrue(D(), fits_); }
  [[nodiscard]] HWY_INLINE Int128 amount() const { return amounts_.total(); }
  [[nodiscard]] HWY_INLINE Int128 area() const { return areas_.total(); }

 private:
  Scan scan_;
  V scale_;
  hn::Mask<D> fits_;
  Column<kWide> amounts_;
  Column<kWide> areas_;
};

/// False where a cell does not fit the path.
template <Path kPath>
bool sum_by(std::span<const Stretch> stretches, std::size_t first, std::span<const double> value,
            const BlockAreas& areas, double scale, BlockBuffer& buffer, BlockSums& sums) {
  const D d;
  const DU du;
  const std::size_t block_end = first + value.size();
  const double* values = value.data();
  const double* km2 = areas.km2.data();
  Pass<kPath> pass(scale, buffer);
  std::uint64_t area = 0;  // fits unless wide
  for (const Stretch& stretch : stretches) {
    std::size_t cell = stretch.cell > first ? stretch.cell - first : 0;
    const std::size_t end = (stretch.end() < block_end ? stretch.end() : block_end) - first;
    area += areas.sums[end] - areas.sums[cell];
    pass.begin(cell);
    for (; cell + kLanes <= end; cell += kLanes) {
      pass.add(hn::LoadU(d, values + cell), hn::LoadU(d, km2 + cell),
               hn::LoadU(du, areas.sums + cell), hn::LoadU(du, areas.sums + cell + 1), cell);
    }
    if (cell < end) {
      const std::size_t rest = end - cell;
      pass.add(load_first(d, values + cell, rest), load_first(d, km2 + cell, rest),
               load_first(du, areas.sums + cell, rest), load_first(du, areas.sums + cell + 1, rest),
               cell);
    }
  }
  if (!pass.fits()) return false;
  constexpr bool kWide = kPath == Path::kWide;
  constexpr bool kComplete = kPath == Path::kComplete;
  sums.size = kWide ? BlockSums::Size::kWide : BlockSums::Size::kNarrow;
  sums.total = {pass.amount(), kComplete ? Int128{area} : pass.area()};
  sums.amount = buffer.amount.data() + BlockBuffer::kLead;
  sums.area = kComplete ? areas.sums : buffer.area.data() + BlockBuffer::kLead;
  if (kWide) {
    sums.amount_high = buffer.amount_high.data() + BlockBuffer::kLead;
    sums.area_high = buffer.area_high.data() + BlockBuffer::kLead;
  }
  return true;
}

BlockSums sum_block(std::span<const Stretch> stretches, std::size_t first,
                    std::span<const double> value, const BlockAreas& areas, double scale,
                    bool large, BlockBuffer& buffer) {
  BlockSums sums;
  const auto fits = [&](auto by) {
    return by(stretches, first, value, areas, scale, buffer, sums);
  };
  const bool narrow =
      !large && !areas.wide && (fits(sum_by<Path::kComplete>) || fits(sum_by<Path::kMissing>));
  if (!narrow && !fits(sum_by<Path::kWide>)) sums.size = BlockSums::Size::kTooLarge;
  return sums;
}

}  // namespace
}  // namespace cnci::engine::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnci::engine {

HWY_EXPORT(sum_block);

BlockSums sum_block(std::span<const Stretch> stretches, std::size_t first,
                    std::span<const double> value, const BlockAreas& areas, double scale,
                    bool large, BlockBuffer& buffer) {
  return HWY_DYNAMIC_DISPATCH(sum_block)(stretches, first, value, areas, scale, large, buffer);
}

}  // namespace cnci::engine
#endif
