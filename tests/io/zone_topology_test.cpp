#include "io/zone_topology.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "engine/error.h"
#include "io/zone_dissolve.h"
#include "io/zone_geometry.h"

namespace cnci::io {
namespace {

using nlohmann::json;
using Unit = std::array<std::int64_t, 2>;
using UnitRing = std::vector<Unit>;  // closed implicitly
using UnitRings = std::vector<UnitRing>;

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

/// A plane in which (x, y) of the map is (x, 1000 - y).
MapPlane plain_plane() { return {0, 0, 1000, 1000, false, 1000}; }

ZonePolygons level_of(const std::string& name, const std::vector<MapPolygons>& zones) {
  ZonePolygons level;
  level.level = name;
  for (std::size_t i = 0; i < zones.size(); ++i) {
    level.codes.push_back(name + std::to_string(i));
    std::vector<unsigned char>& bytes = level.wkb.emplace_back();
    if (zones[i].empty()) continue;
    const OGRGeometryUniquePtr shape = ogr_of(zones[i]);
    bytes.resize(shape->WkbSize());
    EXPECT_EQ(shape->exportToWkb(wkbNDR, bytes.data(), wkbVariantIso), OGRERR_NONE);
  }
  return level;
}

/// A topology as a reader of TopoJSON sees it.
class Decoded {
 public:
  explicit Decoded(const std::string& text) : json_(json::parse(text)) {
    EXPECT_EQ(json_["transform"], json({{"scale", {1, 1}}, {"translate", {0, 0}}}));
    for (const json& arc : json_["arcs"]) {
      UnitRing& points = arcs_.emplace_back();
      Unit at{0, 0};
      for (const json& delta : arc) {
        at[0] += delta[0].get<std::int64_t>();
        at[1] += delta[1].get<std::int64_t>();
        points.push_back(at);
      }
      EXPECT_GE(points.size(), 2U);
      points_ += points.size();
    }
  }

  [[nodiscard]] const json& geometry(const std::string& level, std::size_t zone) const {
    return json_["objects"][level]["geometries"][zone];
  }
  [[nodiscard]] std::size_t zones(const std::string& level) const {
    return json_["objects"][level]["geometries"].size();
  }
  [[nodiscard]] std::size_t arcs() const { return arcs_.size(); }
  [[nodiscard]] std::size_t points() const { return points_; }

  /// All rings of a zone, each from its lowest point; arcs must follow one another.
  [[nodiscard]] UnitRings rings(const std::string& level, std::size_t zone) const {
    UnitRings rings;
    for (const json& numbers : rings_of_arcs(level, zone)) {
      UnitRing ring;
      for (const json& number : numbers) {
        UnitRing arc = arcs_.at(arc_of(number));
        if (number < 0) std::ranges::reverse(arc);
        if (!ring.empty()) {
          EXPECT_EQ(ring.back(), arc.front());
          ring.pop_back();
        }
        ring.insert(ring.end(), arc.begin(), arc.end());
      }
      EXPECT_EQ(ring.front(), ring.back());
      ring.pop_back();
      ring.erase(std::unique(ring.begin(), ring.end()), ring.end());
      std::rotate(ring.begin(), std::ranges::min_element(ring), ring.end());
      rings.push_back(std::move(ring));
    }
    return rings;
  }

  /// Twice the signed area of a zone, y downward.
  [[nodiscard]] std::int64_t twice_area(const std::string& level, std::size_t zone) const {
    std::int64_t sum = 0;
    for (const UnitRing& ring : rings(level, zone)) {
      for (std::size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) {
        sum += ring[j][0] * ring[i][1] - ring[j][1] * ring[i][0];
      }
    }
    return sum;
  }

  /// How the zones of a level use each arc: numbers of zones that go along it, and back.
  [[nodiscard]] std::map<std::size_t, std::array<std::vector<std::size_t>, 2>> uses(
      const std::string& level) const {
    std::map<std::size_t, std::array<std::vector<std::size_t>, 2>> uses;
    for (std::size_t zone = 0; zone < zones(level); ++zone) {
      for (const json& ring : rings_of_arcs(level, zone)) {
        for (const json& number : ring) uses[arc_of(number)][number < 0 ? 1 : 0].push_back(zone);
      }
    }
    return uses;
  }

