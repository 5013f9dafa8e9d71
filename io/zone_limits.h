// Bounds on a file of zones, checked feature by feature before anything is made of it.
#pragma once

#include <ogr_geometry.h>

#include <cstdint>
#include <string>

#include "engine/error.h"

namespace cnci::io {

/// Counts features and points of a file up to what the program can hold.
class ZoneLimits {
 public:
  static constexpr std::int64_t kMostFeatures = 4'000'000;
  static constexpr std::int64_t kMostPointsOfZone = 50'000'000;
  static constexpr std::int64_t kMostPoints = 400'000'000;  ///< 6.4 GB of coordinates

  /// A bound that holds for the file as a whole: reading ends.
  class Exceeded : public engine::Error {
   public:
    using engine::Error::Error;
  };

  explicit ZoneLimits(std::string path) : path_(std::move(path)) {}
  /// Throws Exceeded, which says what is too large, the bound, and what to do.
  void count_feature();
  /// The same for a polygon or several; throws engine::Error where one of its coordinates is no
  /// number, or so large that no map has it.
  void count(const OGRGeometry& polygons, const std::string& who);

 private:
  std::string path_;
  std::int64_t features_ = 0;
  std::int64_t points_ = 0;
};

}  // namespace cnci::io
