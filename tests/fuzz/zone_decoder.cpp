#include "tests/fuzz/zone_decoder.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "io/crs.h"

namespace cnci::fuzz {
namespace {

class Bytes {
 public:
  explicit Bytes(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  template <typename Value>
  Value take() {
    Value value{};
    const std::size_t count = std::min(sizeof(Value), bytes_.size());
    std::memcpy(&value, bytes_.data(), count);
    bytes_ = bytes_.subspan(count);
    return value;
  }
  std::uint8_t byte() { return take<std::uint8_t>(); }

 private:
  std::span<const std::uint8_t> bytes_;
};

class Decoder {
 public:
  Decoder(Bytes& bytes, const engine::Grid& grid) : bytes_(&bytes), grid_(&grid) {}

  io::MapPolygons zone() {
    io::MapPolygons polygons(1 + bytes_->byte() % 3);
    for (io::MapPolygon& polygon : polygons) {
      const int holes = bytes_->byte() % 3;
      polygon.exterior = ring();
      for (int i = 0; i < holes; ++i) polygon.holes.push_back(ring());
    }
    return polygons;
  }

 private:
  [[nodiscard]] io::MapPoint at(double col, double row) const {
    return {grid_->x_at(col), grid_->y_at(row)};
  }
  io::MapPoint lattice() {
    const double col = bytes_->byte() / 4.0;
    return at(col, bytes_->byte() / 4.0);
  }
  io::MapPoint fine() {
    const double col = bytes_->take<std::uint16_t>() / 1024.0 - 8;
    return at(col, bytes_->take<std::uint16_t>() / 1024.0 - 8);
  }

  io::MapRing ring() {
    const std::uint8_t head = bytes_->byte();
    io::MapRing points = ring_of(head >> 5, 1 + head % 32);
    rings_.push_back(points);
    return points;
  }

  io::MapRing ring_of(int kind, int count) {
    io::MapRing points;
    switch (kind) {
      case 0:
        for (int i = 0; i < count; ++i) points.push_back(lattice());
        break;
      case 1:
        for (int i = 0; i < count; ++i) points.push_back(fine());
        break;
      case 2:
        for (int i = 0; i < count; ++i) {
          const auto x = bytes_->take<double>();
          points.push_back({x, bytes_->take<double>()});
        }
        break;
      case 3:
        points = steps(count);
        break;
      case 4:
      case 5:
        points = copied(kind == 4);
        break;
      case 6:
        points = box(lattice(), lattice());
        break;
      default:
        points = box(fine(), fine());
        break;
    }
    return points;
  }

  io::MapRing steps(int count) {
    double col = bytes_->byte() / 4.0;
    double row = bytes_->byte() / 4.0;
    const double unit = std::ldexp(1.0, -(bytes_->byte() % 32));
    io::MapRing points;
    for (int i = 0; i < count; ++i) {
      points.push_back(at(col, row));
      col += unit * bytes_->take<std::int8_t>();
      row += unit * bytes_->take<std::int8_t>();
    }
    return points;
  }

  io::MapRing copied(bool backwards) {
    const std::size_t which = bytes_->byte();
    if (rings_.empty()) return {};
    io::MapRing points = rings_[which % rings_.size()];
    if (backwards) {
      std::ranges::reverse(points);
      return points;
    }
    const double unit = std::ldexp(grid_->resolution.value(), -20);
    const double dx = unit * bytes_->take<std::int8_t>();
    const double dy = unit * bytes_->take<std::int8_t>();
    for (io::MapPoint& point : points) {
      point.x += dx;
      point.y += dy;
    }
    return points;
  }

  static io::MapRing box(io::MapPoint a, io::MapPoint b) {
    return {{a.x, a.y}, {b.x, a.y}, {b.x, b.y}, {a.x, b.y}};
  }

  Bytes* bytes_;
  const engine::Grid* grid_;
  std::vector<io::MapRing> rings_;
};

engine::Grid small_grid(const std::string& crs, engine::Rational resolution, std::int64_t west,
                        std::int64_t north, std::int64_t cols, std::int64_t rows) {
  engine::Grid grid;
  grid.crs_wkt = io::crs_wkt(crs);
  grid.geographic = io::crs_is_geographic(grid.crs_wkt);
  grid.resolution = resolution;
  grid.west = west;
  grid.north = north;
  grid.cols = cols;
  grid.rows = rows;
  return grid;
}

}  // namespace

const std::vector<engine::Grid>& grids() {
  static const std::vector<engine::Grid> all{
      small_grid("EPSG:4326", {1, 120}, 12600, 3600, 24, 20),
      small_grid("EPSG:4326", {1, 1}, 170, 20, 20, 70),  // over the antimeridian, two bands of rows
      small_grid("EPSG:4326", {10, 1}, -18, 9, 36, 18),
      small_grid("EPSG:3857", {1000, 1}, 11000, 4000, 30, 30),
      small_grid("EPSG:3857", {1, 1'000'000}, 0, 0, 16, 16),
  };
  return all;
}

ZoneInput decode_zones(std::span<const std::uint8_t> data) {
  Bytes bytes(data);
  ZoneInput input;
  input.grid = bytes.byte() % grids().size();
  const std::uint8_t switches = bytes.byte();
  input.settle = (switches & 1U) != 0;
  input.tile_rows = 1 + ((switches >> 1U) & 7U) * 3;
  input.tile_cols = 1 + ((switches >> 4U) & 7U) * 3;
  const int zones = 1 + bytes.byte() % 4;
  Decoder decoder(bytes, grids()[input.grid]);
  for (int i = 0; i < zones; ++i) input.zones.push_back(decoder.zone());
  return input;
}

}  // namespace cnci::fuzz
