// The result by zone and year, as every table, the cube's /zones group and `cnci zones` show it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace cnci::io {

struct ZoneTable {
  struct Node {
    std::string level;
    std::string code;
    std::string name;
    std::string parent_code;  ///< empty for a root
  };
  struct Column {
    std::string name;  ///< header, with its unit as suffix where it has one
    std::string unit;  ///< UDUNITS, for the cube
    std::string long_name;
    std::vector<double> values;     ///< [year][node]; NaN prints as an empty field
    std::string cell_methods = {};  ///< CF, for the cube
  };
  std::vector<int> years;
  std::vector<Node> nodes;  ///< coarse levels first
  std::vector<Column> columns;

  [[nodiscard]] std::size_t index(std::size_t year, std::size_t node) const {
    return year * nodes.size() + node;
  }
  [[nodiscard]] const Column* find(const std::string& name) const;
};

/// Latitude bands by year: area, and total and mean flux of each component.
struct ProfileTable {
  std::vector<int> years;
  std::vector<double> lat_south;  ///< southern edges of the bands that hold data, ascending
  double step_deg = 0.1;
  std::vector<ZoneTable::Column> columns;  ///< values [year][band]
};

}  // namespace cnci::io
