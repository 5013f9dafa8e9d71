#include "engine/grid.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "engine/error.h"
#include "engine/text.h"

namespace cnci::engine {
namespace {

/// Box edges this close to a lattice line (in cells) are taken to be on it.
constexpr double kSnapCells = 0.01;

Rational parse_decimal(const std::string& text) {
  Rational r{0, 1};
  bool point = false;
  bool digits = false;
  for (const char c : text) {
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      digits = true;
      if (r.num > (std::int64_t{1} << 53) || r.den > 1'000'000'000'000'000) {
        throw Error("'" + text + "' has too many digits");
      }
      r.num = r.num * 10 + (c - '0');
      if (point) r.den *= 10;
    } else {
      throw Error("'" + text + "' is not a positive number or a fraction like 1/120");
    }
  }
  if (!digits || r.num == 0) {
    throw Error("'" + text + "' is not a positive number or a fraction like 1/120");
  }
  return r;
}

Rational reduced(Rational r) {
  const std::int64_t divisor = std::gcd(r.num, r.den);
  return {r.num / divisor, r.den / divisor};
}

}  // namespace

Rational parse_rational(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) return reduced(parse_decimal(trimmed(text)));
  const Rational top = reduced(parse_decimal(trimmed(text.substr(0, slash))));
  const Rational bottom = reduced(parse_decimal(trimmed(text.substr(slash + 1))));
  constexpr std::int64_t kLimit = 1'000'000'000;
  if (top.num > kLimit || top.den > kLimit || bottom.num > kLimit || bottom.den > kLimit) {
    throw Error("'" + text + "' has too many digits");
  }
  return reduced({top.num * bottom.den, top.den * bottom.num});
}

Window Window::intersect(const Window& other) const {
  const std::int64_t c0 = std::max(col, other.col);
  const std::int64_t r0 = std::max(row, other.row);
  const std::int64_t c1 = std::min(col_end(), other.col_end());
  const std::int64_t r1 = std::min(row_end(), other.row_end());
  if (c1 <= c0 || r1 <= r0) return {c0, r0, 0, 0};
  return {c0, r0, c1 - c0, r1 - r0};
}

Window Window::unite(const Window& other) const {
  if (empty()) return other;
  if (other.empty()) return *this;
  const std::int64_t c0 = std::min(col, other.col);
  const std::int64_t r0 = std::min(row, other.row);
  const std::int64_t c1 = std::max(col_end(), other.col_end());
  const std::int64_t r1 = std::max(row_end(), other.row_end());
  return {c0, r0, c1 - c0, r1 - r0};
}

double Grid::x_edge(std::int64_t col) const {
  return origin_x +
         static_cast<double>((west + col) * resolution.num) / static_cast<double>(resolution.den);
}

double Grid::y_edge(std::int64_t row) const {
  return origin_y +
         static_cast<double>((north - row) * resolution.num) / static_cast<double>(resolution.den);
}

double Grid::x_at(double col) const {
  return origin_x + (static_cast<double>(west) + col) * static_cast<double>(resolution.num) /
                        static_cast<double>(resolution.den);
}

double Grid::y_at(double row) const {
  return origin_y + (static_cast<double>(north) - row) * static_cast<double>(resolution.num) /
                        static_cast<double>(resolution.den);
}

double Grid::col_of(double x) const {
  return (x - origin_x) * static_cast<double>(resolution.den) /
             static_cast<double>(resolution.num) -
         static_cast<double>(west);
}

double Grid::row_of(double y) const {
  return static_cast<double>(north) -
         (y - origin_y) * static_cast<double>(resolution.den) / static_cast<double>(resolution.num);
}

bool Grid::spans_globe() const {
  return geographic && cols * resolution.num == 360 * resolution.den;
}

Grid grid_around(Grid lattice, double xmin, double ymin, double xmax, double ymax) {
  if (!(xmin < xmax) || !(ymin < ymax) || !std::isfinite(xmax - xmin) ||
      !std::isfinite(ymax - ymin)) {
    throw Error("grid.extent is empty: xmin < xmax and ymin < ymax are needed");
  }
  const double per_unit =
      static_cast<double>(lattice.resolution.den) / static_cast<double>(lattice.resolution.num);
  if (lattice.geographic) {
    ymin = std::max(ymin, -90.0);
    ymax = std::min(ymax, 90.0);
  }
  const auto lower = [&](double v, double origin) {
    return static_cast<std::int64_t>(std::floor((v - origin) * per_unit + kSnapCells));
  };
  const auto upper = [&](double v, double origin) {
    return static_cast<std::int64_t>(std::ceil((v - origin) * per_unit - kSnapCells));
  };
  constexpr double kMostCells = 4e9;
  if ((xmax - xmin) * per_unit > kMostCells || (ymax - ymin) * per_unit > kMostCells) {
    throw Error(
        "the grid has more than 4e9 columns or rows: grid.resolution does not fit the "
        "units of grid.crs");
  }
  lattice.west = lower(xmin, lattice.origin_x);
  lattice.cols = std::max<std::int64_t>(1, upper(xmax, lattice.origin_x) - lattice.west);
  const std::int64_t south = lower(ymin, lattice.origin_y);
  lattice.north = std::max(south + 1, upper(ymax, lattice.origin_y));
  lattice.rows = lattice.north - south;
  if (lattice.geographic && lattice.cols * lattice.resolution.num > 360 * lattice.resolution.den) {
    throw Error("grid.extent spans more than 360 degrees of longitude");
  }
  return lattice;
}

}  // namespace cnci::engine
