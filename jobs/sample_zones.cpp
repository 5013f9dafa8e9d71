#include "jobs/sample_zones.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>
#include <utility>

#include "engine/cell_area.h"
#include "jobs/sample_noise.h"

namespace cnci::jobs {
namespace {

enum ZoneStream : std::int64_t {
  kNodeX = 1,
  kNodeY = 2,
  kAlongRow = 3,
  kAlongColumn = 4,
  kLand = 5
};

// Of a quad's side, how far a node may be moved, and of a chord, how far its midpoint.
constexpr double kNodeShift = 0.22;
constexpr double kMidpointShift = 0.11;
constexpr double kShiftDecay = 0.75;
// Sides of a region give way towards its corners, so that it is no rectangle.
constexpr double kRounding = 0.35;

class Lattice {
 public:
  Lattice(const SampleSize& size, double scale) : size_(size), scale_(scale) {
    for (int row = 0; row <= size.county_rows; ++row) {
      for (int col = 0; col <= size.county_cols; ++col) nodes_.push_back(make_node(col, row));
    }
  }

  /// The border between nodes (col, row) and (col + 1, row), west to east.
  [[nodiscard]] SamplePolyline along_row(int col, int row) const {
    return bend(node(col, row), node(col + 1, row), kAlongRow, col, row);
  }
  /// The border between nodes (col, row) and (col, row + 1), south to north.
  [[nodiscard]] SamplePolyline along_column(int col, int row) const {
    return bend(node(col, row), node(col, row + 1), kAlongColumn, col, row);
  }

  [[nodiscard]] SamplePolyline ring(int col, int row) const {
    SamplePolyline ring = along_row(col, row);
    const auto append = [&ring](const SamplePolyline& border, bool reverse) {
      if (reverse) {
        ring.insert(ring.end(), border.rbegin() + 1, border.rend());
      } else {
        ring.insert(ring.end(), border.begin() + 1, border.end());
      }
    };
    append(along_column(col + 1, row), false);
    append(along_row(col, row + 1), true);
    append(along_column(col, row), true);
    return ring;
  }

 private:
  [[nodiscard]] const SamplePoint& node(int col, int row) const {
    return nodes_[static_cast<std::size_t>(row) * static_cast<std::size_t>(size_.county_cols + 1) +
                  static_cast<std::size_t>(col)];
  }

  [[nodiscard]] SamplePoint make_node(int col, int row) const {
    const auto shift = [&](ZoneStream stream) {
      return kNodeShift *
             (2 * sample_uniform(size_.seed ^ static_cast<std::uint64_t>(stream), col, row) - 1);
    };
    // Position in the lattice, -1 to 1 in both directions.
    const double u = 2 * (col + shift(kNodeX)) / size_.county_cols - 1;
    const double v = 2 * (row + shift(kNodeY)) / size_.county_rows - 1;
    const double rounding = size_.continental ? 0 : kRounding;
    const double x = u * std::sqrt(1 - rounding * v * v);
    const double y = v * std::sqrt(1 - rounding * u * u);
    const SampleBox& box = size_.lattice;
    return {round_to((box.west + box.east) / 2 + scale_ * x * (box.east - box.west) / 2, 1e7),
            round_to((box.south + box.north) / 2 + scale_ * y * (box.north - box.south) / 2, 1e7)};
  }

  // Midpoint displacement: a pure function of the border's end points and its key.
  [[nodiscard]] SamplePolyline bend(const SamplePoint& from, const SamplePoint& to,
                                    ZoneStream stream, int col, int row) const {
    SamplePolyline line(static_cast<std::size_t>(size_.segments) + 1);
    line.front() = from;
    line.back() = to;
    const std::uint64_t key =
        sample_hash(size_.seed ^ static_cast<std::uint64_t>(stream), col, row);
    displace(line, 0, line.size() - 1, kMidpointShift, key);
    return line;
  }

  static void displace(SamplePolyline& line, std::size_t low, std::size_t high, double shift,
                       std::uint64_t key) {
    if (high - low < 2) return;
    const std::size_t middle = (low + high) / 2;
    const double t = static_cast<double>(middle - low) / static_cast<double>(high - low);
    const double dx = line[high].lon - line[low].lon;
    const double dy = line[high].lat - line[low].lat;
    const double aside = shift * (2 * sample_uniform(key, static_cast<std::int64_t>(middle)) - 1);
    line[middle] = {round_to(line[low].lon + t * dx - aside * dy, 1e7),
                    round_to(line[low].lat + t * dy + aside * dx, 1e7)};
    displace(line, low, middle, shift * kShiftDecay, key);
    displace(line, middle, high, shift * kShiftDecay, key);
  }

