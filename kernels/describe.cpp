#include "kernels/describe.h"

#include <algorithm>
#include <iomanip>
#include <sstream>
#include <string_view>

namespace cnci::kernels {

namespace {

constexpr std::size_t kTextWidth = 96;

/// Writes text in lines of kTextWidth, each behind `indent` blanks.
void wrap(std::ostream& out, std::string_view text, std::size_t indent) {
  const std::size_t width = kTextWidth - indent;
  while (!text.empty()) {
    std::size_t length = text.size();
    if (length > width) {
      const std::size_t blank = text.rfind(' ', width);
      length = blank == std::string_view::npos || blank == 0 ? width : blank;
    }
    out << std::string(indent, ' ') << text.substr(0, length) << '\n';
    text.remove_prefix(length);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
}

void heading(std::ostream& out, std::string_view text) { out << "  " << text << '\n'; }

/// "0 to 15000 mm"; a pure number has no unit to show.
std::string range(double min, double max, std::string_view unit) {
  std::ostringstream out;
  out << std::setprecision(10) << min << " to " << max;
  if (!unit.empty() && unit != "1") {
    out << ' ' << unit;
  }
  return out.str();
}

void describe_input(std::ostream& out, const Input& input) {
  out << "    " << input.name;
  if (input.nature == Nature::kClasses) {
    out << ": class fractions";
  } else {
    out << ": " << range(input.min, input.max, input.unit);
  }
  if (input.period == Period::kAnnual) {
    out << ", annual sum";
  }
  if (input.nature == Nature::kAmount) {
    out << ", amount per cell";
  }
  if (input.carbon) {
    out << ", substance C or CO2";
  }
  if (input.optional) {
    out << ", optional";
  }
  if (input.many) {
    out << ", one or more layers";
  }
  if (input.monthly) {
    out << ", twelve months with runoff.clamp = monthly";
  }
  out << '\n';
  wrap(out, input.about, 8);
}

void describe_parameter(std::ostream& out, const Parameter& parameter) {
  out << "    " << parameter.key << " = "
      << (parameter.default_text.empty() ? "(see below)" : parameter.default_text);
  if (parameter.type == Parameter::Type::kNumber) {
    out << "  [" << range(parameter.min, parameter.max, parameter.unit) << ']';
  } else {
    out << "  [";
    std::string_view separator;
    for (const std::string_view choice : parameter.choices) {
      out << separator << choice;
      separator = " | ";
    }
    out << ']';
  }
  out << '\n';
  wrap(out, parameter.about, 8);
}

void describe_output(std::ostream& out, const Output& output) {
  out << "    " << output.name << " [" << output.unit << "]: " << output.long_name << '\n';
  wrap(out, output.about, 8);
  if (!output.total_name.empty()) {
    out << "        zone columns: " << output.total_name << "_t, " << output.flux_name << '\n';
  }
  if (!output.area_name.empty()) {
    out << "        zone columns: " << output.area_name << ", " << output.support_flux_name << '\n';
  }
  for (std::size_t i = 0; i < output.flag_values.size() && i < output.flag_meanings.size(); ++i) {
    out << "        " << std::setw(3) << output.flag_values[i] << ' ' << output.flag_meanings[i]
        << '\n';
  }
}

}  // namespace

std::string describe(const Kernel& kernel) {
  std::ostringstream out;
  out << kernel.name << ": " << kernel.title << '\n';
  heading(out, "equation");
  wrap(out, kernel.equation, 4);
  if (!kernel.inputs.empty()) {
    heading(out, "inputs (layer.NAME)");
    for (const Input& input : kernel.inputs) {
      describe_input(out, input);
    }
  }
  if (!kernel.parameters.empty()) {
    heading(out, "parameters");
    for (const Parameter& parameter : kernel.parameters) {
      describe_parameter(out, parameter);
    }
  }
  heading(out, "outputs");
  for (const Output& output : kernel.outputs) {
    describe_output(out, output);
  }
  heading(out, "sources");
  wrap(out, kernel.sources, 4);
  return out.str();
}

}  // namespace cnci::kernels
