// What the vectorised functions share, once per instruction set (included by Highway's
// foreach_target, hence no include guard of the usual kind).
#if defined(CNCI_KERNELS_VECTOR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CNCI_KERNELS_VECTOR_INL_H_
#undef CNCI_KERNELS_VECTOR_INL_H_
#else
#define CNCI_KERNELS_VECTOR_INL_H_
#endif

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include "kernels/block.h"
#include "kernels/polynomial.h"

HWY_BEFORE_NAMESPACE();
namespace cnci::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::ScalableTag<double>;
using Vector = hn::Vec<Tag>;
using Mask = hn::Mask<Tag>;

HWY_INLINE Vector Constant(double value) { return hn::Set(Tag(), value); }
HWY_INLINE Vector Missing() { return Constant(kMissingValue); }

HWY_INLINE Mask IsMissing(Vector v) { return hn::IsNaN(v); }

/// max(v, 0), missing stays missing.
HWY_INLINE Vector PositivePart(Vector v) {
  return hn::IfThenElse(hn::Le(v, hn::Zero(Tag())), hn::Zero(Tag()), v);
}

/// v within low..high, missing stays missing.
HWY_INLINE Vector Within(Vector v, Vector low, Vector high) {
  const Vector raised = hn::IfThenElse(hn::Lt(v, low), low, v);
  return hn::IfThenElse(hn::Gt(raised, high), high, raised);
}

/// A fraction that rounding has left a little above 1; missing stays missing.
HWY_INLINE Vector AtMostOne(Vector v) {
  return hn::IfThenElse(hn::Gt(v, Constant(1)), Constant(1), v);
}

/// e^v for v up to kLargestExponent (infinity above 709.8); not meaningful where v is missing.
HWY_INLINE Vector Exp(Vector v) {
  // NaN has no integer part, which Highway's scalar code asks for.
  return hn::Exp(Tag(), hn::IfThenElseZero(hn::Eq(v, v), v));
}

/// ln v for v > 0; not meaningful elsewhere.
HWY_INLINE Vector Log(Vector v) { return hn::Log(Tag(), v); }

/// x as the t of a polynomial; within -1..1 where the polynomial holds.
HWY_INLINE Vector Scaled(const Interval& interval, Vector x) {
  return hn::Mul(hn::Sub(x, Constant(interval.mid)), Constant(interval.scale));
}
HWY_INLINE Mask IsCovered(Vector t) { return hn::Le(hn::Abs(t), Constant(1)); }

/// The polynomial at t: four interleaved Horner sums in t^4, since one would wait for itself.
HWY_INLINE Vector Evaluate(const Polynomial& p, Vector t) {
  const double* c = p.coefficients.data() + p.coefficients.size() - Polynomial::kStride;
  const Vector t2 = hn::Mul(t, t);
  const Vector t4 = hn::Mul(t2, t2);
  Vector sum0 = Constant(c[0]);
  Vector sum1 = Constant(c[1]);
  Vector sum2 = Constant(c[2]);
  Vector sum3 = Constant(c[3]);
  while (c != p.coefficients.data()) {
    c -= Polynomial::kStride;
    sum0 = hn::MulAdd(sum0, t4, Constant(c[0]));
    sum1 = hn::MulAdd(sum1, t4, Constant(c[1]));
    sum2 = hn::MulAdd(sum2, t4, Constant(c[2]));
    sum3 = hn::MulAdd(sum3, t4, Constant(c[3]));
  }
  return hn::MulAdd(hn::MulAdd(sum3, t, sum2), t2, hn::MulAdd(sum1, t, sum0));
}

/// Two vectors that go through the same steps, so that coefficients are fetched once and neither
/// waits for the other.
struct Pair {
  Vector a;
  Vector b;
};

HWY_INLINE Pair LoadPair(const double* from) {
  return {hn::LoadU(Tag(), from), hn::LoadU(Tag(), from + hn::Lanes(Tag()))};
}
HWY_INLINE void StorePair(const Pair& v, double* to) {
  hn::Store(v.a, Tag(), to);
  hn::Store(v.b, Tag(), to + hn::Lanes(Tag()));
}
HWY_INLINE Pair Both(Vector v) { return {v, v}; }
HWY_INLINE Pair AddPair(const Pair& x, const Pair& y) {
  return {hn::Add(x.a, y.a), hn::Add(x.b, y.b)};
}
HWY_INLINE Pair MulPair(const Pair& x, const Pair& y) {
  return {hn::Mul(x.a, y.a), hn::Mul(x.b, y.b)};
}
HWY_INLINE Pair MulAddPair(const Pair& x, const Pair& y, const Pair& z) {
  return {hn::MulAdd(x.a, y.a, z.a), hn::MulAdd(x.b, y.b, z.b)};
}

/// The polynomial at (t, u): Horner in t for every power of u, then in u^2 for the even and the odd
/// ones.
HWY_INLINE Pair Evaluate(const Polynomial2& p, const Pair& t, const Pair& u) {
  const Pair u2 = MulPair(u, u);
  const double* next = p.coefficients.data();
  const auto row = [&next, &t](std::uint32_t terms) HWY_ATTR {
    Pair sum = Both(Constant(*next++));
    for (std::uint32_t i = 1; i < terms; ++i) {
      sum = MulAddPair(sum, t, Both(Constant(*next++)));
    }
    return sum;
  };
  Pair odd = Both(hn::Zero(Tag()));
  Pair even = odd;
  for (std::size_t pair = 0; pair < p.terms.size(); pair += 2) {
    odd = MulAddPair(odd, u2, row(p.terms[pair]));
    even = MulAddPair(even, u2, row(p.terms[pair + 1]));
  }
  return MulAddPair(odd, u, even);
}

}  // namespace cnci::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
