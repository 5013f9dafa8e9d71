#!/usr/bin/python3
"""numpy and rasterio, two processes over strips of rows, float64.

    numpy_rasterio.py SAMPLE OUT

A strip is a row of blocks of the sources, so that no block is inflated twice. Only cells inside zones
are computed, some thousands at a time, so that what numpy makes in between stays in the cache. The
parent process writes the strips while the others compute."""

import multiprocessing
import pathlib
import sys

import numpy as np

from equations import add_valid, fluxes
from rasters import Box, Layers, create
from sample import FLUXES, Sample

PIECE = 16384  # cells


class Strips:
    """The inputs, and what is computed of them."""

    def __init__(self, sample, zones):
        self.sample, self.zones = sample, zones
        self.emissions, self.row_of, self.col_of = sample.emissions(zones)
        self.shielding = sample.shielding()
        self.layers = None

    def read(self, name, box, inside):
        """Cells inside zones of a layer on the grid, the sum of its bands; NaN where missing."""
        source = self.layers.open(name)
        total, missing = 0, False
        for band in source.indexes:
            values = self.layers.read(name, box, band)[inside]
            missing = missing | (values == source.nodata)
            total = total + values.astype(np.float64)
        return np.where(missing, np.nan, total)

    def read_soc(self, box, inside):
        """kg m-2: the mean over the parts of a cell, where half of them are valid."""
        source, parts = self.layers.open("soc"), self.layers.parts("soc")
        scale = source.scales[0] * 0.1  # t ha-1 to kg m-2
        if parts == 1:
            return self.read("soc", box, inside) * scale
        values = self.layers.read("soc", box)
        valid = values != source.nodata
        shape = (box.shape[0], parts, box.shape[1], parts)
        count = valid.reshape(shape).sum(axis=(1, 3), dtype=np.int32)[inside]
        total = np.where(valid, values, 0).reshape(shape).sum(axis=(1, 3), dtype=np.int64)[inside]
        return np.where(count * 2 >= parts**2, total / np.maximum(count, 1) * scale, np.nan)

    def compute(self, top, bottom):
        """First row of the strip, its cells inside zones, their fluxes, and the tonnes of every zone."""
        self.layers = self.layers or Layers(self.sample)
        box = Box(self.sample, top, bottom, 0, self.sample.cols)
        inside = self.zones[box.slices] > 0
        zone = self.zones[box.slices][inside]
        rows, cols = np.nonzero(inside)
        rows += top
        inputs = (self.read("precipitation", box, inside) * self.layers.p_scale,
                  self.layers.et_on_grid(box)[inside], self.read("temperature", box, inside),
                  self.layers.npp(box)[inside], self.read_soc(box, inside),
                  self.layers.read("lithology", box)[inside],
                  self.shielding[self.layers.read("soil", box)[inside]])
        result = np.empty((len(FLUXES), zone.size), np.float32)
        totals = np.zeros((len(FLUXES), max(self.sample.counties) + 1))
        for first in range(0, zone.size, PIECE):
            piece = slice(first, first + PIECE)
            ccsf, scsf, nep = fluxes(*(layer[piece] for layer in inputs))
            ce = self.emissions[self.row_of[rows[piece]], self.col_of[cols[piece]]]
            area = self.sample.area[rows[piece]]
            for index, flux in enumerate((ccsf, scsf, nep, ce, add_valid(ccsf, scsf, nep))):
                result[index, piece] = flux
                totals[index] += np.bincount(zone[piece], np.nan_to_num(flux) * area, totals.shape[1])
        return top, inside, result, totals


def compute(strip):
    """In a process of the pool, which inherits the strips."""
    return Strips.shared.compute(*strip)


def main():
    sample, out = Sample(sys.argv[1]), pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    zones = sample.zones()
    Strips.shared = Strips(sample, zones)
    edges = next(Layers(sample).edges())
    strips = sorted(zip(edges, edges[1:]), key=lambda strip: -np.count_nonzero(zones[slice(*strip)]))
    totals = 0
    with multiprocessing.get_context("fork").Pool(2) as pool:
        files = [create(sample, out / f"{name}.tif") for name in FLUXES]
        for top, inside, result, of_strip in pool.imap_unordered(compute, strips):
            plane = np.full(inside.shape, np.nan, np.float32)
            for file, values in zip(files, result):
                plane[inside] = values
                file.write(plane, 1, window=Box(sample, top, top + len(plane), 0, sample.cols).window)
            totals = totals + of_strip
        for file in files:
            file.close()
    sample.write_zones(out, totals)


if __name__ == "__main__":
    main()
