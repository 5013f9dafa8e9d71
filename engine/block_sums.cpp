#include "engine/block_sums.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/block_sums.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace cnci::engine::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<double>;
using DI = hn::ScalableTag<std::int64_t>;
using DU = hn::ScalableTag<std::uint64_t>;
using V = hn::Vec<D>;
using VI = hn::Vec<DI>;
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

/// To multiples of `unit`, ties to even: at 1.5 x 2^52 units the last bit of a double is the unit.
/// The low bits of the sum are then the number of units, for |x| < 2^51 units.
class Rounding {
 public:
  explicit HWY_INLINE Rounding(double unit) : at_(hn::Set(D(), 0x1.8p52 * unit)) {}
  [[nodiscard]] HWY_INLINE V sum(V x) const { return hn::Add(x, at_); }
  [[nodiscard]] HWY_INLINE V multiple(V sum) const { return hn::Sub(sum, at_); }
  [[nodiscard]] HWY_INLINE VI units(V sum) const {
    return hn::Sub(hn::BitCast(DI(), sum), hn::BitCast(DI(), at_));
  }
  /// Bits that are 0 where |x| was less than 2^51 units, but for the lower 52.
  [[nodiscard]] HWY_INLINE VU excess(V sum) const {
    return hn::Xor(hn::BitCast(DU(), sum), hn::BitCast(DU(), at_));
  }

 private:
  V at_;
};

/// Amounts below kNarrowQuanta.
class NarrowAmounts {
 public:
  explicit HWY_INLINE NarrowAmounts(double quantum)
      : rounding_(quantum), excess_(hn::Zero(DU())), total_(hn::Zero(DI())) {}

  HWY_INLINE VI add(V product) {
    const V sum = rounding_.sum(product);
    excess_ = hn::Or(excess_, rounding_.excess(sum));
    const VI quanta = rounding_.units(sum);
    total_ = hn::Add(total_, quanta);
    return quanta;
  }
  [[nodiscard]] HWY_INLINE bool fit() const {
    return hn::AllTrue(DU(), hn::Eq(hn::ShiftRight<52>(excess_), hn::Zero(DU())));
  }
  [[nodiscard]] HWY_INLINE Int128 total() const {
    return hn::GetLane(hn::SumOfLanes(DI(), total_));
  }

 private:
  Rounding rounding_;
  VU excess_;
  VI total_;
};

/// Amounts below kQuantaLimit.
class WideAmounts {
 public:
  explicit HWY_INLINE WideAmounts(double quantum)
      : high_rounding_(quantum * 0x1p32),
        low_rounding_(quantum),
        limit_(hn::Set(D(), kQuantaLimit * quantum)),
        fit_(hn::Eq(limit_, limit_)),
        high_total_(hn::Zero(DI())),
        low_total_(hn::Zero(DI())) {}

  HWY_INLINE VI add(V product) {
    fit_ = hn::And(fit_, hn::Lt(hn::Abs(product), limit_));
    // The difference is exact, and 2^32 times an integer is even: rounding the rest rounds all.
    const V sum = high_rounding_.sum(product);
    const VI high = high_rounding_.units(sum);
    const VI low =
        low_rounding_.units(low_rounding_.sum(hn::Sub(product, high_rounding_.multiple(sum))));
    high_total_ = hn::Add(high_total_, high);
    low_total_ = hn::Add(low_total_, low);
    return hn::Add(hn::ShiftLeft<32>(high), low);
  }
  [[nodiscard]] HWY_INLINE bool fit() const { return hn::AllTrue(D(), fit_); }
  [[nodiscard]] HWY_INLINE Int128 total() const {
    return hn::GetLane(hn::SumOfLanes(DI(), high_total_)) * (Int128{1} << 32) +
           hn::GetLane(hn::SumOfLanes(DI(), low_total_));
  }

 private:
  Rounding high_rounding_;
  Rounding low_rounding_;
  V limit_;
  hn::Mask<D> fit_;
  VI high_total_;
  VI low_total_;
};

/// Calls visit(cell, load) for the vectors of every range, where load(d, from) is the vector's part
/// of from, zeros beyond the range.
template <class Visit>
HWY_INLINE void visit_vectors(std::span<const CellRange> ranges, Visit visit) {
  for (const CellRange& range : ranges) {
    const std::size_t end = range.end;  // what is visited may be stored, here too for all one knows
    std::size_t cell = range.begin;
    for (; cell + kLanes <= end; cell += kLanes) {
      visit(cell, [cell](auto d, const auto* from) HWY_ATTR { return hn::LoadU(d, from + cell); });
    }
    if (const std::size_t rest = end - cell; rest > 0) {
      visit(cell, [cell, rest](auto d, const auto* from)
                      HWY_ATTR { return load_first(d, from + cell, rest); });
    }
  }
}

