#!/usr/bin/python3
"""rasterio and numba: two threads over the blocks of the sources, one compiled kernel for all fluxes.

    numba_rasterio.py SAMPLE OUT

Blocks without a zone are left out. numba keeps the compiled kernel beside this file."""

import concurrent.futures
import math
import pathlib
import sys
import threading

import numba
import numpy as np
from osgeo import gdal

import equations
from rasters import Box, Layers, create
from sample import FLUXES, Sample

B, CP, SA = equations.B, equations.CP, equations.SA
CALCITE = equations.CALCITE
C_TO_CO2 = equations.C_TO_CO2
KELVIN = equations.KELVIN
LN10 = math.log(10)


@numba.njit(nogil=True, cache=True, error_model="numpy")
def calcium(t, et):
    """As equations.calcium, of one cell."""
    t = min(max(t, 0.0), 50.0) + KELVIN
    log_t = math.log(t)
    log_pco2 = -3.47 + 2.09 * (1 - math.exp(-0.00172 * et))
    a, b, c, d, e = CALCITE
    cube_root = math.exp(LN10 / 3 * (a + b * t + (c + e / t) / t + d / LN10 * log_t + log_pco2))
    permittivity = 2727.586 + 0.6224107 * t - 466.9151 * log_t - 52000.87 / t
    s1 = 374.11 + KELVIN - t
    s2 = s1**(1 / 3)
    density = ((1 + 0.1342489 * s2 - 3.946263e-3 * s1) /
               (3.1975 - 0.3151548 * s2 - 1.203374e-3 * s1 + 7.48908e-13 * (s1 * s1) * (s1 * s1)))
    dielectric = permittivity * t
    debye_a = 1824827.7 * math.sqrt(density) / (dielectric * math.sqrt(dielectric))
    debye_b = 50.2905 * math.sqrt(density / dielectric)
    ca = cube_root
    for _ in range(200):
        strength = 3 * ca
        root = math.sqrt(strength)
        log_gamma = (-4 * debye_a * root / (1 + 5 * debye_b * root) + 0.165 * strength -
                     2 * debye_a * root / (1 + 5.4 * debye_b * root))
        before = ca
        ca = cube_root * math.exp(-LN10 / 3 * log_gamma)
        if not abs(ca - before) > 1e-7 * ca:
            break
    return ca


@numba.njit(nogil=True, cache=True, error_model="numpy")
def bilinear(values, y, x):
    """At a position in cells from the first centre; missing where the nearest value is, else over the
    valid ones of four."""
    y = min(max(y, 0.0), values.shape[0] - 1.0)
    x = min(max(x, 0.0), values.shape[1] - 1.0)
    if math.isnan(values[int(y + 0.5), int(x + 0.5)]):
        return math.nan
    row, col = min(int(y), values.shape[0] - 2), min(int(x), values.shape[1] - 2)
    down, right = y - row, x - col
    total = weight = 0.0
    for i in range(2):
        for j in range(2):
            value = values[row + i, col + j]
            if not math.isnan(value):
                share = (down if i else 1 - down) * (right if j else 1 - right)
                total += share * value
                weight += share
    return total / weight


