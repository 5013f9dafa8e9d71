// Tiles of random cells as a cluster meets them: ordinary values, exact zeros and ones, gaps, and
// what should never have come so far (sentinels, infinities, NaN that claims to be valid, denormal
// numbers). No array is aligned.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kernels/lithology.h"
#include "kernels/tile_inputs.h"
#include "kernels/wiring.h"

namespace cnci::kernels::testing {

/// Which layers there are besides temperature, npp, soc and emissions.
struct RandomLayers {
  bool lithology = true;
  bool carbonate_fraction = false;
  bool pco2 = false;
  bool runoff = false;
  bool monthly = false;  ///< precipitation and evapotranspiration by month, too
  bool shielding_factor = false;
  bool shielded_fraction = false;
  /// Of 1024 cells, those with a gap and those with rubbish, for every layer.
  std::uint64_t gaps = 40;
  std::uint64_t rubbish = 40;
};

class RandomTile {
 public:
  RandomTile(std::size_t cells, const RandomLayers& layers, std::uint64_t seed)
      : cells_(cells), spec_(layers), random_(seed) {
    fill();
  }

  /// New values in all cells.
  void fill() {
    number_ = 0;
    column("temperature", [](double u) { return 85 * u - 45; });
    column("npp", [](double u) { return 2100 * u - 100; });
    column("soc", [](double u) { return 100 * u * u; });
    column("emissions", [](double u) { return 5000 * u; });
    column("emissions.energy", [](double u) { return 5e4 * u * u * u; });
    column("precipitation", [](double u) { return 3000 * u; });
    column("evapotranspiration", [](double u) { return 1500 * u; });
    const auto fraction = [](double u) { return u < 0.9 ? u : 1.0; };
    if (spec_.runoff) column("runoff", [](double u) { return 2000 * u - 50; });
    if (spec_.carbonate_fraction) column("carbonate_fraction", fraction);
    if (spec_.pco2) column("pco2", [](double u) { return u * u * u * u; });
    if (spec_.shielding_factor) column("shielding_factor", fraction);
    if (spec_.shielded_fraction) column("shielded_fraction", fraction);
    for (int month = 0; spec_.monthly && month < 12; ++month) {
      column("precipitation-" + std::to_string(month), [](double u) { return 250 * u; });
      column("evapotranspiration-" + std::to_string(month), [](double u) { return 180 * u; });
    }
    if (spec_.lithology) lithology();
  }

  [[nodiscard]] std::size_t cells() const { return cells_; }

  [[nodiscard]] LayerNames layers() const {
    LayerNames names;
    for (const auto& [name, store] : columns_) {
      if (name.find('-') == std::string::npos) names.columns.insert(name);
    }
    if (spec_.monthly) names.monthly = {"precipitation", "evapotranspiration"};
    if (spec_.lithology) names.classes = {"lithology"};
    return names;
  }

  /// Cells first .. first + cells as a tile of their own.
  [[nodiscard]] TileInputs inputs(std::size_t first, std::size_t cells) const {
    TileInputs tile(cells);
    for (const std::string& name : layers().columns) {
      tile.set(name, columns_.at(name).part(first, cells));
    }
    for (const std::string& name : layers().monthly) {
      std::array<Column, 12> months;
      for (std::size_t month = 0; month < 12; ++month) {
        months.at(month) = columns_.at(name + "-" + std::to_string(month)).part(first, cells);
      }
      tile.set_monthly(name, months);
    }
    if (spec_.lithology) {
      ClassColumns classes;
      for (const auto& [id, store] : planes_) {
        classes.planes.push_back({id, store.part(first, cells).value});
      }
      classes.valid = known_.part(first, cells).valid;
      tile.set_classes("lithology", classes);
    }
    return tile;
  }
  [[nodiscard]] TileInputs inputs() const { return inputs(0, cells_); }

 private:
  /// Values and validity that start some doubles and some bytes after an allocation.
  struct Store {
    std::size_t value_offset = 0;
    std::size_t valid_offset = 0;
    std::vector<double> value = {};
    std::vector<std::uint8_t> valid = {};
    [[nodiscard]] double* values() { return value.data() + value_offset; }
    [[nodiscard]] std::uint8_t* validity() { return valid.data() + valid_offset; }
    [[nodiscard]] Column part(std::size_t first, std::size_t cells) const {
      return {{value.data() + value_offset + first, cells},
              {valid.data() + valid_offset + first, cells}};
    }
  };