/// False where an amount does not fit.
template <class Amounts>
bool find_amounts(std::span<const CellRange> touched, const double* value, const double* km2,
                  double quantum, BlockBuffer& buffer, BlockQuanta& quanta) {
  const D d;
  Amounts amounts(quantum);
  auto valid = hn::Eq(hn::Zero(d), hn::Zero(d));
  visit_vectors(touched, [&](std::size_t cell, auto load) HWY_ATTR {
    const V x = load(d, value);
    const auto known = hn::Eq(x, x);
    valid = hn::And(valid, known);
    const V product = hn::IfThenElseZero(known, hn::Mul(x, load(d, km2)));
    hn::StoreU(amounts.add(product), DI(), buffer.amount.data() + cell);
  });
  if (!amounts.fit()) return false;
  quanta.complete = hn::AllTrue(d, valid);
  quanta.amount = buffer.amount.data();
  quanta.total_amount = amounts.total();
  return true;
}

/// The areas of the cells with a value.
void find_areas(std::span<const CellRange> touched, const double* value, const std::int64_t* area,
                BlockBuffer& buffer, BlockQuanta& quanta) {
  const D d;
  const DI di;
  VI high = hn::Zero(di);
  VI low = hn::Zero(di);
  visit_vectors(touched, [&](std::size_t cell, auto load) HWY_ATTR {
    const V x = load(d, value);
    const VI known = hn::IfThenElseZero(hn::RebindMask(di, hn::Eq(x, x)), load(di, area));
    high = hn::Add(high, hn::ShiftRight<32>(known));
    low = hn::Add(low, hn::And(known, hn::Set(di, 0xffffffff)));
    hn::StoreU(known, di, buffer.area.data() + cell);
  });
  quanta.area = buffer.area.data();
  quanta.total_area = hn::GetLane(hn::SumOfLanes(di, high)) * (Int128{1} << 32) +
                      hn::GetLane(hn::SumOfLanes(di, low));
}

BlockQuanta block_quanta(std::span<const CellRange> touched, std::span<const double> value,
                         const BlockAreas& areas, double quantum, bool large, BlockBuffer& buffer) {
  BlockQuanta quanta;
  const auto found = [&](auto find) {
    return find(touched, value.data(), areas.km2.data(), quantum, buffer, quanta);
  };
  const bool narrow = !large && found(find_amounts<NarrowAmounts>);
  if (!narrow && !found(find_amounts<WideAmounts>)) {
    quanta.size = BlockQuanta::Size::kTooLarge;
    return quanta;
  }
  if (!narrow || areas.wide) quanta.size = BlockQuanta::Size::kWide;
  quanta.area = areas.quanta;
  if (!quanta.complete) find_areas(touched, value.data(), areas.quanta, buffer, quanta);
  return quanta;
}

void add_up(std::span<const CellRange> ranges, const std::int64_t* quanta, bool wide,
            std::span<Int128> sums) {
  const DI d;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    std::size_t cell = ranges[i].begin;
    const std::size_t end = ranges[i].end;
    Int128 sum = 0;
    if (!wide && cell + kLanes <= end) {
      VI lanes = hn::Zero(d);
      VI others = hn::Zero(d);
      for (; cell + 2 * kLanes <= end; cell += 2 * kLanes) {
        lanes = hn::Add(lanes, hn::LoadU(d, quanta + cell));
        others = hn::Add(others, hn::LoadU(d, quanta + cell + kLanes));
      }
      lanes = hn::Add(lanes, others);
      for (; cell + kLanes <= end; cell += kLanes) {
        lanes = hn::Add(lanes, hn::LoadU(d, quanta + cell));
      }
      if (cell < end) lanes = hn::Add(lanes, load_first(d, quanta + cell, end - cell));
      sum = hn::GetLane(hn::SumOfLanes(d, lanes));
    } else {
      for (; cell < end; ++cell) sum += quanta[cell];
    }
    sums[i] = sum;
  }
}

}  // namespace
}  // namespace cnci::engine::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cnci::engine {

HWY_EXPORT(block_quanta);
HWY_EXPORT(add_up);

BlockQuanta block_quanta(std::span<const CellRange> touched, std::span<const double> value,
                         const BlockAreas& areas, double quantum, bool large, BlockBuffer& buffer) {
  return HWY_DYNAMIC_DISPATCH(block_quanta)(touched, value, areas, quantum, large, buffer);
}

void add_up(std::span<const CellRange> ranges, const std::int64_t* quanta, bool wide,
            std::span<Int128> sums) {
  HWY_DYNAMIC_DISPATCH(add_up)(ranges, quanta, wide, sums);
}

}  // namespace cnci::engine
#endif
