#!/usr/bin/python3
"""dask and xarray (rioxarray), two threads.

    dask_xarray.py SAMPLE OUT

All layers become lazy arrays in the same chunks, those of the sources; a map_blocks over them computes
the five fluxes of a chunk; their sums by zone and the files come out of the same graph. The files stay
open until the end: rioxarray's to_raster opens them anew for every chunk and compresses tiles again."""

import functools
import pathlib
import sys
import threading

import dask
import dask.array as da
import numpy as np
import rioxarray
from rasterio.windows import Window

from equations import add_valid, fluxes
from rasters import Box, Layers, create
from sample import FLUXES, PER_DEGREE, Sample

PIECE = 16384  # cells


def open_layer(sample, name, edges):
    """A layer whose cells are the grid's, or parts of them, cut to it, in chunks of the sources."""
    layer = rioxarray.open_rasterio(sample.path(name + ".tif"), chunks={"x": 512, "y": 512}, lock=False)
    west, _, _, north = layer.rio.bounds()
    parts = round(1 / (abs(layer.rio.resolution()[0]) * PER_DEGREE))
    row, col = (round((north - sample.north) * PER_DEGREE), round((sample.west - west) * PER_DEGREE))
    cut = layer.isel(y=slice(row * parts, (row + sample.rows) * parts),
                     x=slice(col * parts, (col + sample.cols) * parts))
    rows, cols = (tuple(np.diff(edge) * parts) for edge in edges)
    return cut.chunk({"band": -1, "y": rows, "x": cols})


def masked(layer, scale=1.0):
    """float64, scaled, NaN where missing."""
    return layer.where(layer != layer.rio.nodata).astype(np.float64) * scale


def read_soc(sample, edges):
    """kg m-2: the mean over the parts of a cell, where half of them are valid."""
    layer = open_layer(sample, "soc", edges).squeeze("band", drop=True)
    parts = layer.sizes["y"] // sample.rows
    soc = masked(layer, layer.attrs["scale_factor"] * 0.1)
    if parts > 1:
        cells = soc.coarsen(y=parts, x=parts)
        soc = cells.mean().where(soc.notnull().coarsen(y=parts, x=parts).mean() >= 0.5)
    return soc.data


def of_box(read, sample, block_info=None):
    """A chunk of a layer that a function of a box of the grid reads."""
    (top, bottom), (left, right) = block_info[None]["array-location"]
    return read(Box(sample, top, bottom, left, right))


def compute(zone, p, et, t, npp, soc, rock, soil, ce, shielding=None):
    """The five fluxes of a chunk; NaN outside zones."""
    inside = zone > 0
    result = np.full((len(FLUXES), *zone.shape), np.nan, np.float32)
    inputs = [layer[inside] for layer in (p, et, t, npp, soc, rock)] + [shielding[soil[inside]]]
    values = np.empty((3, inputs[0].size))
    for first in range(0, inputs[0].size, PIECE):
        piece = slice(first, first + PIECE)
        values[:, piece] = fluxes(*(layer[piece] for layer in inputs))
    for plane, flux in zip(result, (*values, ce[inside], add_valid(*values))):
        plane[inside] = flux
    return result


def sum_zones(zone, result, area):
    """Tonnes of every zone in a chunk, up to the last zone there."""
    return [np.bincount(zone.ravel(), (np.nan_to_num(flux) * area[:, None]).ravel()) for flux in result]


class Target:
    """A file that dask stores chunks in; it stays open until all are there."""

    def __init__(self, file):
        self.file, self.lock = file, threading.Lock()

    def __setitem__(self, slices, chunk):
        with self.lock:
            self.file.write(chunk, 1, window=Window.from_slices(*slices))


def main():
    sample, out = Sample(sys.argv[1]), pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    layers = Layers(sample)
    edges = list(layers.edges())
    chunks = tuple(tuple(np.diff(edge)) for edge in edges)
    zones = sample.zones()
    emissions, row_of, col_of = sample.emissions(zones)

    precipitation = masked(open_layer(sample, "precipitation", edges), layers.p_scale)
    grid = functools.partial(da.map_blocks, of_box, sample=sample, chunks=chunks)
    inputs = (precipitation.sum("band", skipna=False).data,
              grid(layers.et_on_grid, dtype=np.float32),
              masked(open_layer(sample, "temperature", edges))[0].data,
              grid(layers.npp, dtype=np.float32), read_soc(sample, edges),
              open_layer(sample, "lithology", edges)[0].data, open_layer(sample, "soil", edges)[0].data,
              grid(lambda box: emissions[np.ix_(row_of[box.slices[0]], col_of[box.slices[1]])],
                   dtype=np.float64))
    result = da.map_blocks(compute, da.from_array(zones, chunks=chunks), *inputs,
                           shielding=sample.shielding(), dtype=np.float32,
                           chunks=((len(FLUXES),), *chunks), new_axis=0)

    boxes = [Box(sample, *rows, *cols) for rows in zip(edges[0], edges[0][1:])
             for cols in zip(edges[1], edges[1][1:])]
    sums = [dask.delayed(sum_zones)(zones[box.slices], result_of_box, sample.area[box.slices[0]])
            for box, result_of_box in zip(boxes, result.to_delayed().ravel())]
    files = [create(sample, out / f"{name}.tif") for name in FLUXES]
    stored = da.store(list(result), [Target(file) for file in files], lock=False, compute=False)
    with dask.config.set(scheduler="threads", num_workers=2):
        _, sums = dask.compute(stored, sums)
        dask.compute([dask.delayed(file.close)() for file in files])
    totals = np.zeros((len(FLUXES), max(sample.counties) + 1))
    for of_a_box in sums:
        for total, part in zip(totals, of_a_box):
            total[:part.size] += part
    sample.write_zones(out, totals)


if __name__ == "__main__":
    main()
