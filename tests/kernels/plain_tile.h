// All outputs of a cell by the plain formulas and the rules of validity: a value counts where it is
// valid and in the domain of its formula, a factor that is exactly zero decides, and what is
// missing stays missing.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/inputs.h"
#include "kernels/tile_inputs.h"
#include "kernels/wiring.h"
#include "tests/kernels/plain.h"

namespace cnci::kernels::plain {

/// NaN is missing. The scales are the largest terms of the differences, for tolerances.
template <class Real>
struct Cell {
  static constexpr Real kMissing = std::numeric_limits<Real>::quiet_NaN();
  Real runoff = kMissing;
  Real ccsf = kMissing;
  Real carbonate_fraction_used = kMissing;
  Real pco2 = kMissing;
  Real scsf = kMissing;
  Real silicate_fraction = kMissing;
  Real nep = kMissing;
  Real rh_above_rs = kMissing;
  Real ce = kMissing;
  Real sink = kMissing;
  Real balance = kMissing;
  Real nep_scale = 0;
  Real sink_scale = 0;
  Real balance_scale = 0;
  bool rh_near_rs = false;  ///< equal but for rounding, so that rh_above_rs may be either

  struct Member {
    std::string_view name;
    Real Cell::*value = nullptr;
    Real Cell::*scale = nullptr;  ///< that of its tolerance; null: its own value
  };
  static constexpr std::array<Member, 11> members() {
    return {{{"runoff", &Cell::runoff},
             {"ccsf", &Cell::ccsf},
             {"carbonate_fraction_used", &Cell::carbonate_fraction_used},
             {"pco2", &Cell::pco2},
             {"scsf", &Cell::scsf},
             {"silicate_fraction", &Cell::silicate_fraction},
             {"nep", &Cell::nep, &Cell::nep_scale},
             {"rh_above_rs", &Cell::rh_above_rs},
             {"ce", &Cell::ce},
             {"sink", &Cell::sink, &Cell::sink_scale},
             {"balance", &Cell::balance, &Cell::balance_scale}}};
  }
};

template <class Real>
class TileReference {
 public:
  /// Outputs whose layers are absent are missing. `tile` must outlive it.
  TileReference(const Parameters& parameters, const LayerNames& layers, const TileInputs& tile)
      : carbonate_(parameters), silicate_(parameters), nep_(parameters) {
    const auto find = [&](const char* name, Domain domain) {
      return layers.columns.contains(name) ? Layer(tile.column(name), domain) : Layer();
    };
    precipitation_ = find("precipitation", kNonNegative);
    evapotranspiration_ = find("evapotranspiration", kNonNegative);
    runoff_ = find("runoff", kAnyNumber);
    temperature_ = find("temperature", kTemperatureDomain);
    pco2_ = find("pco2", {0, 1 + kFractionSlack});
    carbonate_fraction_ = find("carbonate_fraction", kFraction);
    shielding_factor_ = find("shielding_factor", kFraction);
    shielded_fraction_ = find("shielded_fraction", kFraction);
    npp_ = find("npp", {});
    soc_ = find("soc", kNonNegative);
    for (const std::string& name : layers.columns) {
      if (name == "emissions" || name.starts_with("emissions.")) {
        emissions_.emplace_back(tile.column(name), kAnyNumber);
      }
    }
    if (parameters.text("runoff.clamp") == "monthly" && !runoff_.given()) {
      for (std::size_t month = 0; month < 12; ++month) {
        months_.emplace_back(Layer(tile.months("precipitation").at(month), kNonNegative),
                             Layer(tile.months("evapotranspiration").at(month), kNonNegative));
      }
    }
    if (layers.classes.contains("lithology")) {
      lithology_ = &tile.classes("lithology");
      for (const ClassPlane& plane : lithology_->planes) {
        planes_.at(static_cast<std::size_t>(plane.class_id)) = plane.fraction.data();
      }
    }
  }