 private:
  static std::size_t arc_of(const json& number) {
    const auto value = number.get<std::int64_t>();
    return static_cast<std::size_t>(value < 0 ? ~value : value);
  }

  [[nodiscard]] json rings_of_arcs(const std::string& level, std::size_t zone) const {
    const json& shape = geometry(level, zone);
    if (shape["type"].is_null()) return json::array();
    if (shape["type"] == "Polygon") return shape["arcs"];
    EXPECT_EQ(shape["type"], "MultiPolygon");
    json rings = json::array();
    for (const json& polygon : shape["arcs"]) {
      for (const json& ring : polygon) rings.push_back(ring);
    }
    return rings;
  }

  json json_;
  std::vector<UnitRing> arcs_;
  std::size_t points_ = 0;
};

/// What rings() must give: the rings of polygons whose vertices are units of the plain plane.
UnitRings units_of(const MapPolygons& polygons) {
  UnitRings rings;
  const auto add = [&rings](const MapRing& ring) {
    UnitRing& units = rings.emplace_back();
    for (const MapPoint& p : ring) {
      units.push_back({std::lround(p.x), std::lround(1000 - p.y)});
    }
    std::rotate(units.begin(), std::ranges::min_element(units), units.end());
  };
  for (const MapPolygon& polygon : polygons) {
    add(polygon.exterior);
    for (const MapRing& hole : polygon.holes) add(hole);
  }
  return rings;
}

MapRing box_ring(double x0, double y0, double x1, double y1) {
  return {{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}};
}
MapPolygons box_zone(double x0, double y0, double x1, double y1) {
  return {{box_ring(x0, y0, x1, y1), {}}};
}
MapRing reversed(MapRing ring) {
  std::ranges::reverse(ring);
  return ring;
}

/// 5 x 5 counties with bent borders on whole units, provinces of columns, a country; each county
/// but those of the middle column has a lake with an island that belongs to the next county.
struct BentMap {
  std::vector<MapPolygons> counties, provinces, country;

  explicit BentMap(unsigned seed) : provinces(kSide), random_(seed) {
    MapPolygons all;
    for (int col = 0; col < kSide; ++col) {
      for (int row = 0; row < kSide; ++row) {
        MapRing ring;
        append(ring, {col, row}, {col + 1, row});
        append(ring, {col + 1, row}, {col + 1, row + 1});
        append(ring, {col + 1, row + 1}, {col, row + 1});
        append(ring, {col, row + 1}, {col, row});
        const MapRing island = circle(100 + 200.0 * col, 100 + 200.0 * row);
        counties.push_back({{ring, {reversed(island)}}});
        enclaves_.push_back({island, {}});
      }
    }
    for (std::size_t i = 0; i < counties.size(); ++i) {
      counties[(i + 1) % counties.size()].push_back(enclaves_[i]);
    }
    for (std::size_t i = 0; i < counties.size(); ++i) {
      MapPolygons& province = provinces[i / kSide];
      province.insert(province.end(), counties[i].begin(), counties[i].end());
      all.insert(all.end(), counties[i].begin(), counties[i].end());
    }
    for (MapPolygons& province : provinces) province = dissolved(province).value();
    country = {dissolved(all).value()};
  }

  [[nodiscard]] std::vector<ZonePolygons> levels() const {
    return {level_of("country", country), level_of("province", provinces),
            level_of("county", counties)};
  }

 private:
  static constexpr int kSide = 5;
  using Corner = std::pair<int, int>;

  double bend() { return static_cast<double>(random_() % 41) - 20; }

  /// The same border whichever way it is gone along.
  void append(MapRing& ring, Corner from, Corner to) {
    const bool forward = from < to;
    const auto key = std::minmax(from, to);
    MapRing& border = borders_[{key.first, key.second}];
    if (border.empty()) {
      constexpr int kPieces = 40;
      for (int i = 0; i <= kPieces; ++i) {
        const double along = i / double{kPieces};
        const bool corner = i == 0 || i == kPieces;
        const double aside = corner ? 0 : bend() * std::sin(along * 3.1416);
        const bool level = key.first.second == key.second.second;
        const double x = 200.0 * key.first.first, y = 200.0 * key.first.second;
        border.push_back(level ? MapPoint{x + 200 * along, std::round(y + aside)}
                               : MapPoint{std::round(x + aside), y + 200 * along});
      }
    }
    MapRing way = forward ? border : reversed(border);
    ring.insert(ring.end(), way.begin(), way.end() - 1);
  }