  const SampleSize& size_;
  double scale_;
  std::vector<SamplePoint> nodes_;
};

// Which quads are land: those with the highest score, as many as the size asks for.
std::vector<bool> choose_land(const SampleSize& size) {
  const auto cols = static_cast<std::size_t>(size.county_cols);
  const std::size_t quads = cols * static_cast<std::size_t>(size.county_rows);
  std::vector<bool> land(quads, !size.continental);
  if (!size.continental) return land;
  const double width = (size.files.east - size.files.west) / 6;
  const ValueNoise noise(sample_hash(size.seed, kLand), width, 4);
  std::vector<double> score(quads);
  for (std::size_t i = 0; i < quads; ++i) {
    const std::size_t row = i / cols;
    const std::size_t col = i % cols;
    const double u = (2 * static_cast<double>(col) + 1) / size.county_cols - 1;
    const double v = (2 * static_cast<double>(row) + 1) / size.county_rows - 1;
    const SampleBox& box = size.lattice;
    const double away = u * u * u * u + v * v * v * v;
    score[i] = noise.at((box.west + box.east) / 2 + u * (box.east - box.west) / 2,
                        (box.south + box.north) / 2 + v * (box.north - box.south) / 2) -
               0.5 * away;
  }
  std::vector<std::size_t> order(quads);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&score](std::size_t a, std::size_t b) { return score[a] > score[b]; });
  for (int i = 0; i < size.land_counties; ++i) land[order[static_cast<std::size_t>(i)]] = true;
  return land;
}

// Numbers provinces, prefectures and counties in the order in which they are met.
class Codes {
 public:
  explicit Codes(const SampleSize& size) : size_(size) {}

  void assign(int col, int row, SampleCounty& county) {
    const int prefecture_col = col * size_.prefecture_cols / size_.county_cols;
    const int prefecture_row = row * size_.prefecture_rows / size_.county_rows;
    const int province_col = prefecture_col * size_.province_cols / size_.prefecture_cols;
    const int province_row = prefecture_row * size_.province_rows / size_.prefecture_rows;
    Province& province =
        provinces_.try_emplace({province_row, province_col}, Province{next_province_, {}})
            .first->second;
    if (province.number == next_province_) ++next_province_;
    const int next_prefecture = static_cast<int>(province.prefectures.size()) + 1;
    Prefecture& prefecture =
        province.prefectures
            .try_emplace({prefecture_row, prefecture_col}, Prefecture{next_prefecture, 0})
            .first->second;
    ++prefecture.counties;
    county.province_code = fmt::format("{}", province.number);
    county.prefecture_code = fmt::format("{}{:02}", county.province_code, prefecture.number);
    county.county_code = fmt::format("{}{:02}", county.prefecture_code, prefecture.counties);
  }

 private:
  using Block = std::pair<int, int>;
  struct Prefecture {
    int number = 0;
    int counties = 0;
  };
  struct Province {
    int number = 0;
    std::map<Block, Prefecture> prefectures;
  };
  const SampleSize& size_;
  std::map<Block, Province> provinces_;
  int next_province_ = 101;  // three digits, where real codes of provinces have two
};

SampleZones build(const SampleSize& size, const std::vector<bool>& land, double scale) {
  const Lattice lattice(size, scale);
  const auto is_land = [&](int col, int row) {
    return col >= 0 && row >= 0 && col < size.county_cols && row < size.county_rows &&
           land[static_cast<std::size_t>(row) * static_cast<std::size_t>(size.county_cols) +
                static_cast<std::size_t>(col)];
  };
  SampleZones zones;
  Codes codes(size);
  for (int row = 0; row <= size.county_rows; ++row) {
    for (int col = 0; col <= size.county_cols; ++col) {
      if (is_land(col, row) != is_land(col, row - 1)) {
        zones.coast.push_back(lattice.along_row(col, row));
      }
      if (is_land(col, row) != is_land(col - 1, row)) {
        zones.coast.push_back(lattice.along_column(col, row));
      }
      if (!is_land(col, row)) continue;
      SampleCounty county;
      codes.assign(col, row, county);
      county.ring = lattice.ring(col, row);
      county.area_km2 = sample_ring_area_km2(county.ring);
      zones.area_km2 += county.area_km2;
      zones.counties.push_back(std::move(county));
    }
  }
  std::sort(
      zones.counties.begin(), zones.counties.end(),
      [](const SampleCounty& a, const SampleCounty& b) { return a.county_code < b.county_code; });
  return zones;
}

}  // namespace

double sample_ring_area_km2(const SamplePolyline& ring) {
  // Green: A = -(integral of H(lat) dlon) around a counter-clockwise ring, H the authalic height;
  // Simpson's rule on each straight piece.
  double area = 0;
  for (std::size_t i = 1; i < ring.size(); ++i) {
    const SamplePoint& a = ring[i - 1];
    const SamplePoint& b = ring[i];
    const double height = engine::authalic_height_km2(a.lat) +
                          4 * engine::authalic_height_km2((a.lat + b.lat) / 2) +
                          engine::authalic_height_km2(b.lat);
    area -= height / 6 * (b.lon - a.lon) * (std::numbers::pi / 180);
  }
  return area;
}

SampleZones make_sample_zones(const SampleSize& size) {
  const std::vector<bool> land = choose_land(size);
  SampleZones zones = build(size, land, 1);
  if (size.area_km2 <= 0) return zones;
  constexpr int kMaxRounds = 8;
  double scale = 1;
  for (int round = 0; round < kMaxRounds; ++round) {
    scale = round_to(scale * std::sqrt(size.area_km2 / zones.area_km2), 1e6);
    zones = build(size, land, scale);
    if (std::abs(zones.area_km2 / size.area_km2 - 1) < 1e-5) break;
  }
  return zones;
}

}  // namespace cnci::jobs
