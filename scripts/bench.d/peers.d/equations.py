"""The equations of docs/equations.md, with their defaults, in numpy."""

import numpy as np

C_TO_CO2 = 44.0095 / 12.011
KELVIN = 273.15
GAS = 8.314

# log10 K = a + b T + c / T + d log10 T + e / T^2 (Plummer & Busenberg 1982)
KS = np.array((-171.9065, -0.077993, 2839.319, 71.595, 0))
K1 = np.array((-356.3094, -0.06091964, 21834.37, 126.8339, -1684915.0))
K2 = np.array((-107.8871, -0.03252849, 5151.79, 38.92561, -563713.9))
K0 = np.array((108.3865, 0.01985076, -6919.53, -40.45154, 669365.0))
CALCITE = tuple(map(float, KS + K1 + K0 - K2 - np.array((np.log10(4), 0, 0, 0, 0))))

# GLiM: su vb ss pb sm sc va mt pa vi wb py pi ev nd ig; 0 and nd are missing
NAN = np.nan
B = np.full(256, NAN)
B[1:17] = (0.003364, 0.007015, 0.005341, 0.007015, 0.012481, 0, 0.002455, 0.007626, 0.005095, 0.007015, 0,
           0.0061, 0.007015, 0, NAN, 0)
CP = np.zeros(256)
CP[[3, 5, 8, 9, 13]] = 0.36, 0.76, 0.75, 0.42, 0.42
SA = np.full(256, 60.0)
SA[[2, 4, 10, 12]] = 50, 50, 50, 46
CARBONATE = 6


def calcium(t, et):
    """mol/L of calcium in equilibrium with calcite and the soil's CO2, which follows from et (mm)."""
    t = np.clip(t, 0, 50) + KELVIN
    a, b, c, d, e = CALCITE
    log_pco2 = -3.47 + 2.09 * (1 - np.exp(-0.00172 * et))
    cube_root = 10**((a + b * t + (c + e / t) / t + d * np.log10(t) + log_pco2) / 3)
    permittivity = 2727.586 + 0.6224107 * t - 466.9151 * np.log(t) - 52000.87 / t
    s1 = 374.11 + KELVIN - t
    s2 = np.cbrt(s1)
    density = ((1 + 0.1342489 * s2 - 3.946263e-3 * s1) /
               (3.1975 - 0.3151548 * s2 - 1.203374e-3 * s1 + 7.48908e-13 * s1**4))
    debye_a = 1824827.7 * np.sqrt(density) / (permittivity * t)**1.5
    debye_b = 50.2905 * np.sqrt(density / (permittivity * t))
    ca = cube_root
    for _ in range(200):
        strength = 3 * ca
        root = np.sqrt(strength)
        log_gamma_ca = -4 * debye_a * root / (1 + 5 * debye_b * root) + 0.165 * strength
        log_gamma_hco3 = -debye_a * root / (1 + 5.4 * debye_b * root)
        before, ca = ca, cube_root * 10**(-(log_gamma_ca + 2 * log_gamma_hco3) / 3)
        if not np.any(np.abs(ca - before) > 1e-7 * ca):
            break
    return ca


def fluxes(p, et, t, npp, soc, rock, shielding):
    """ccsf, scsf and nep in t CO2 per km2 and year of cells in one row; NaN where a value is missing.

    p and et in mm, t in degC, npp in g C m-2, soc in kg C m-2, rock a GLiM class."""
    q = np.maximum(p - et, 0)
    b = B[rock]
    ccsf = np.where(np.isnan(b), NAN, 0.0)
    limestone = np.flatnonzero((rock == CARBONATE) & (q != 0))
    ccsf[limestone] = 44.0095 * q[limestone] * calcium(t[limestone], et[limestone])

    scsf = np.where((b == 0) | (q == 0), b * 0, NAN)
    silicate = np.flatnonzero((b > 0) & (q != 0))
    kind = rock[silicate]
    x = 1000 / GAS * (1 / 284.2 - 1 / (t[silicate] + KELVIN))
    cp = CP[kind]
    scsf[silicate] = (C_TO_CO2 * q[silicate] * shielding[silicate] * b[silicate] *
                      ((1 - cp) * np.exp(SA[kind] * x) + 0.5 * cp * np.exp(14 * x)))

    metres = p / 1000
    rs = 1.55 * np.exp(0.031 * t) * (metres / (metres + 0.68)) * (soc / (soc + 2.23))
    nep = C_TO_CO2 * (npp - 616.3 * rs**0.7918)
    return ccsf, scsf, nep


def add_valid(ccsf, scsf, nep):
    """The sum of those that are valid, NaN where none is."""
    none = np.isnan(ccsf) & np.isnan(scsf) & np.isnan(nep)
    return np.where(none, NAN, np.nan_to_num(ccsf) + np.nan_to_num(scsf) + np.nan_to_num(nep))
