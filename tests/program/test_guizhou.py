#!/usr/bin/python3
"""The Guizhou job against an independent calculation: own geometry, own resampling, own equations.

Zones are burnt on a lattice ten times finer than the grid (not exact fractions), inputs are taken by
nearest pixel, the equations are those of docs/equations.md written anew with numpy.
"""

import math
import unittest

import numpy as np

from support import DATA, SOURCE, Folder, have_data, main, must, number, provenance, rows

CO2 = 44.0095 / 12.011
FINE = 10
# GLiM code: (b t C km-2 per mm, carbonate share, activation energy kJ/mol)
SILICATE = {
    1: (0.003364, 0, 60), 2: (0.007015, 0, 50), 3: (0.005341, 0.36, 60), 4: (0.007015, 0, 50),
    5: (0.012481, 0.76, 60), 7: (0.002455, 0, 60), 8: (0.007626, 0.75, 60), 9: (0.005095, 0.42, 60),
    10: (0.007015, 0, 50), 12: (0.0061, 0, 46), 13: (0.007015, 0.42, 60),
}


def log_k(a, b, c, d, e, t):
    return a + b * t + c / t + d * np.log10(t) + e / t**2


def equilibrium_calcium(celsius, pco2):
    """mol/L of calcium in water at calcite saturation under pco2 (atm)."""
    tc = np.clip(celsius, 0, 50)
    t = tc + 273.15
    ks = log_k(-171.9065, -0.077993, 2839.319, 71.595, 0, t)
    k1 = log_k(-356.3094, -0.06091964, 21834.37, 126.8339, -1684915.0, t)
    k2 = log_k(-107.8871, -0.03252849, 5151.79, 38.92561, -563713.9, t)
    k0 = log_k(108.3865, 0.01985076, -6919.53, -40.45154, 669365.0, t)
    x = 10 ** (ks + k1 + k0 - k2) * pco2 / 4
    eps = 2727.586 + 0.6224107 * t - 466.9151 * np.log(t) - 52000.87 / t
    s1 = 374.11 - tc
    s2 = np.cbrt(s1)
    rho = (1 + 0.1342489 * s2 - 3.946263e-3 * s1) / (
        3.1975 - 0.3151548 * s2 - 1.203374e-3 * s1 + 7.48908e-13 * s1**4)
    big_a = 1824827.7 * np.sqrt(rho) / (eps * t) ** 1.5
    big_b = 50.2905 * np.sqrt(rho) / np.sqrt(eps * t)
    ca = np.cbrt(x)
    for _ in range(60):
        root = np.sqrt(3 * ca)
        g_ca = 10 ** (-big_a * 4 * root / (1 + big_b * 5.0 * root) + 0.165 * 3 * ca)
        g_hco3 = 10 ** (-big_a * root / (1 + big_b * 5.4 * root))
        ca = np.cbrt(x / (g_ca * g_hco3**2))
    return ca


def band_area(south, north, dlon):
    """km2 between two parallels on WGS84."""
    f = 1 / 298.257223563
    e2 = f * (2 - f)
    e = math.sqrt(e2)
    b2 = 6378.137**2 * (1 - e2)

    def q(lat):
        s = math.sin(math.radians(lat))
        return s / (1 - e2 * s * s) + math.atanh(e * s) / e

    return b2 / 2 * math.radians(dlon) * (q(north) - q(south))


def nearest(path, lon, lat, band=1):
    """Values of the pixels that hold the points; NaN outside and where the file has no data."""
    import rasterio
    from rasterio.warp import transform

    with rasterio.open(path) as raster:
        x, y = lon.ravel(), lat.ravel()
        if raster.crs and not raster.crs.is_geographic:
            x, y = map(np.asarray, transform("EPSG:4326", raster.crs, x, y))
        inverse = ~raster.transform
        col = np.floor(inverse.a * x + inverse.b * y + inverse.c).astype(int)
        row = np.floor(inverse.d * x + inverse.e * y + inverse.f).astype(int)
        inside = (col >= 0) & (col < raster.width) & (row >= 0) & (row < raster.height)
        data = raster.read(band).astype(float)
        if raster.nodata is not None:
            data[np.isclose(data, raster.nodata)] = np.nan
        out = np.full(x.shape, np.nan)
        out[inside] = data[row[inside], col[inside]]
    return out.reshape(lon.shape)


