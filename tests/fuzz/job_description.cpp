#include "tests/fuzz/job_description.h"

#include <fmt/format.h>

#include "kernels/registry.h"

namespace cnci::fuzz {
namespace {

class Lines {
 public:
  template <typename Value>
  void add(const std::string& name, const Value& value) {
    text_ += fmt::format("{} = {}\n", name, value);
  }
  template <typename Value>
  void add(const std::string& name, const std::vector<Value>& values) {
    std::string list;
    for (const Value& value : values) list += fmt::format("{},", value);
    add(name, list);
  }
  template <typename Value>
  void add(const std::string& name, const std::map<int, Value>& values) {
    std::string list;
    for (const auto& [code, value] : values) list += fmt::format("{}:{},", code, value);
    add(name, list);
  }
  template <typename Value>
  void add(const std::string& name, const std::optional<Value>& value) {
    if (value) add(name, *value);
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

template <typename Enumeration>
int number(Enumeration value) {
  return static_cast<int>(value);
}

template <typename Enumeration>
int number(const std::optional<Enumeration>& value) {
  return value ? number(*value) : -1;
}

void add_grid(const jobs::GridSpec& grid, Lines& lines) {
  lines.add("grid.crs", grid.crs);
  lines.add("grid.resolution", fmt::format("{}/{}", grid.resolution.num, grid.resolution.den));
  lines.add("grid.extent", number(grid.extent));
  lines.add("grid.box", std::vector<double>{grid.xmin, grid.ymin, grid.xmax, grid.ymax});
  lines.add("grid.origin", std::vector<double>{grid.origin_x, grid.origin_y});
  lines.add("grid.tile", grid.tile);
}

std::string field_text(const io::ZoneField& field) {
  return field.is_constant ? "='" + field.constant + "'" : field.attribute;
}

void add_zones(const io::ZoneSpec& zones, Lines& lines) {
  lines.add("zones.path", zones.path);
  lines.add("zones.layer", zones.layer);
  lines.add("zones.where", zones.where);
  lines.add("zones.crs", zones.crs);
  for (const io::ZoneLevel& level : zones.levels) {
    lines.add("zones." + level.id, field_text(level.code) + " | " + field_text(level.name));
  }
  lines.add("zones.duplicates", number(zones.duplicates));
  lines.add("zones.missing_code", number(zones.missing_code));
}

void add_layer(const io::LayerSpec& layer, Lines& lines) {
  const std::string head = "layer." + layer.name + ".";
  lines.add(head + "path", layer.path);
  lines.add(head + "variable", layer.variable);
  lines.add(head + "bands", layer.bands);
  lines.add(head + "months", layer.months);
  lines.add(head + "unit", layer.unit);
  const auto written = layer.unit ? io::parse_unit(*layer.unit).substance : std::nullopt;
  const auto assumed = written ? written : layer.quantity.default_substance;
  lines.add(head + "substance", number(layer.substance ? layer.substance : assumed));
  lines.add(head + "scale", layer.scale);
  lines.add(head + "offset", layer.offset);
  for (const io::NodataRange& range : layer.nodata) {
    lines.add(head + "nodata", fmt::format("{}..{}", range.min, range.max));
  }
  lines.add(head + "outside", number(layer.outside));
  lines.add(head + "min_valid", layer.min_valid);
  lines.add(head + "crs", layer.crs);
  lines.add(head + "wrap", layer.wrap);
  lines.add(head + "reduce", number(layer.reduce));
  lines.add(head + "kind", number(layer.kind.value_or(layer.quantity.kind)));
  lines.add(head + "resample", number(layer.resample));
  lines.add(head + "distribute", number(layer.distribute));
  lines.add(head + "distribute_layer", layer.distribute_layer);
  lines.add(head + "legend", layer.legend);
  lines.add(head + "legend_path", layer.legend_path);
  lines.add(head + "missing_classes", layer.missing_classes);
  lines.add(head + "classes", layer.classes);
  const io::Quantity& quantity = layer.quantity;
  lines.add(head + "quantity",
            fmt::format("{} annual {} carbon {} deliver {} {}..{} kind {}", quantity.unit,
                        quantity.annual, quantity.carbon, number(quantity.deliver), quantity.min,
                        quantity.max, number(quantity.kind)));
}

void add_parameters(const kernels::Parameters& parameters, Lines& lines) {
  for (const kernels::Kernel& kernel : kernels::registry()) {
    for (const kernels::Parameter& parameter : kernel.parameters) {
      const std::string key(parameter.key);
      if (parameter.type != kernels::Parameter::Type::kNumber) {
        lines.add(key, parameters.text(key));
      } else if (parameters.has_number(key)) {
        lines.add(key, parameters.number(key));
      }
    }
  }
}

void add_table(const io::JoinTableSpec& table, Lines& lines) {
  const std::string head = "table." + table.name + ".";
  lines.add(head + "path", table.path);
  lines.add(head + "level", table.level);
  lines.add(head + "code", table.code);
  lines.add(head + "value", table.value);
  lines.add(head + "year", table.year);
  lines.add(head + "unit", table.unit);
  lines.add(head + "crosswalk", table.crosswalk_path);
  lines.add(head + "crosswalk columns", table.crosswalk_from + "," + table.crosswalk_to);
}

void add_output(const jobs::OutputSpec& output, Lines& lines) {
  lines.add("output.path", output.path);
  lines.add("output.variables", output.variables);
  lines.add("output.files", number(output.files));
  lines.add("output.chunk", output.chunk);
  lines.add("output.compression", output.compression);
  lines.add("output.significant_bits", output.significant_bits);
}

}  // namespace

std::string describe(const jobs::Job& job) {
  Lines lines;
  lines.add("name", job.name);
  lines.add("years", job.years);
  add_grid(job.grid, lines);
  add_zones(job.zones, lines);
  for (const io::LayerSpec& layer : job.layers) add_layer(layer, lines);
  add_parameters(job.parameters, lines);
  for (const io::JoinTableSpec& table : job.tables) add_table(table, lines);
  add_output(job.output, lines);
  lines.add("report.enabled", job.report);
  lines.add("profile.step", job.profile_step_deg);
  return lines.take();
}

}  // namespace cnci::fuzz
