// Tables that users bring, joined to zones by code.
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "engine/error.h"
#include "engine/text.h"
#include "engine/zone_tree.h"
#include "io/tables.h"

namespace cnci::io {
namespace {

using engine::Error;
using engine::trimmed;

/// Of a crosswalk: two lists in one row mean every pair of their codes.
constexpr std::size_t kMostPairs = 10'000'000;

/// `520201[2010];520204` as 520201 and 520204.
std::vector<std::string> code_list(const std::string& text) {
  std::vector<std::string> codes;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(';', at), text.size());
    const std::string item = text.substr(at, end - at);
    std::string code = trimmed(item.substr(0, item.find('[')));
    if (!code.empty()) codes.push_back(std::move(code));
    at = end + 1;
  }
  return codes;
}

/// Which zone a table's code speaks of.
class ZoneMatch {
 public:
  ZoneMatch(const JoinTableSpec& spec, const std::vector<std::string>& zone_codes)
      : zones_(zone_codes.begin(), zone_codes.end()) {
    if (spec.crosswalk_path.empty()) return;
    const CsvFile file = read_csv(spec.crosswalk_path);
    const std::string key = "table." + spec.name + ".crosswalk";
    const std::size_t from = file.need_column(spec.crosswalk_from, key);
    const std::size_t to = file.need_column(spec.crosswalk_to, key);
    std::size_t pairs = 0;
    for (std::size_t row = 0; row < file.rows.size(); ++row) {
      const std::vector<std::string> sources = code_list(file.rows[row][from]);
      const std::vector<std::string> targets = code_list(file.rows[row][to]);
      pairs += sources.size() * targets.size();
      if (pairs > kMostPairs) {
        throw Error(file.path + ": line " + std::to_string(file.lines[row]) + ": more than " +
                    std::to_string(kMostPairs) + " pairs of codes (" + key +
                    "); write one code a row");
      }
      for (const std::string& code : sources) targets_[code].insert(targets.begin(), targets.end());
    }
  }

  /// The zone's code; empty where there is none or more than one.
  [[nodiscard]] std::string zone(const std::string& code) const {
    std::set<std::string> seen{code};
    std::set<std::string> step{code};
    while (!step.empty()) {
      std::set<std::string> hits;
      std::set<std::string> further;
      for (const std::string& here : step) {
        if (zones_.contains(here)) hits.insert(here);
        const auto targets = targets_.find(here);
        if (targets == targets_.end()) continue;
        for (const std::string& target : targets->second) {
          if (seen.insert(target).second) further.insert(target);
        }
      }
      if (!hits.empty()) return hits.size() == 1 ? *hits.begin() : std::string{};
      step = std::move(further);
    }
    return {};
  }

 private:
  std::set<std::string> zones_;
  std::map<std::string, std::set<std::string>> targets_;
};

double value_of(const CsvFile& file, std::size_t row, std::size_t column) {
  const std::string text = trimmed(file.rows[row][column]);
  if (text.empty() || text == "NA" || text == "NaN" || text == "nan") {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const auto number = parse_number(text);
  if (number && std::isfinite(*number)) return *number;
  throw Error(file.path + ": line " + std::to_string(file.lines[row]) + ": '" + text +
              "' is no number (" + file.header[column] + "); write 1234.5, or nothing for missing");
}

int year_of(const CsvFile& file, std::size_t row, std::size_t column) {
  const auto number = parse_number(file.rows[row][column]);
  if (number && *number == std::floor(*number) && std::abs(*number) < 1e6) {
    return static_cast<int>(*number);
  }
  throw Error(file.path + ": line " + std::to_string(file.lines[row]) + ": '" +
              file.rows[row][column] + "' is no year (" + file.header[column] + ")");
}

/// The nearest earlier of the table's years, else the nearest later one.
int nearest_year(const std::map<int, std::map<std::string, double>>& table, int year) {
  const auto after = table.upper_bound(year);
  return after == table.begin() ? after->first : std::prev(after)->first;
}

}  // namespace

JoinedTable read_join_table(const JoinTableSpec& spec, const std::vector<int>& years,
                            const std::vector<std::string>& zone_codes) {
  const CsvFile file = read_csv(spec.path);
  const std::string key = "table." + spec.name;
  const std::size_t code_column = file.need_column(spec.code, key + ".code");
  const std::size_t value_column = file.need_column(spec.value, key + ".value");
  const bool yearly = !spec.year.empty();
  const std::size_t year_column = yearly ? file.need_column(spec.year, key + ".year") : 0;
  if (file.rows.empty()) throw Error(spec.path + ": has a header but no rows (" + key + ")");

  const ZoneMatch match(spec, zone_codes);
  std::map<int, std::map<std::string, double>> by_year;
  std::set<std::string> unmatched;
  std::map<std::pair<int, std::string>, std::size_t> line_of;
  for (std::size_t row = 0; row < file.rows.size(); ++row) {
    const std::string code = trimmed(file.rows[row][code_column]);
    auto& sums = by_year[yearly ? year_of(file, row, year_column) : 0];
    const double value = value_of(file, row, value_column);
    const std::string zone = match.zone(code);
    if (zone.empty()) {
      unmatched.insert(code.empty() ? "(none)" : code);
      continue;
    }
    const int year = yearly ? year_of(file, row, year_column) : 0;
    const auto [first, fresh] = line_of.try_emplace({year, code}, file.lines[row]);
    if (!fresh) {
      throw Error(spec.path + ": line " + std::to_string(file.lines[row]) + ": code '" + code +
                  "' occurs again (first in line " + std::to_string(first->second) + ")" +
                  (yearly ? "" : "; where rows are years, name their column in " + key + ".year"));
    }
    sums[zone] += value;
  }
  for (auto& [year, sums] : by_year) {
    std::erase_if(sums, [](const auto& entry) { return std::isnan(entry.second); });
  }

  JoinedTable joined;
  for (const int year : years) {
    const int used = yearly ? nearest_year(by_year, year) : 0;
    joined.by_year.push_back(by_year.at(used));
    joined.used_year.push_back(used);
  }
  joined.unmatched_codes.assign(unmatched.begin(), unmatched.end());
  std::ranges::sort(joined.unmatched_codes, engine::code_less);
  return joined;
}

}  // namespace cnci::io