  [[nodiscard]] Cell<Real> operator()(std::size_t i) const {
    Cell<Real> cell;
    cell.runoff = runoff(i);
    carbonate(i, cell);
    silicate(i, cell);
    nep(i, cell);
    balance(i, cell);
    return cell;
  }

 private:
  static constexpr Real kMissing = Cell<Real>::kMissing;

  /// A column with its domain, or none, which is missing everywhere.
  class Layer {
   public:
    Layer() = default;
    Layer(const Column& column, Domain domain)
        : value_(column.value.data()), valid_(column.valid.data()), domain_(domain) {}
    [[nodiscard]] bool given() const { return value_ != nullptr; }
    [[nodiscard]] Real operator[](std::size_t i) const {
      const bool usable =
          given() && valid_[i] != 0 && value_[i] >= domain_.min && value_[i] <= domain_.max;
      return usable ? Real{value_[i]} : kMissing;
    }

   private:
    const double* value_ = nullptr;
    const std::uint8_t* valid_ = nullptr;
    Domain domain_;
  };

  /// A result that a kernel can hold; missing otherwise.
  static Real in_double(Real value) {
    return std::abs(value) <= Real{std::numeric_limits<double>::max()} ? value : kMissing;
  }

  [[nodiscard]] Real runoff(std::size_t i) const {
    if (runoff_.given()) {
      return positive_part(runoff_[i]);
    }
    if (months_.empty()) {
      return runoff_mm(precipitation_[i], evapotranspiration_[i]);
    }
    Real sum = 0;
    for (const auto& [p, et] : months_) {
      sum += runoff_mm(p[i], et[i]);
    }
    return sum;
  }

  [[nodiscard]] Real fraction(std::size_t class_id, std::size_t i) const {
    return planes_.at(class_id) == nullptr ? Real{0} : Real{planes_.at(class_id)[i]};
  }

  /// Resampling may leave a fraction a little above 1.
  static Real at_most_one(Real value) { return value > 1 ? Real{1} : value; }

  /// Any rock of class nd makes the cell unknown.
  [[nodiscard]] bool lithology_known(std::size_t i) const {
    return lithology_ != nullptr && lithology_->valid[i] != 0 && fraction(kLithologyNoData, i) == 0;
  }

  void carbonate(std::size_t i, Cell<Real>& cell) const {
    using Pressure = typename CarbonateParameters<Real>::Pressure;
    Real f = kMissing;
    if (carbonate_fraction_.given()) {
      f = carbonate_fraction_[i];
    } else if (lithology_known(i)) {
      const Real sc = fraction(kLithologyCarbonate, i);
      f = sc >= Real{kFraction.min} && sc <= Real{kFraction.max} ? sc : kMissing;
    }
    f = at_most_one(f);
    cell.carbonate_fraction_used = f;
    cell.pco2 = carbonate_.pressure == Pressure::kConstant ? carbonate_.pco2_atm
                : carbonate_.pressure == Pressure::kRaster
                    ? pco2_[i]
                    : brook_pco2_atm(evapotranspiration_[i], carbonate_);
    if (std::isnan(f)) {
      return;
    }
    const Real t = temperature_[i];
    if (f == 0 || cell.runoff == 0 || cell.pco2 == 0 || (carbonate_.freeze_to_zero && t < 0)) {
      cell.ccsf = 0;
    } else if (!std::isnan(cell.runoff) && !std::isnan(cell.pco2) && !std::isnan(t)) {
      cell.ccsf = in_double(carbonate_flux(cell.runoff, f, t, cell.pco2, carbonate_));
    }
  }

