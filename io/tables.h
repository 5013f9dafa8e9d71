// Tables: zones.csv, zones.gpkg, profile.csv, and CSV files that users bring (population, GDP).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "io/csv.h"
#include "io/zone_table.h"

namespace cnci::io {

/// year, level, code, name, parent_code, then the table's columns; a row per year and zone.
void write_zones_csv(const std::string& path, const ZoneTable& table);
/// The same table back, to the last bit; units and long names are not in the file.
[[nodiscard]] ZoneTable read_zones_csv(const std::string& path);
/// year, lat_south, lat_north, then the table's columns.
void write_profile_csv(const std::string& path, const ProfileTable& table);

/// A layer per level, polygons of coarser levels merged from their leaves; the same columns as
/// zones.csv, one feature per year and zone. `leaf_wkb` in the order of the table's leaf nodes.
/// Bytes do not depend on the time of day.
void write_zones_gpkg(const std::string& path, const ZoneTable& table,
                      const std::vector<std::vector<unsigned char>>& leaf_wkb,
                      const std::string& crs_wkt);

/// A table that joins numbers to zones by code (table.X of the job file).
struct JoinTableSpec {
  std::string name;  ///< "population"
  std::string path;
  std::string level;  ///< level id of the zones it speaks of
  std::string code;   ///< column with the zone code
  std::string value;  ///< column with the number
  std::string year;   ///< column with the year; empty: the same in all years
  std::string unit;
  /// CSV that maps the table's codes to zone codes. It is followed, in several steps if need be,
  /// for codes that are not a zone's own. A field may hold several codes (`520201;520204`), each
  /// with a remark in brackets (`[2010]`); a code that leads to several zones matches none.
  std::string crosswalk_path;
  std::string crosswalk_from;
  std::string crosswalk_to;
};

/// Values by [year][code]; where a year is absent from the table the nearest earlier one is used,
/// else the nearest later one, and `used_year` says which. Several rows that map to one code add
/// up; where one of them is empty, NA or NaN the code has no value.
struct JoinedTable {
  std::vector<std::map<std::string, double>> by_year;  ///< per job year
  std::vector<int> used_year;                          ///< 0 where the table has no years
  std::vector<std::string> unmatched_codes;            ///< table codes without a zone
};
[[nodiscard]] JoinedTable read_join_table(const JoinTableSpec& spec, const std::vector<int>& years,
                                          const std::vector<std::string>& zone_codes);

}  // namespace cnci::io
