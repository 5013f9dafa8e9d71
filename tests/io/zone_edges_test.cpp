#include "io/zone_edges.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

namespace cnci::io {
namespace {

/// x and y of the lower end, x and y of the higher one.
using Place = std::array<double, 4>;

Place place(const Edge& edge) { return {edge.low.x, edge.low.y, edge.high.x, edge.high.y}; }

/// Zones of one cell each of a bent lattice; some are left out, some are there twice.
std::vector<MapPolygons> random_zones(std::mt19937_64& random, int side, double bend) {
  const auto at = [bend](int i, int j) {
    return MapPoint{i + bend * std::sin(3.0 * j + i), j + bend * std::cos(2.0 * i)};
  };
  std::vector<MapPolygons> zones;
  for (int i = 0; i < side; ++i) {
    for (int j = 0; j < side; ++j) {
      const auto copies = std::array{1, 1, 1, 0, 2}.at(random() % 5);
      for (int copy = 0; copy < copies; ++copy) {
        zones.push_back({MapPolygon{{at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)}, {}}});
      }
    }
  }
  return zones;
}

TEST(LooseEdges, AreThoseThatDoNotCancelHoweverManyThereAre) {
  std::mt19937_64 random(5);
  for (const int side : {1, 3, 12, 40}) {
    for (const double bend : {0.0, 0.2}) {  // 0: columns of edges at the very same x
      const std::vector<MapPolygons> zones = random_zones(random, side, bend);
      std::map<Place, std::array<int, 2>> counts;  // backward, forward
      for (const MapPolygons& zone : zones) {
        const MapRing& ring = zone.front().exterior;
        for (std::size_t i = 0; i < ring.size(); ++i) {
          const Edge edge(ring[i], ring[(i + 1) % ring.size()], 0);
          ++counts[place(edge)][edge.forward ? 1 : 0];
        }
      }
      const LooseEdges loose = loose_edges(zones);
      std::map<Place, std::array<int, 2>> boundary;
      for (const Edge& edge : loose.boundary) ++boundary[place(edge)][edge.forward ? 1 : 0];
      std::map<Place, int> suspects;
      for (const Edge& edge : loose.suspects) ++suspects[place(edge)];
      for (const auto& [where, count] : counts) {
        const auto [backward, forward] = count;
        const auto left = boundary[where];
        EXPECT_EQ(left[1] - left[0], forward - backward);
        EXPECT_EQ(left[0] + left[1], std::abs(forward - backward));
        EXPECT_EQ(suspects[where], forward == 1 && backward == 1 ? 0 : forward + backward);
      }
      EXPECT_EQ(boundary.size(), counts.size());
    }
  }
}

TEST(LooseEdges, DoNotDependOnTheOrderOfRings) {
  std::mt19937_64 random(6);
  MapPolygons polygons;
  for (const MapPolygons& zone : random_zones(random, 30, 0.2)) polygons.push_back(zone.front());
  const std::vector<MapPolygons> zones{polygons};
  std::shuffle(polygons.begin(), polygons.end(), random);
  const std::vector<MapPolygons> shuffled{polygons};
  const auto places = [](const std::vector<Edge>& edges) {
    std::vector<Place> found;
    for (const Edge& edge : edges) found.push_back(place(edge));
    return found;
  };
  const LooseEdges loose = loose_edges(zones);
  EXPECT_GT(loose.boundary.size(), 256U);
  EXPECT_EQ(places(loose.boundary), places(loose_edges(shuffled).boundary));
  EXPECT_EQ(places(loose.suspects), places(loose_edges(shuffled).suspects));
}

}  // namespace
}  // namespace cnci::io