@numba.njit(nogil=True, cache=True, error_model="numpy")
def compute(zones, area, precipitation, p_nodata, p_scale, et, et_y, et_x, temperature, t_nodata, npp, soc,
            soc_nodata, soc_scale, parts, rocks, soils, shielding, emissions, row_of, col_of, result, totals):
    """All fluxes of a block; adds the tonnes of its zones to totals."""
    for row in range(zones.shape[0]):
        for col in range(zones.shape[1]):
            zone = zones[row, col]
            if zone == 0:
                continue
            p = 0.0
            for band in range(precipitation.shape[0]):
                value = precipitation[band, row, col]
                p += math.nan if value == p_nodata else p_scale * value
            evaporated = bilinear(et, et_y[row], et_x[col])
            t = float(temperature[row, col])
            if t == t_nodata:
                t = math.nan
            total = count = 0
            for i in range(parts):
                for j in range(parts):
                    value = soc[row * parts + i, col * parts + j]
                    if value != soc_nodata:
                        total += value
                        count += 1
            stock = soc_scale * total / count if 2 * count >= parts * parts else math.nan

            rock = rocks[row, col]
            b = B[rock]
            q = p - evaporated
            if q < 0:
                q = 0.0
            ccsf = scsf = math.nan
            if not math.isnan(b):
                ccsf = 0.0
                if rock == 6 and q != 0:
                    ccsf = 44.0095 * q * calcium(t, evaporated)
                scsf = 0.0
                if b > 0 and q != 0:
                    x = 1000 / 8.314 * (1 / 284.2 - 1 / (t + KELVIN))
                    rate = (1 - CP[rock]) * math.exp(SA[rock] * x)
                    if CP[rock] > 0:
                        rate += 0.5 * CP[rock] * math.exp(14 * x)
                    scsf = C_TO_CO2 * q * shielding[soils[row, col]] * b * rate
            metres = p / 1000
            rs = 1.55 * math.exp(0.031 * t) * (metres / (metres + 0.68)) * (stock / (stock + 2.23))
            nep = C_TO_CO2 * (npp[row, col] - 616.3 * rs**0.7918)
            ce = emissions[row_of[row], col_of[col]]
            sink, known = 0.0, False
            for flux in (ccsf, scsf, nep):
                if not math.isnan(flux):
                    sink += flux
                    known = True
            if not known:
                sink = math.nan
            for index, flux in enumerate((ccsf, scsf, nep, ce, sink)):
                result[index, row, col] = flux
                if not math.isnan(flux):
                    totals[index, zone] += flux * area[row]


class Blocks:
    """The inputs, and the files that take the results."""

    def __init__(self, sample, zones, out):
        self.sample, self.zones = sample, zones
        self.emissions, self.row_of, self.col_of = sample.emissions(zones)
        self.shielding = sample.shielding()
        self.layers = Layers(sample)
        self.et = self.layers.et[0].astype(np.float64)
        transform = self.layers.et[1]
        self.et_y = (transform.f - sample.north + (np.arange(sample.rows) + 0.5) / 120) * 4 - 0.5
        self.et_x = (sample.west - transform.c + (np.arange(sample.cols) + 0.5) / 120) * 4 - 0.5
        self.files = [(create(sample, out / f"{name}.tif"), threading.Lock()) for name in FLUXES]
        self.totals = np.zeros((len(FLUXES), max(sample.counties) + 1))
        self.adding = threading.Lock()

    def compute(self, box):
        """Reads, computes and writes a block."""
        layers, (rows, cols) = self.layers, box.slices
        precipitation, soc = layers.open("precipitation"), layers.open("soc")
        result = np.full((len(FLUXES), *box.shape), np.nan, np.float32)
        totals = np.zeros_like(self.totals)
        compute(self.zones[box.slices], self.sample.area[rows],
                layers.read("precipitation", box, precipitation.indexes), precipitation.nodata,
                layers.p_scale, self.et, self.et_y[rows], self.et_x[cols],
                layers.read("temperature", box), layers.open("temperature").nodata, layers.npp(box),
                layers.read("soc", box), soc.nodata, soc.scales[0] * 0.1, layers.parts("soc"),
                layers.read("lithology", box), layers.read("soil", box), self.shielding, self.emissions,
                self.row_of[rows], self.col_of[cols], result, totals)
        with self.adding:
            self.totals += totals
        for (file, lock), plane in zip(self.files, result):
            with lock:
                file.write(plane, 1, window=box.window)


def main():
    sample, out = Sample(sys.argv[1]), pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    gdal.SetCacheMax(256 << 20)  # blocks come in order: no faster with more
    zones = sample.zones()
    blocks = Blocks(sample, zones, out)
    rows, cols = blocks.layers.edges()
    boxes = [Box(sample, top, bottom, left, right) for top, bottom in zip(rows, rows[1:])
             for left, right in zip(cols, cols[1:])]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(blocks.compute, box) for box in boxes if zones[box.slices].any()]:
            done.result()
        for done in [pool.submit(file.close) for file, _ in blocks.files]:
            done.result()
    sample.write_zones(out, blocks.totals)


if __name__ == "__main__":
    main()
