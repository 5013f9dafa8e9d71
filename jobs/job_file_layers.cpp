#include "jobs/job_file_layers.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "engine/error.h"
#include "jobs/job_file_legend.h"
#include "jobs/job_file_quantity.h"
#include "jobs/keys_layers.h"
#include "jobs/keys_nearest.h"
#include "jobs/keys_values.h"
#include "kernels/lithology.h"

namespace cnci::jobs {
namespace {

bool has_month(const std::string& path) { return path.find("{month") != std::string::npos; }

/// Name parts of letters, digits and '_', as in emissions.energy.
bool legal_name(const std::string& name) {
  for (const std::string& part : split(name, '.')) {
    const bool legal = !part.empty() && std::all_of(part.begin(), part.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '_';
    });
    if (!legal) return false;
  }
  return true;
}

std::vector<std::string> declared_names() {
  std::vector<std::string> names;
  for (const auto& [name, layer] : declared_layers()) names.push_back(name);
  return names;
}

/// Reads one layer's keys.
class LayerBuilder {
 public:
  LayerBuilder(std::string name, std::string first_key, Settings& settings)
      : settings_(settings), first_key_(std::move(first_key)) {
    spec_.name = std::move(name);
  }

  io::LayerSpec build() {
    if (!legal_name(spec_.name)) {
      settings_.fail(first_key_, "'" + spec_.name +
                                     "' is no layer name: letters, digits and '_', "
                                     "with dots between parts");
      return spec_;
    }
    read_path();
    read_meaning();
    read_decoding();
    read_quantity();
    read_codes();
    note_defaults();
    return spec_;
  }

 private:
  [[nodiscard]] std::string key(const std::string& attribute) const {
    return "layer." + spec_.name + "." + attribute;
  }
  [[nodiscard]] std::optional<std::string> given(const std::string& attribute) const {
    return settings_.given(key(attribute));
  }
  [[nodiscard]] std::size_t choice(const std::string& attribute,
                                   const std::vector<std::string>& names) const {
    return parse_choice(settings_.text(key(attribute)), names);
  }

  void read_path() {
    spec_.path = settings_.path(key("path"), true);
    if (!settings_.mentioned(key("path"))) {
      settings_.fail(key("path"), "is absent; the layer needs a file");
    }
    spec_.variable = settings_.text(key("variable"));
    if (const auto text = given("bands")) spec_.bands = parse_integer_list(*text, 1, 1'000'000);
    if (const auto text = given("months")) {
      spec_.months = parse_integer_list(*text, 1, 12);
      if (!spec_.path.empty() && !has_month(spec_.path)) {
        settings_.fail(key("months"),
                       "is for paths with {month}; which bands to read is said by " + key("bands"));
      }
    }
  }

  void read_meaning() {
    spec_.unit = given("unit");
    if (const auto text = given("substance")) {
      spec_.substance = *text == "C" ? io::Substance::kCarbon : io::Substance::kCarbonDioxide;
    }
    if (const auto text = given("kind")) {
      spec_.kind = static_cast<io::Kind>(parse_choice(*text, kind_names()));
    }
    if (const auto text = given("resample")) {
      constexpr std::array kMethods = {engine::Method::kNear, engine::Method::kBilinear,
                                       engine::Method::kAverage, engine::Method::kFraction,
                                       engine::Method::kConserve};
      spec_.resample = kMethods.at(parse_choice(*text, method_names()));
    }
    if (const auto text = given("distribute"); text && *text != "uniform") {
      const bool zoned = *text == "zoned";
      spec_.distribute = zoned ? io::Distribute::kZoned : io::Distribute::kLayer;
      if (!zoned) spec_.distribute_layer = text->substr(text->find(':') + 1);
    }
    spec_.reduce = static_cast<io::Reduce>(choice("reduce", reduce_names()));
    if (spec_.reduce == io::Reduce::kNone) check_single_band();
  }

  void check_single_band() {
    const bool months = has_month(spec_.path) && spec_.months.size() != 1;
    if (spec_.bands.size() > 1 || months) {
      settings_.fail(settings_.mentioned(key("reduce")) ? key("reduce")
                     : months                           ? key("path")
                                                        : key("bands"),
                     "several bands or months need " + key("reduce") + " = sum, mean or days");
    }
  }