def independent(counties_file, west, north, cols, rows_):
    """County code -> (area, ccs, scs, vscs, ce), from the inputs and nothing of cnci."""
    import county_shapes

    shapes = county_shapes.shapes(counties_file)
    step = 1 / 120
    lon = west + (np.arange(cols) + 0.5) * step
    lat = north - (np.arange(rows_) + 0.5) * step
    lon, lat = np.meshgrid(lon, lat)
    area = np.array([band_area(north - (r + 1) * step, north - r * step, step)
                     for r in range(rows_)])[:, None]

    npp_file = DATA / "china_npp_pre_tem_10km/npp.tif"
    npp = nearest(npp_file, lon, lat, 1) * 0.1
    rain = nearest(npp_file, lon, lat, 2) * 0.1
    temp = nearest(npp_file, lon, lat, 3) * 0.1
    et = np.maximum(nearest(DATA / "et_sm_rmep_025deg/ETannual.tif", lon, lat), 0)
    soc = nearest(DATA / "soc_sanderman2017_10km/SOCS_0_30cm_year_2010AD_10km.tif", lon, lat)
    soc = soc * 0.1 * 2 / 3
    glim = nearest('NETCDF:"%s":Band1' % (DATA / "glim_halfdeg/GLiM_720_360_raw.nc"), lon, lat)
    tg_c = nearest(DATA / "co2_cdiac_ndp058_1deg/fossil_co2_2013.tif", lon, lat)

    q = np.where(rain - et > 0, rain - et, np.where(np.isnan(rain - et), np.nan, 0))
    pco2 = 10 ** (-3.47 + 2.09 * (1 - np.exp(-0.00172 * et)))
    ccsf = q * equilibrium_calcium(temp, pco2) * 1e6 * 44.0095e-6
    ccsf = np.where(np.isnan(glim), np.nan, np.where(glim == 6, ccsf, 0))
    dx = 1 / 284.2 - 1 / (temp + 273.15)
    scsf = np.where(np.isnan(glim) | (glim == 15), np.nan, 0.0)
    for code, (b, share, energy) in SILICATE.items():
        rate = b * ((1 - share) * np.exp(1000 * energy / 8.314 * dx)
                    + 0.5 * share * np.exp(1000 * 14 / 8.314 * dx))
        scsf = np.where(glim == code, q * rate * CO2, scsf)
    rs = 1.55 * np.exp(0.031 * temp) * (rain / 1000) / (rain / 1000 + 0.68) * soc / (soc + 2.23)
    nep = (npp - 1000 * 0.6163 * rs**0.7918) * CO2
    degree = np.floor(lat)
    cell = np.vectorize(lambda s: band_area(s, s + 1, 1))(degree[:, :1])
    ce = tg_c * 1e6 * CO2 / cell

    zone = county_shapes.burn(shapes, west, north, cols * FINE, rows_ * FINE, step / FINE)
    totals = {}
    block = zone.reshape(rows_, FINE, cols, FINE).transpose(0, 2, 1, 3).reshape(rows_, cols, -1)
    for i, (code, _) in enumerate(shapes, start=1):
        weight = (block == i).mean(axis=2) * area
        totals[code] = [weight.sum()] + [np.nansum(weight * flux) for flux in (ccsf, scsf, nep, ce)]
    return totals


class Guizhou(unittest.TestCase):
    def setUp(self):
        if not have_data("china_counties_mapchina", "china_npp_pre_tem_10km", "et_sm_rmep_025deg",
                         "soc_sanderman2017_10km", "glim_halfdeg", "co2_cdiac_ndp058_1deg"):
            self.skipTest("no real data")

    def test_totals_by_county_agree_with_an_independent_calculation(self):
        near = []
        for layer in ("npp", "precipitation", "temperature", "evapotranspiration", "soc"):
            near += ["--set", f"layer.{layer}.resample=near"]
        with Folder() as work:
            out = work / "out"
            must("run", SOURCE / "jobs/examples/guizhou.ini", "--set", f"paths.data={DATA}", "--set",
                 f"output.path={out}", *near, ranks=2)
            west, south, east, north = provenance(out)["grid"]["bounds"]
            cols, rows_ = provenance(out)["grid"]["columns"], provenance(out)["grid"]["rows"]
            totals = independent(DATA / "china_counties_mapchina/china_counties_osm.gpkg", west, north,
                                 cols, rows_)
            self.assertEqual(len(totals), 88)
            worst = 0
            for row in rows(out):
                if row["level"] != "county":
                    continue
                for column, want in zip(("area_km2", "ccs_t", "scs_t", "vscs_t", "ce_t"),
                                        totals[row["code"]]):
                    got = number(row[column])
                    error = abs(got - want) / max(abs(want), 1e-9)
                    if want == 0 or got == 0:
                        self.assertLess(abs(got - want), 1.0, (row["code"], column, got, want))
                        continue
                    worst = max(worst, error)
                    self.assertLess(error, 0.005, (row["code"], row["name"], column, got, want))
            print(f"largest difference of a county's total: {100 * worst:.3f} %")

    def test_published_sizes(self):
        with Folder() as work:
            out = work / "out"
            must("run", SOURCE / "jobs/examples/guizhou.ini", "--set", f"paths.data={DATA}", "--set",
                 f"output.path={out}", ranks=2)
            table = rows(out)
            province = next(r for r in table if r["level"] == "province")
            self.assertEqual(sum(r["level"] == "county" for r in table), 88)
            self.assertAlmostEqual(number(province["area_km2"]), 176055, delta=30)
            self.assertAlmostEqual(number(province["carbonate_area_km2"]), 118600, delta=600)
            self.assertAlmostEqual(number(province["ce_t"]) / 1e6, 273, delta=3)
            self.assertLess(number(province["vscs_t"]), 0)
            self.assertAlmostEqual(number(province["population"]), 38562148, delta=1)


if __name__ == "__main__":
    main()
