// Universal constants, unit conversions, and the fits of water's properties that kernels share.
// Everything that a user may vary is a declared parameter instead (see each kernel's declaration).
#pragma once

namespace cnci::kernels {

/// 0 degC in kelvin.
inline constexpr double kZeroCelsiusK = 273.15;
/// Gas constant in J mol-1 K-1, as printed with the silicate equation.
inline constexpr double kGasConstant = 8.314;

/// Molar masses in g mol-1 (IUPAC).
inline constexpr double kMolarMassCarbon = 12.011;
inline constexpr double kMolarMassCarbonDioxide = 44.0095;
/// Mass of CO2 per mass of carbon.
inline constexpr double kCarbonToCarbonDioxide = kMolarMassCarbonDioxide / kMolarMassCarbon;

inline constexpr double kSquareMetresPerKm2 = 1e6;
inline constexpr double kGramsPerTonne = 1e6;
inline constexpr double kMillimetresPerMetre = 1000.0;
/// 1 kg m-2 in t km-2 (and 1 g m-2 is 1 t km-2).
inline constexpr double kTonnesPerKm2PerKgPerM2 = 1000.0;
inline constexpr double kJoulesPerKilojoule = 1000.0;

/// Dielectric constant of water, T in kelvin: c0 + c1 T + c2 ln T + c3 / T (PHREEQC-2, `gammas`).
inline constexpr double kDielectric0 = 2727.586;
inline constexpr double kDielectric1 = 0.6224107;
inline constexpr double kDielectricLog = -466.9151;
inline constexpr double kDielectricInverse = -52000.87;

/// Density of water in g cm-3, with s = critical temperature - T (degC) and r = cbrt(s):
/// (1 + n1 r + n2 s) / (d0 + d1 r + d2 s + d3 s^4) (PHREEQC-2, `gammas`).
inline constexpr double kCriticalTemperatureC = 374.11;
inline constexpr double kDensityN1 = 0.1342489;
inline constexpr double kDensityN2 = -3.946263e-3;
inline constexpr double kDensityD0 = 3.1975;
inline constexpr double kDensityD1 = -0.3151548;
inline constexpr double kDensityD2 = -1.203374e-3;
inline constexpr double kDensityD3 = 7.48908e-13;

/// Debye-Hueckel A = kDebyeA sqrt(rho) / (eps T)^1.5 and B = kDebyeB sqrt(rho) / sqrt(eps T), ion
/// sizes in angstrom (PHREEQC-2, `gammas`).
inline constexpr double kDebyeA = 1824827.7;
inline constexpr double kDebyeB = 50.2905;

/// Exponents beyond it are taken as this one, whose exponential is infinite.
inline constexpr double kLargestExponent = 1000;

}  // namespace cnci::kernels