  void read_decoding() {
    if (const auto text = given("scale")) spec_.scale = parse_number(*text);
    if (const auto text = given("offset")) spec_.offset = parse_number(*text);
    if (const auto text = given("nodata")) spec_.nodata = parse_nodata(*text);
    spec_.outside = static_cast<io::Outside>(choice("outside", outside_names()));
    spec_.min_valid = parse_number(settings_.text(key("min_valid")));
    spec_.crs = given("crs");
    if (const auto text = given("wrap")) spec_.wrap = parse_flag(*text);
  }

  void read_quantity() {
    if (const DeclaredLayer* declared = find_declared_layer(spec_.name)) {
      spec_.quantity = quantity_of(declared->input);
    } else if (spec_.kind == io::Kind::kAmount || spec_.kind == io::Kind::kDensity) {
      read_summed_quantity();
    } else {
      settings_.fail(first_key_,
                     "no kernel reads a layer '" + spec_.name + "'" +
                         did_you_mean(spec_.name, declared_names()) +
                         " (known: " + joined(declared_names()) +
                         "; a layer that is only summed by zone says kind = amount, or kind = "
                         "density where its unit is per area)");
      return;
    }
    check_kind();
    const bool knows = spec_.substance || spec_.quantity.default_substance ||
                       (spec_.unit && io::parse_unit(*spec_.unit).substance);
    if (spec_.quantity.carbon && !knows && spec_.unit) {
      settings_.fail(first_key_, "carbon or CO2? Say " + key("substance") + " = C or CO2");
    }
  }

  void read_summed_quantity() {
    if (!spec_.unit) {
      if (!settings_.mentioned(key("unit"))) {
        settings_.fail(first_key_, key("unit") +
                                       " is absent; a layer that is summed by zone needs "
                                       "it, as in persons or USD");
      }
      return;
    }
    try {
      spec_.quantity = summed_quantity(*spec_.unit);
    } catch (const engine::Error& error) {
      settings_.fail(key("unit"), error.what());
    }
  }

  void check_kind() {
    const io::Kind own = spec_.quantity.kind;
    const io::Kind kind = spec_.kind.value_or(own);
    if ((own == io::Kind::kClass) != (kind == io::Kind::kClass)) {
      settings_.fail(key("kind"), "'" + settings_.text(key("kind")) +
                                      "' does not fit: the layer is " +
                                      kind_names().at(static_cast<std::size_t>(own)));
      return;
    }
    if (spec_.distribute != io::Distribute::kUniform && own != io::Kind::kAmount) {
      settings_.fail(key("distribute"), "is for layers of kind amount");
    }
    if (!spec_.resample) return;
    using engine::Method;
    const Method m = *spec_.resample;
    const bool fits = own == io::Kind::kAmount ? m == Method::kConserve
                      : kind == io::Kind::kClass
                          ? m == Method::kNear || m == Method::kFraction
                          : m == Method::kNear || m == Method::kBilinear || m == Method::kAverage;
    if (!fits) {
      const std::string_view allowed = own == io::Kind::kAmount   ? "conserve"
                                       : kind == io::Kind::kClass ? "near or fraction"
                                                                  : "near, bilinear or average";
      settings_.fail(key("resample"), "'" + settings_.text(key("resample")) +
                                          "' does not fit a layer of kind " +
                                          kind_names().at(static_cast<std::size_t>(kind)) + ": " +
                                          std::string(allowed));
    }
  }

  void read_codes() {
    const bool is_class = spec_.quantity.kind == io::Kind::kClass;
    if (const auto text = given("legend")) {
      if (!is_class) {
        settings_.fail(key("legend"),
                       "is for layers of classes; values by code are said by " + key("classes"));
      } else {
        read_legend_text(*text);
      }
    } else if (is_class && !settings_.mentioned(key("legend"))) {
      settings_.fail(key("legend"),
                     "is absent; give glim, or a CSV with the columns code and class");
    }
    if (const auto text = given("classes")) {
      spec_.classes = parse_classes(*text);
      if (is_class) {
        settings_.fail(key("classes"),
                       "is for layers of values; classes are named by " + key("legend"));
      }
      for (const auto& [code, value] : spec_.classes) {
        if (value < spec_.quantity.min || value > spec_.quantity.max) {
          settings_.fail(key("classes"), plain_number(value) + " of code " + std::to_string(code) +
                                             " is not in the range " +
                                             plain_number(spec_.quantity.min) + " to " +
                                             plain_number(spec_.quantity.max));
        }
      }
    }
  }