  MapRing circle(double x, double y) {
    MapRing ring;
    for (int i = 0; i < 24; ++i) {
      const double angle = i * 3.14159265358979 / 12;
      const double radius = 25 + bend() / 4;
      ring.push_back(
          {std::round(x + radius * std::cos(angle)), std::round(y + radius * std::sin(angle))});
    }
    return ring;
  }

  std::mt19937 random_;
  std::map<std::pair<Corner, Corner>, MapRing> borders_;
  MapPolygons enclaves_;
};

TEST(ZoneTopology, GivesBackEveryPointWhereThereIsRoom) {
  const BentMap map(1);
  const Decoded decoded(topology_json(map.levels(), plain_plane(), kNoLimit));
  ASSERT_EQ(decoded.zones("county"), 25U);
  ASSERT_EQ(decoded.zones("country"), 1U);
  EXPECT_EQ(decoded.geometry("county", 7)["id"], "county7");
  EXPECT_EQ(decoded.geometry("county", 7)["type"], "MultiPolygon");
  for (std::size_t i = 0; i < 25; ++i) {
    EXPECT_EQ(decoded.rings("county", i), units_of(map.counties[i])) << i;
  }
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(decoded.rings("province", i), units_of(map.provinces[i])) << i;
  }
  EXPECT_EQ(decoded.rings("country", 0), units_of(map.country[0]));
  // 60 borders of 41 points, 25 islands of 25 at most: nothing is stored twice.
  EXPECT_LE(decoded.points(), 60U * 41 + 25U * 25);
}

TEST(ZoneTopology, SharedBordersStayShared) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    const BentMap map(seed);
    for (const std::size_t most : {1500U, 600U, 300U}) {
      const Decoded decoded(topology_json(map.levels(), plain_plane(), most));
      EXPECT_LE(decoded.points(), most);
      EXPECT_GE(decoded.points(), most * 2 / 3);
      const auto counties = decoded.uses("county");
      const auto country = decoded.uses("country");
      EXPECT_EQ(counties.size(), decoded.arcs()) << "no level has borders of its own";
      for (const auto& [arc, zones] : counties) {
        const bool outer = country.contains(arc);
        EXPECT_EQ(zones[0].size(), 1U) << arc;
        EXPECT_EQ(zones[1].size(), outer ? 0U : 1U) << arc;
        if (!outer) {
          EXPECT_NE(zones[0], zones[1]) << arc;
        }
      }
      std::int64_t whole = 0;
      for (std::size_t province = 0; province < 5; ++province) {
        const std::int64_t area = decoded.twice_area("province", province);
        std::int64_t parts = 0;
        for (std::size_t i = 0; i < 5; ++i) parts += decoded.twice_area("county", province * 5 + i);
        EXPECT_LT(area, 0) << "exteriors run as in the map, where y goes up";
        EXPECT_NEAR(static_cast<double>(area), -2 * 200 * 1000, 30000);
        EXPECT_EQ(area, parts) << province;
        whole += area;
      }
      EXPECT_EQ(decoded.twice_area("country", 0), whole);
    }
  }
}

TEST(ZoneTopology, TheLimitGivesWayToOneRingPerZone) {
  const BentMap map(4);
  const Decoded decoded(topology_json(map.levels(), plain_plane(), 0));
  for (std::size_t i = 0; i < 25; ++i) {
    EXPECT_EQ(decoded.rings("county", i).size(), 1U) << "islands go, counties stay";
    EXPECT_LT(decoded.twice_area("county", i), -20000) << i;
  }
}

