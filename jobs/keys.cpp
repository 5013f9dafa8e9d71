#include "jobs/keys.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "engine/error.h"
#include "engine/grid.h"
#include "io/crs.h"
#include "io/units.h"
#include "jobs/keys_nearest.h"
#include "jobs/keys_values.h"
#include "kernels/registry.h"

namespace cnci::jobs {
namespace {

using Normal = std::function<std::string(const std::string&)>;

Normal any_text() {
  return [](const std::string& text) {
    if (text.empty()) throw engine::Error("the value is empty");
    return text;
  };
}

/// The text as it is, where `parse` takes it.
template <class Parse>
Normal as_it_is(Parse parse) {
  return [parse = std::move(parse)](const std::string& text) {
    (void)parse(text);
    return text;
  };
}

Normal number() {
  return [](const std::string& text) { return plain_number(parse_number(text)); };
}

Normal number_in(double min, double max) {
  return [=](const std::string& text) { return plain_number(parse_number_in(text, min, max)); };
}

Normal integer_in(std::int64_t min, std::int64_t max) {
  return [=](const std::string& text) { return std::to_string(parse_integer_in(text, min, max)); };
}

Normal choice(std::vector<std::string> choices) {
  return as_it_is([choices = std::move(choices)](const std::string& text) {
    return parse_choice(text, choices);
  });
}

Normal flag() {
  return [](const std::string& text) { return parse_flag(text) ? "true" : "false"; };
}

Normal integer_list(int min, int max) {
  return [=](const std::string& text) {
    return integer_list_text(parse_integer_list(text, min, max));
  };
}

Normal numbers(std::size_t count) {
  return [=](const std::string& text) { return numbers_text(parse_numbers(text, count)); };
}

/// Authority and code in capitals; WKT and PROJ texts as they are.
std::string crs(const std::string& text) {
  (void)io::crs_wkt(text);
  std::string normal = text;
  if (io::is_authority_code(text)) {
    std::ranges::transform(normal, normal.begin(), [](unsigned char c) { return std::toupper(c); });
  }
  return normal;
}

Normal unit() {
  return as_it_is([](const std::string& text) { return io::parse_unit(text); });
}

std::string names(const std::string& text) {
  std::string normal;
  for (const std::string& name : parse_names(text)) normal += (normal.empty() ? "" : ",") + name;
  return normal;
}

std::string years(const std::string& text) { return integer_list_text(parse_years(text)); }

std::string resolution(const std::string& text) {
  const engine::Rational value = engine::parse_rational(text);
  return std::to_string(value.num) + (value.den == 1 ? "" : "/" + std::to_string(value.den));
}

std::string non_zero_number(const std::string& text) {
  const double value = parse_number(text);
  if (value == 0) throw engine::Error("0 would make every value 0");
  return plain_number(value);
}

std::string share_above_zero(const std::string& text) {
  const double value = parse_number_in(text, 0, 1);
  if (value == 0) {
    throw engine::Error("0 would make a cell valid without any valid source");
  }
  return plain_number(value);
}

std::string extent(const std::string& text) {
  if (text == "zones" || text == "global") return text;
  std::vector<double> box;
  try {
    box = parse_numbers(text, 4);
  } catch (const engine::Error&) {
    throw engine::Error("'" + text + "' is not zones, global or xmin,ymin,xmax,ymax");
  }
  if (box[0] >= box[2] || box[1] >= box[3]) {
    throw engine::Error("'" + text + "' is empty: xmin < xmax and ymin < ymax are needed");
  }
  return numbers_text(box);
}

std::string distribute(const std::string& text) {
  if (text == "uniform" || text == "zoned") return text;
  if (text.rfind("layer:", 0) == 0 && text.size() > 6) return text;
  throw engine::Error("'" + text + "' is not uniform, zoned or layer:NAME");
}

std::string nodata(const std::string& text) {
  std::string normal;
  for (const io::NodataRange& range : parse_nodata(text)) {
    normal += (normal.empty() ? "" : ", ") + plain_number(range.min);
    if (range.max != range.min) normal += "-" + plain_number(range.max);
  }
  return normal;
}

std::string classes(const std::string& text) {
  std::string normal;
  for (const auto& [code, value] : parse_classes(text)) {
    normal += (normal.empty() ? "" : ", ") + std::to_string(code) + ": " + plain_number(value);
  }
  return normal;
}

std::vector<Key> grid_and_zone_keys() {
  return {
      {"name", "text", "", "name of the run; the job file's name where absent", false, any_text()},
      {"years", "2019 | 2000-2019 | 2000,2010", "", "years to compute", false, years},
      {"paths.*", "path", "", "{NAME} stands for it in the paths below", true, any_text()},
      {"grid.crs", "EPSG:n | PROJ | WKT", "EPSG:4326", "CRS of the grid", false, crs},
      {"grid.resolution", "number | fraction", "1/120", "cell size in units of the CRS", false,
       resolution},
      {"grid.extent", "zones | global | xmin,ymin,xmax,ymax", "zones", "what the grid covers",
       false, extent},
      {"grid.origin", "x,y", "0,0", "a point of the lattice of cell edges", false, numbers(2)},
      {"grid.tile", "cells", "512", "edge of a tile", false, integer_in(16, 65536)},
      {"zones.path", "path", "", "polygons, any OGR source", true, any_text()},
      {"zones.layer", "text", "", "layer of the source; the first where absent", false, any_text()},
      {"zones.where", "SQL condition", "", "which features; all where absent", false, any_text()},
      {"zones.crs", "EPSG:n | PROJ | WKT", "", "only where the file has none", false, crs},
      {"zones.levels", "names", "", "levels coarse to fine, the last is the leaf", false, names},
      {"zones.*.code", "attribute | ='constant'", "", "code of a zone of the level", false,
       as_it_is(parse_zone_field)},
      {"zones.*.name", "attribute | ='constant'", "", "its name; the code where absent", false,
       as_it_is(parse_zone_field)},
      {"zones.duplicates", "error | merge", "error", "the same leaf code twice", false,
       choice({"error", "merge"})},
      {"zones.missing_code", "error | drop | name", "error", "a feature without a code", false,
       choice({"error", "drop", "name"})},
  };
}

std::vector<Key> layer_keys() {
  return {
      {"layer.*.path", "path", "", "file; {year}, {month}, {month:02} are filled in", true,
       any_text()},
      {"layer.*.variable", "text", "", "netCDF variable", false, any_text()},
      {"layer.*.bands", "1-12 | 1,3,5", "", "bands to read; all where absent", false,
       integer_list(1, 1'000'000)},
      {"layer.*.months", "1-12", "", "months of {month}; 1-12 where absent", false,
       integer_list(1, 12)},
      {"layer.*.unit", "unit", "", "unit after scale and offset; the file's where absent", false,
       unit()},
      {"layer.*.substance", "C | CO2", "", "what a mass is a mass of", false, choice({"C", "CO2"})},
      {"layer.*.scale", "number", "", "replaces the file's", false, non_zero_number},
      {"layer.*.offset", "number", "", "replaces the file's", false, number()},
      {"layer.*.nodata", "numbers, ranges", "", "raw values that mean no data, beside the file's",
       false, nodata},
      {"layer.*.outside", "error | missing | clamp", "error", "values outside the declared range",
       false, choice(outside_names())},
      {"layer.*.min_valid", "0..1", "0.5", "share of valid source that makes a cell valid", false,
       share_above_zero},
      {"layer.*.crs", "EPSG:n | PROJ | WKT", "", "only where the file has none", false, crs},
      {"layer.*.wrap", "true | false", "", "columns span 360 degrees; found out where absent",
       false, flag()},
      {"layer.*.reduce", "none | sum | mean | days", "none", "bands or months to the year", false,
       choice(reduce_names())},
      {"layer.*.kind", "density | class | amount", "", "what a value means when cells are divided",
       false, choice(kind_names())},
      {"layer.*.resample", "near | bilinear | average | fraction | conserve", "",
       "by kind and resolution where absent", false, choice(method_names())},
      {"layer.*.distribute", "uniform | zoned | layer:NAME", "uniform",
       "how an amount is shared among cells", false, distribute},
      {"layer.*.legend", "glim | CSV (code, class)", "", "raster codes to lithology classes", true,
       any_text()},
      {"layer.*.classes", "code: value, ...", "", "values of a layer given as codes", false,
       classes},
  };
}

std::vector<Key> table_and_output_keys() {
  return {
      {"table.*.path", "path", "", "CSV with numbers by zone", true, any_text()},
      {"table.*.level", "level", "", "level of the zones it speaks of", false, any_text()},
      {"table.*.code", "column", "", "column with the zone's code", false, any_text()},
      {"table.*.value", "column", "", "column with the number", false, any_text()},
      {"table.*.year", "column", "", "column with the year; the same in all years where absent",
       false, any_text()},
      {"table.*.unit", "unit", "", "unit of the numbers", false, unit()},
      {"table.*.crosswalk", "CSV:from,to", "", "maps the table's codes to the zones'", true,
       as_it_is(parse_crosswalk)},
      {"output.path", "path", "", "folder of the results", true, any_text()},
      {"output.variables", "names", "", "variables of the cube", false, names},
      {"output.files", "single | yearly", "single", "one cube, or one a year", false,
       choice({"single", "yearly"})},
      {"output.chunk", "cells", "512", "edge of a chunk of the cube", false, integer_in(16, 512)},
      {"output.compression", "1..9", "1", "deflate level", false, integer_in(1, 9)},
      {"output.significant_bits", "1..24", "16", "bits of a value kept in the cube; 24: all", false,
       integer_in(1, 24)},
      {"report.enabled", "true | false", "true", "write report.html", false, flag()},
      {"profile.step", "degrees", "0.1", "height of a latitude band", false, number_in(0.001, 90)},
  };
}

Key parameter_key(const kernels::Parameter& parameter) {
  Key key{std::string(parameter.key),   {},    std::string(parameter.default_text),
          std::string(parameter.about), false, {}};
  switch (parameter.type) {
    case kernels::Parameter::Type::kNumber:
      key.form = plain_number(parameter.min) + ".." + plain_number(parameter.max);
      if (!parameter.unit.empty() && parameter.unit != "1") {
        key.form += " " + std::string(parameter.unit);
      }
      key.normal = number_in(parameter.min, parameter.max);
      break;
    case kernels::Parameter::Type::kChoice: {
      std::vector<std::string> choices(parameter.choices.begin(), parameter.choices.end());
      for (const std::string& name : choices) key.form += (key.form.empty() ? "" : " | ") + name;
      key.normal = choice(std::move(choices));
      break;
    }
    case kernels::Parameter::Type::kFlag:
      key.form = "true | false";
      key.normal = flag();
      break;
  }
  return key;
}

std::string last_part(const std::string& key) {
  const auto dot = key.rfind('.');
  return dot == std::string::npos ? key : key.substr(dot + 1);
}

}  // namespace

const std::vector<std::string>& reduce_names() {
  static const std::vector<std::string> names = {"none", "sum", "mean", "days"};
  return names;
}
const std::vector<std::string>& outside_names() {
  static const std::vector<std::string> names = {"error", "missing", "clamp"};
  return names;
}
const std::vector<std::string>& kind_names() {
  static const std::vector<std::string> names = {"density", "class", "amount"};
  return names;
}
const std::vector<std::string>& method_names() {
  static const std::vector<std::string> names = {"near", "bilinear", "average", "fraction",
                                                 "conserve"};
  return names;
}

KeyRegistry::KeyRegistry() {
  const auto add = [this](std::vector<Key> more) {
    std::move(more.begin(), more.end(), std::back_inserter(keys_));
  };
  add(grid_and_zone_keys());
  add(layer_keys());
  for (const kernels::Kernel& kernel : kernels::registry()) {
    for (const kernels::Parameter& parameter : kernel.parameters) {
      const bool known = std::any_of(keys_.begin(), keys_.end(),
                                     [&](const Key& key) { return key.pattern == parameter.key; });
      if (!known) keys_.push_back(parameter_key(parameter));
    }
  }
  add(table_and_output_keys());
}

std::optional<KeyRegistry::Match> KeyRegistry::find(const std::string& text) const {
  for (const Key& key : keys_) {
    const std::string_view pattern = key.pattern;
    const auto star = pattern.find('*');
    if (star == std::string_view::npos) {
      if (pattern == text) return Match{&key, {}};
      continue;
    }
    const std::string_view head = pattern.substr(0, star);
    const std::string_view tail = pattern.substr(star + 1);
    if (text.size() <= head.size() + tail.size() || !text.starts_with(head) ||
        !text.ends_with(tail)) {
      continue;
    }
    const std::string open = text.substr(head.size(), text.size() - head.size() - tail.size());
    // Only a layer's name may have parts: layer.emissions.energy.unit.
    if (head != "layer." && open.find('.') != std::string::npos) continue;
    return Match{&key, open};
  }
  return std::nullopt;
}

std::optional<std::string> KeyRegistry::suggest(const std::string& text) const {
  const auto first_dot = text.find('.');
  const auto last_dot = text.rfind('.');
  const bool has_open = last_dot != first_dot;
  const std::string open =
      has_open ? text.substr(first_dot + 1, last_dot - first_dot - 1) : std::string("NAME");
  // `years` under [grid] is no misspelt key of the grid.
  const std::string last = last_part(text);
  const bool top_level =
      std::any_of(keys_.begin(), keys_.end(), [&](const Key& key) { return key.pattern == last; });
  if (top_level && last != text && !has_open) return last;
  std::vector<std::string> candidates;
  for (const Key& key : keys_) {
    const auto star = key.pattern.find('*');
    std::string candidate = key.pattern;
    if (star != std::string::npos) candidate.replace(star, 1, open);
    candidates.push_back(std::move(candidate));
  }
  if (auto best = nearest(text, candidates)) return best;
  for (const std::string& candidate : candidates) {
    if (last_part(candidate) == last) return candidate;
  }
  return std::nullopt;
}

const KeyRegistry& key_registry() {
  static const KeyRegistry registry;
  return registry;
}

}  // namespace cnci::jobs