  /// A layer carbonate_fraction f leaves 1 - f to the classes other than sc.
  void silicate(std::size_t i, Cell<Real>& cell) const {
    if (lithology_ == nullptr) {
      return;
    }
    const bool rescaled = carbonate_fraction_.given();
    const Real carbonate = at_most_one(carbonate_fraction_[i]);
    Real reactive = 0;
    Real other = 0;
    for (std::size_t id = 1; id <= kLithologyClassCount; ++id) {
      reactive += silicate_.rocks.at(id).b > 0 ? fraction(id, i) : Real{0};
      other += id == kLithologyCarbonate || id == kLithologyNoData ? Real{0} : fraction(id, i);
    }
    const Real scale = rescaled ? (1 - carbonate) / other : Real{1};
    if (carbonate == 1) {
      cell.silicate_fraction = 0;
    } else if (lithology_known(i) && (!rescaled || other > 0)) {
      cell.silicate_fraction = reactive == 0 ? Real{0} : in_double(reactive * scale);
    }
    if (std::isnan(cell.silicate_fraction)) {
      return;
    }
    const Real s =
        shielding_factor_.given() ? shielding_factor_[i]
        : shielded_fraction_.given()
            ? shielding_of_fraction(at_most_one(shielded_fraction_[i]), silicate_.shielded_rate)
            : Real{1};
    if (cell.silicate_fraction == 0 || cell.runoff == 0 || s == 0) {
      cell.scsf = 0;
      return;
    }
    Real flux = 0;
    for (std::size_t id = 1; id <= kLithologyClassCount; ++id) {
      const Rock<Real>& rock = silicate_.rocks.at(id);
      const Real f = fraction(id, i);
      if (rock.b > 0 && f != 0) {
        flux += f * scale *
                silicate_flux(cell.runoff, temperature_[i], s, rock, silicate_).total_t_co2_km2;
      }
    }
    cell.scsf = in_double(flux);
  }

  void nep(std::size_t i, Cell<Real>& cell) const {
    const Real npp = npp_[i];
    const Real t = temperature_[i];
    const Real p = precipitation_[i];
    const Real soc = soc_[i];
    if (std::isnan(npp) || std::isnan(t) || std::isnan(p) || std::isnan(soc)) {
      return;
    }
    const NepFlux<Real> flux = nep_flux(npp, t, p, soc, nep_);
    cell.nep = in_double(flux.nep_t_co2_km2);
    if (!std::isnan(cell.nep)) {
      cell.rh_above_rs = flux.rh_above_rs ? 1 : 0;
    }
    cell.rh_near_rs =
        std::abs(flux.uncapped_rh_kg_c_m2 - flux.rs_kg_c_m2) <= Real{1e-12} * flux.rs_kg_c_m2;
    cell.nep_scale =
        carbon_to_carbon_dioxide(std::max<Real>(std::abs(npp), 1000 * flux.rh_kg_c_m2));
  }

  void balance(std::size_t i, Cell<Real>& cell) const {
    if (!emissions_.empty()) {
      cell.ce = 0;
      for (const Layer& layer : emissions_) {
        cell.ce += layer[i];
      }
    }
    const std::array<std::pair<Real, Real>, 3> components{{{cell.ccsf, std::abs(cell.ccsf)},
                                                           {cell.scsf, std::abs(cell.scsf)},
                                                           {cell.nep, cell.nep_scale}}};
    for (const auto& [value, scale] : components) {
      if (!std::isnan(value)) {
        cell.sink = std::isnan(cell.sink) ? value : cell.sink + value;
        cell.sink_scale = std::max(cell.sink_scale, scale);
      }
    }
    cell.balance = cell.sink - cell.ce;
    cell.balance_scale =
        std::isnan(cell.ce) ? Real{0} : std::max(cell.sink_scale, std::abs(cell.ce));
  }

  CarbonateParameters<Real> carbonate_;
  SilicateParameters<Real> silicate_;
  NepParameters<Real> nep_;
  Layer precipitation_, evapotranspiration_, runoff_, temperature_, pco2_;
  Layer carbonate_fraction_, shielding_factor_, shielded_fraction_, npp_, soc_;
  std::vector<Layer> emissions_;
  std::vector<std::pair<Layer, Layer>> months_;  ///< precipitation and evapotranspiration
  const ClassColumns* lithology_ = nullptr;
  std::array<const double*, kLithologyClassCount + 1> planes_{};
};

}  // namespace cnci::kernels::plain
