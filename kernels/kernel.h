// What a kernel is: a declaration (equation, inputs, parameters, outputs) and a pure function over
// blocks of cells. The declaration drives job validation, help, the cube's variables and the
// tables' columns; a new kernel is one file and one line in kernels/kernels.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cnci::kernels {

/// What a value means when its cell is divided or merged.
enum class Nature { kDensity, kClasses, kAmount };
/// kAnnual: a sum over the year (rates are integrated, months are added). kState: a mean or a
/// state.
enum class Period { kAnnual, kState };

/// Values that a formula accepts, both ends included; any other value counts as missing. The
/// default is every finite number.
struct Domain {
  double min = std::numeric_limits<double>::lowest();
  double max = std::numeric_limits<double>::max();
};

struct Input {
  std::string_view name = {};  ///< `layer.NAME` of the job file
  std::string_view unit = {};  ///< UDUNITS, as the kernel receives it
  double min = 0;              ///< values outside min..max are refused before they reach a kernel
  double max = 0;
  Domain domain = {};
  Nature nature = Nature::kDensity;
  Period period = Period::kState;
  bool carbon = false;    ///< a mass of carbon or of CO2: `substance` must be known
  bool key = false;       ///< naming this layer asks for the kernel
  bool optional = false;  ///< the kernel can do without
  bool many = false;      ///< any number of layers NAME, NAME.a, NAME.b may be given
  bool monthly = false;   ///< twelve months are passed where runoff.clamp = monthly
  std::string_view about = {};
  std::string_view hint_above = {};  ///< what a value above max betrays ("looks like kelvin")
  std::string_view hint_below = {};
};

struct Parameter {
  enum class Type { kNumber, kChoice, kFlag };
  std::string_view key = {};  ///< full key of the job file, `silicate.cc`
  std::string_view unit = {};
  Type type = Type::kNumber;
  std::string_view default_text = {};  ///< empty: not set, decided by another key (see `about`)
  double min = 0;
  double max = 0;
  std::vector<std::string_view> choices = {};
  std::string_view about = {};
};

enum class Role {
  kSink,        ///< a component of the total sink, t CO2 km-2 yr-1
  kEmission,    ///< the emissions, t CO2 km-2 yr-1
  kSupport,     ///< an area fraction over which another output is also reported per area
  kDiagnostic,  ///< an area fraction reported in run.json only
  kDerived,     ///< computed from other outputs, not summed again (sink, balance)
  kAuxiliary,   ///< a quantity for the cube only (runoff, pco2, branch)
};

struct Output {
  std::string_view name = {};  ///< variable of the cube
  std::string_view unit = {};
  std::string_view long_name = {};
  std::string_view standard_name = {};  ///< CF standard name, empty where none exists
  std::string_view cell_methods = {};
  /// Values never go beyond, whatever the inputs: readers may mask those that do.
  std::optional<double> valid_min = {};
  Role role = Role::kAuxiliary;
  double bound = 0;    ///< largest absolute value per cell that sums must hold
  double quantum = 0;  ///< unit of the exact sums (t or km2), a power of two; 0: not summed
  std::string_view total_name = {};  ///< table column stem of the zone total: "ccs" -> ccs_t
  std::string_view flux_name = {};   ///< table column of the mean over the valid area: "ccsf"
  std::string_view support_of = {};  ///< kSupport: output whose valid cells define the area
  std::string_view area_name = {};   ///< kSupport: table column, "carbonate_area_km2"
  std::string_view support_flux_name = {};  ///< kSupport: column of total / area, "ccsf_carbonate"
  std::vector<int> flag_values = {};        ///< categorical outputs: codes ...
  std::vector<std::string_view> flag_meanings = {};  ///< ... and their CF meanings
  std::string_view about = {};
};

/// Parameter values by key, complete (defaults filled in) and checked. Only numbers whose declared
/// default is empty may be unset.
class Parameters {
 public:
  void set_number(std::string_view key, double value);
  void set_text(std::string_view key, std::string_view value);
  /// False for an unknown key and for one that has no default and was not set.
  [[nodiscard]] bool has_number(std::string_view key) const;
  [[nodiscard]] double number(std::string_view key) const;  ///< throws std::out_of_range
  [[nodiscard]] const std::string& text(std::string_view key) const;
  [[nodiscard]] bool flag(std::string_view key) const { return text(key) == "true"; }

 private:
  std::map<std::string, double, std::less<>> numbers_;
  std::map<std::string, std::string, std::less<>> texts_;
};

class Block;
class Wiring;

/// Computes a kernel's outputs over one block, from columns in which NaN is missing. A cell with a
/// missing factor is missing, unless an exactly zero factor decides the result; data never throw,
/// but for an iteration that does not converge (std::domain_error, naming the cell's values).
using BlockFunction = std::function<void(Block&)>;

/// `Kernel::sources` where there is no publication.
inline constexpr std::string_view kOwnSource = "this program";

struct Kernel {
  std::string_view name = {};
  std::string_view title = {};
  std::string_view equation = {};  ///< in words and symbols, one line or more
  std::string_view sources = {};   ///< publications
  std::vector<Input> inputs = {};
  std::vector<Parameter> parameters = {};
  std::vector<Output> outputs = {};
  /// Inputs (layers or outputs of earlier kernels) that are absent from `given` but needed with
  /// these parameters; empty: the kernel can run.
  std::vector<std::string> (*lacking)(const std::set<std::string, std::less<>>& given,
                                      const Parameters& parameters) = nullptr;
  /// Binds the kernel to a job: looks up its columns, evaluates once what no cell changes. Throws
  /// std::invalid_argument for an input that is absent although `lacking` was empty.
  BlockFunction (*bind)(Wiring& wiring, const Parameters& parameters) = nullptr;
};

}  // namespace cnci::kernels