TEST(ZoneTopology, DoesNotDependOnWhereRingsStart) {
  BentMap map(5);
  const std::string before = topology_json(map.levels(), plain_plane(), 500);
  EXPECT_EQ(topology_json(map.levels(), plain_plane(), 500), before);
  int shift = 0;
  const auto turn = [&shift](MapRing& ring) {
    const int first = ++shift % static_cast<int>(ring.size());
    std::rotate(ring.begin(), ring.begin() + first, ring.end());
  };
  for (auto* zones : {&map.counties, &map.provinces, &map.country}) {
    for (MapPolygons& zone : *zones) {
      for (MapPolygon& polygon : zone) {
        turn(polygon.exterior);
        for (MapRing& hole : polygon.holes) turn(hole);
      }
    }
  }
  EXPECT_EQ(topology_json(map.levels(), plain_plane(), 500), before);
}

TEST(ZoneTopology, HolesAndEnclavesShareOneArc) {
  const MapPolygons round = {{box_ring(0, 0, 90, 90), {reversed(box_ring(30, 30, 60, 60))}}};
  const MapPolygons inside = box_zone(30, 30, 60, 60);
  const Decoded decoded(topology_json({level_of("z", {round, inside})}, plain_plane()));
  EXPECT_EQ(decoded.arcs(), 2U);
  EXPECT_EQ(decoded.rings("z", 0), units_of(round));
  EXPECT_EQ(decoded.rings("z", 1), units_of(inside));
  EXPECT_EQ(decoded.geometry("z", 0)["type"], "Polygon");
}

TEST(ZoneTopology, RingsMayTouchOverlapAndRepeat) {
  // The first hole touches the exterior, the second the first.
  const MapPolygons touching = {{{{0, 0}, {20, 0}, {100, 0}, {100, 100}, {0, 100}},
                                 {{{20, 0}, {10, 20}, {30, 20}}, {{30, 20}, {30, 40}, {50, 40}}}}};
  const MapPolygons over = box_zone(50, 50, 150, 150);
  const MapPolygons across = {{{{0, 200}, {50, 250}, {50, 300}, {0, 250}}, {}},
                              {{{50, 250}, {100, 200}, {100, 300}}, {}}};
  const std::vector<MapPolygons> zones = {touching, over, over, across};
  const Decoded decoded(topology_json({level_of("z", zones)}, plain_plane()));
  for (std::size_t i = 0; i < zones.size(); ++i) {
    EXPECT_EQ(decoded.rings("z", i), units_of(zones[i])) << i;
  }
  const auto uses = decoded.uses("z");
  EXPECT_EQ(std::ranges::count_if(uses, [](const auto& use) { return use.second[0].size() == 2; }),
            1)
      << "the zone that is there twice";
}

TEST(ZoneTopology, RepeatedPointsAndSpikesDoNoHarm) {
  const MapPolygons zone = {
      {{{0, 0}, {0, 0}, {50, 0}, {80, 0}, {50, 0}, {50, 50}, {50, 50}, {0, 50}}, {}}};
  for (const std::size_t most : {kNoLimit, std::size_t{0}}) {
    const Decoded decoded(topology_json({level_of("z", {zone})}, plain_plane(), most));
    EXPECT_LT(decoded.twice_area("z", 0), 0);
  }
}

TEST(ZoneTopology, ZonesOfIslandsKeepTheLargest) {
  MapPolygons islands;
  for (int i = 0; i < 10; ++i) {
    for (const MapPolygon& box : box_zone(20 * i, 0, 20 * i + 2 + i, 3 + i)) islands.push_back(box);
  }
  const Decoded all(topology_json({level_of("z", {islands})}, plain_plane(), 50));
  EXPECT_EQ(all.rings("z", 0).size(), 10U);
  const Decoded some(topology_json({level_of("z", {islands})}, plain_plane(), 20));
  EXPECT_EQ(some.rings("z", 0).size(), 4U);
  EXPECT_LE(some.points(), 20U);
  const Decoded one(topology_json({level_of("z", {islands})}, plain_plane(), 0));
  ASSERT_EQ(one.rings("z", 0).size(), 1U);
  EXPECT_EQ(one.rings("z", 0)[0][0][0], 180);
}