  void shape(Store& store) {
    store.value_offset = number_ % 8;
    store.valid_offset = (3 * number_ + 1) % 8;
    store.value.resize(cells_ + store.value_offset);
    store.valid.resize(cells_ + store.valid_offset);
    ++number_;
  }

  static double rubbish(std::uint64_t bits) {
    using Limits = std::numeric_limits<double>;
    constexpr double kFloat = std::numeric_limits<float>::max();
    constexpr std::array kSentinels{-9999.0,
                                    32767.0,
                                    -32768.0,
                                    65535.0,
                                    1e20,
                                    -1e20,
                                    kFloat,
                                    -kFloat,
                                    Limits::max(),
                                    Limits::lowest(),
                                    9.969209968386869e36};
    constexpr std::array kOthers{-1.0,
                                 -273.15,
                                 4000.0,
                                 0.0,
                                 -0.0,
                                 1e-310,
                                 1 + 5e-7,
                                 1 + 2e-6,
                                 Limits::infinity(),
                                 -Limits::infinity(),
                                 Limits::quiet_NaN()};
    return bits % 2 == 0 ? kSentinels.at((bits >> 1) % kSentinels.size())
                         : kOthers.at((bits >> 1) % kOthers.size());
  }

  template <class Value>
  void column(const std::string& name, const Value& value_of) {
    Store& store = columns_[name];
    shape(store);
    double* value = store.values();
    std::uint8_t* valid = store.validity();
    for (std::size_t i = 0; i < cells_; ++i) {
      const std::uint64_t bits = random_();
      const std::uint64_t kind = bits % 1024;
      value[i] = value_of(static_cast<double>(bits >> 11) * 0x1p-53);
      valid[i] = static_cast<std::uint8_t>(1 + (bits >> 10) % 255);
      if (kind < spec_.gaps) {
        valid[i] = 0;
      } else if (kind < spec_.gaps + spec_.rubbish) {
        value[i] = rubbish(bits >> 10);
      } else if (kind > 1000) {
        value[i] = 0;
      }
    }
  }

  /// Runs of a few dozen cells of one class, as in a map, and some cells of up to four.
  void lithology() {
    constexpr std::array<int, 15> kCodes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16};
    for (int id = 1; id <= int{kLithologyClassCount}; ++id) {
      Store& store = planes_[id];
      shape(store);
      std::fill(store.value.begin(), store.value.end(), 0.0);
    }
    shape(known_);
    std::uint64_t rock = 0;
    for (std::size_t i = 0; i < cells_; ++i) {
      const std::uint64_t bits = random_();
      if (bits % 32 == 0) rock = bits >> 5;
      known_.validity()[i] = static_cast<std::uint8_t>((bits >> 5) % 1024 < spec_.gaps ? 0 : 3);
      const auto plane = [&](std::uint64_t pick) -> double& {
        return planes_.at(kCodes.at(pick % kCodes.size())).values()[i];
      };
      if ((bits >> 20) % 3 != 0) {
        plane(rock) += 1;
      } else {
        double rest = 1;
        for (int part = 0; part < 3; ++part) {
          const double share = rest * static_cast<double>((bits >> (24 + 8 * part)) % 256) / 256;
          plane(bits >> (23 + 7 * part)) += share;
          rest -= share;
        }
        plane(rock) += rest;
      }
      const std::uint64_t kind = (bits >> 48) % 4096;
      if (kind < spec_.rubbish) {
        plane(bits >> 30) = rubbish(bits >> 34);
      } else if (kind < 2 * spec_.rubbish) {
        planes_.at(kLithologyNoData).values()[i] = 0.25;
      }
    }
  }

  std::size_t cells_;
  RandomLayers spec_;
  std::mt19937_64 random_;
  std::size_t number_ = 0;
  std::map<std::string, Store> columns_;
  std::map<int, Store> planes_;
  Store known_;
};

}  // namespace cnci::kernels::testing