  void read_legend_text(const std::string& text) {
    spec_.missing_classes = {kernels::kLithologyNoData};
    if (text == "glim") {
      spec_.legend = glim_legend();
      return;
    }
    const std::string path = settings_.path(key("legend"));
    if (path.empty()) return;
    try {
      spec_.legend = read_legend(path);
      spec_.legend_path = path;
    } catch (const engine::Error& error) {
      settings_.fail(key("legend"), error.what());
    }
  }

  void note_defaults() {
    for (const char* attribute : {"outside", "min_valid", "reduce"}) {
      settings_.set_effective(key(attribute), settings_.normal_text(key(attribute)));
    }
    const io::Kind kind = spec_.kind.value_or(spec_.quantity.kind);
    settings_.set_effective(key("kind"), kind_names().at(static_cast<std::size_t>(kind)));
    if (kind == io::Kind::kAmount) {
      settings_.set_effective(key("distribute"), settings_.text(key("distribute")));
    }
    if (!spec_.substance && spec_.quantity.default_substance && !unit_names_substance()) {
      const bool carbon = spec_.quantity.default_substance == io::Substance::kCarbon;
      settings_.set_effective(key("substance"), carbon ? "C" : "CO2");
    }
  }
  [[nodiscard]] bool unit_names_substance() const {
    return spec_.unit && io::parse_unit(*spec_.unit).substance.has_value();
  }

  Settings& settings_;
  std::string first_key_;
  io::LayerSpec spec_;
};

}  // namespace

std::vector<io::LayerSpec> build_layers(Settings& settings) {
  std::vector<io::LayerSpec> layers;
  for (const auto& [name, first_key] : settings.open_names("layer")) {
    layers.push_back(LayerBuilder(name, first_key, settings).build());
  }
  return layers;
}

void check_layers(const std::vector<io::LayerSpec>& layers, const kernels::Parameters& parameters,
                  Settings& settings) {
  const auto find = [&](const std::string& name) {
    const auto it = std::find_if(layers.begin(), layers.end(),
                                 [&](const io::LayerSpec& layer) { return layer.name == name; });
    return it == layers.end() ? nullptr : &*it;
  };
  if (find("shielding_factor") != nullptr && find("shielded_fraction") != nullptr) {
    settings.fail("layer.shielded_fraction.path",
                  "layer.shielding_factor is given too; keep one of the two");
  }
  const bool monthly = parameters.text("runoff.clamp") == "monthly";
  for (const io::LayerSpec& layer : layers) {
    const std::string key = "layer." + layer.name + ".";
    if (layer.distribute == io::Distribute::kLayer) {
      if (layer.distribute_layer == layer.name || find(layer.distribute_layer) == nullptr) {
        std::vector<std::string> names;
        for (const auto& other : layers) {
          if (other.name != layer.name) names.push_back(other.name);
        }
        settings.fail(key + "distribute", "there is no other layer '" + layer.distribute_layer +
                                              "'" + did_you_mean(layer.distribute_layer, names));
      }
    }
    const DeclaredLayer* declared = find_declared_layer(layer.name);
    if (!monthly || declared == nullptr || !declared->input.monthly) continue;
    const std::size_t months = has_month(layer.path)
                                   ? (layer.months.empty() ? 12 : layer.months.size())
                                   : (layer.bands.empty() ? 12 : layer.bands.size());
    if (months != 12 || layer.reduce == io::Reduce::kNone) {
      settings.fail("runoff.clamp", "monthly needs twelve months of layer." + layer.name +
                                        ": bands = 1-12 or {month} in its path, and reduce = sum");
    }
  }
}

}  // namespace cnci::jobs