TEST(ZoneTopology, ZonesTooSmallToDrawBecomeTriangles) {
  const MapPolygons small = box_zone(500.1, 499.9, 500.2, 500.1);
  const MapPolygons nothing = box_zone(300, 300, 300 + 1e-9, 300 + 1e-9);
  const Decoded decoded(topology_json({level_of("z", {small, nothing, {}})}, plain_plane()));
  EXPECT_EQ(decoded.rings("z", 0), (UnitRings{{{500, 500}, {500, 501}, {501, 500}}}));
  EXPECT_EQ(decoded.rings("z", 1), (UnitRings{{{300, 700}, {300, 701}, {301, 700}}}));
  EXPECT_EQ(decoded.geometry("z", 2), json({{"type", nullptr}, {"id", "z2"}}));
}

TEST(ZoneTopology, ThinHalvesOfAnIslandKeepArea) {
  // Both halves have two junctions only: without pinned points all would become one line.
  const MapRing west = {{0, 0}, {10, 10}, {10, 20}, {0, 30}, {-20, 15}};
  const MapRing east = {{0, 30}, {10, 20}, {10, 10}, {0, 0}, {30, 15}};
  const Decoded decoded(
      topology_json({level_of("z", {{{west, {}}}, {{east, {}}}})}, plain_plane(), 0));
  EXPECT_LT(decoded.twice_area("z", 0), -100);
  EXPECT_LT(decoded.twice_area("z", 1), -100);
}

TEST(ZoneTopology, PiecesMeetAtTheAntimeridian) {
  const MapPlane pacific(170, -10, 190, 10, true, 2000);
  const MapPolygons zone = {box_zone(172, -5, 180, 5)[0], box_zone(-180, -5, -172, 5)[0]};
  const Decoded decoded(topology_json({level_of("z", {zone})}, pacific));
  const auto uses = decoded.uses("z");
  EXPECT_EQ(std::ranges::count_if(uses, [](const auto& use) { return !use.second[1].empty(); }), 1);
  for (const UnitRing& ring : decoded.rings("z", 0)) {
    for (const Unit& point : ring) {
      EXPECT_GE(point[0], 0);
      EXPECT_LE(point[0], 2000);
    }
  }
}

TEST(ZoneTopology, NoZonesAreATopologyToo) {
  EXPECT_EQ(json::parse(topology_json({}, plain_plane()))["objects"], json::object());
  const Decoded decoded(topology_json({level_of("z", {})}, plain_plane()));
  EXPECT_EQ(decoded.zones("z"), 0U);
  EXPECT_EQ(decoded.arcs(), 0U);
}

TEST(ZoneTopology, NamesAndCodesAreAnyText) {
  ZonePolygons level = level_of("z", {box_zone(0, 0, 9, 9)});
  level.level = "a \"level\"";
  level.codes[0] = "\\</script> \xff 贵";
  const json text = json::parse(topology_json({level}, plain_plane()));
  EXPECT_EQ(text["objects"]["a \"level\""]["geometries"][0]["id"], "\\</script> \xEF\xBF\xBD 贵");
}

std::string topology_error(const std::vector<ZonePolygons>& levels) {
  try {
    static_cast<void>(topology_json(levels, plain_plane()));
  } catch (const engine::Error& error) {
    return error.what();
  }
  return {};
}

TEST(ZoneTopology, ErrorsNameTheZone) {
  MapPolygons bad = box_zone(0, 0, 9, 9);
  for (const double value :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    bad[0].exterior[2].y = value;
    EXPECT_EQ(topology_error({level_of("z", {box_zone(0, 0, 9, 9), bad})}),
              "z z1: its polygon has a coordinate that is no number");
  }
  ZonePolygons broken = level_of("z", {box_zone(0, 0, 9, 9)});
  broken.wkb[0].resize(20);
  EXPECT_EQ(topology_error({broken}), "z z0: its polygon is no WKB");
}

TEST(ZoneTopology, WhatLiesFarOutsideIsDrawnFarOutside) {
  const MapPolygons far = {{{{0, 0}, {1e300, 0}, {1e300, -1e300}, {0, -1e12}}, {}}};
  const Decoded decoded(topology_json({level_of("z", {far})}, plain_plane()));
  EXPECT_LT(decoded.twice_area("z", 0), 0);
  for (const UnitRing& ring : decoded.rings("z", 0)) {
    for (const Unit& point : ring) {
      EXPECT_LE(std::abs(point[0]), 1'000'000);
      EXPECT_LE(std::abs(point[1]), 1'000'000);
    }
  }
}

}  // namespace
}  // namespace cnci::io
