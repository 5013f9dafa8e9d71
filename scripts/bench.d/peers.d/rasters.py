"""What the peers that read with rasterio share: windows of the layers, and NPP and ET on the grid."""

import threading

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.transform import from_origin
from rasterio.warp import reproject, transform_bounds
from rasterio.windows import Window, from_bounds

from sample import GTIFF, PER_DEGREE

BLOCK = 512  # of the sources


class Box:
    """Rows top to bottom and columns left to right of the grid, the ends not included."""

    def __init__(self, sample, top, bottom, left, right):
        self.top, self.bottom, self.left, self.right = top, bottom, left, right
        self.shape = bottom - top, right - left
        self.transform = from_origin(sample.west + left / PER_DEGREE, sample.north - top / PER_DEGREE,
                                     1 / PER_DEGREE, 1 / PER_DEGREE)
        self.slices = slice(top, bottom), slice(left, right)
        self.window = Window(left, top, right - left, bottom - top)


class Layers:
    """The files of a sample; each thread opens its own."""

    def __init__(self, sample):
        self.sample = sample
        self.of_thread = threading.local()
        with self.open("npp") as source:
            self.npp_scale = float(sample.option("npp", "scale", source.scales[0])) * 1000
        self.p_scale = float(sample.option("precipitation", "scale", 1))
        with rasterio.open(sample.path("evapotranspiration.tif")) as source:
            self.et = source.read(1, masked=True).filled(np.nan), source.transform

    def open(self, name):
        """The file of a layer, opened once."""
        source = getattr(self.of_thread, name, None)
        if source is None or source.closed:
            source = rasterio.open(self.sample.path(name + ".tif"))
            setattr(self.of_thread, name, source)
        return source

    def edges(self):
        """Rows and columns of the grid at which blocks of the sources begin, and its ends."""
        transform = self.open("temperature").transform
        for size, offset in ((self.sample.rows, (transform.f - self.sample.north) * PER_DEGREE),
                             (self.sample.cols, (self.sample.west - transform.c) * PER_DEGREE)):
            yield [0, *range(BLOCK - round(offset) % BLOCK, size, BLOCK), size]

    def parts(self, name):
        """How many cells of a file lie along a cell of the grid."""
        return round(1 / (self.open(name).res[0] * PER_DEGREE))

    def read(self, name, box, bands=1):
        """Raw values of a file whose cells are those of the grid, or parts of them."""
        source, parts = self.open(name), self.parts(name)
        col = round((self.sample.west - source.transform.c) * PER_DEGREE) + box.left
        row = round((source.transform.f - self.sample.north) * PER_DEGREE) + box.top
        return source.read(bands, window=Window(col * parts, row * parts, box.shape[1] * parts,
                                                box.shape[0] * parts))

    def npp(self, box):
        """g C m-2, float32: as it is, or the mean by area from a sinusoidal grid, where half of a cell
        is valid."""
        source = self.open("npp")
        if source.crs.is_geographic:
            values = self.read("npp", box)
            return np.where(values > 32760, np.float32(np.nan), values * np.float32(self.npp_scale))
        west, north = box.transform.c, box.transform.f
        bounds = transform_bounds("EPSG:4326", source.crs, west, north - box.shape[0] / PER_DEGREE,
                                  west + box.shape[1] / PER_DEGREE, north)
        window = from_bounds(*bounds, source.transform).round_offsets().round_lengths()
        window = Window(window.col_off - 2, window.row_off - 2, window.width + 4, window.height + 4)
        window = window.intersection(Window(0, 0, source.width, source.height))
        values = source.read(1, window=window).astype(np.float32)
        valid = values <= 32760
        planes = np.where(valid, values, np.nan), valid.astype(np.float32)
        mean, share = (np.full(box.shape, np.nan, np.float32) for _ in planes)
        for plane, target in zip(planes, (mean, share)):
            reproject(plane, target, src_transform=source.window_transform(window), src_crs=source.crs,
                      src_nodata=np.nan, dst_transform=box.transform, dst_crs="EPSG:4326",
                      dst_nodata=np.nan, resampling=Resampling.average)
        return np.where(share >= 0.5, mean * np.float32(self.npp_scale), np.float32(np.nan))

    def et_on_grid(self, box):
        """mm, float32, bilinear from 0.25 degree."""
        values, transform = self.et
        target = np.full(box.shape, np.nan, np.float32)
        reproject(values, target, src_transform=transform, src_crs="EPSG:4326", src_nodata=np.nan,
                  dst_transform=box.transform, dst_crs="EPSG:4326", dst_nodata=np.nan,
                  resampling=Resampling.bilinear)
        return target


def create(sample, path):
    """A GeoTIFF for a flux."""
    return rasterio.open(path, "w", driver="GTiff", dtype="float32", count=1, width=sample.cols,
                         height=sample.rows, crs="EPSG:4326", nodata=np.nan,
                         transform=from_origin(sample.west, sample.north, 1 / PER_DEGREE, 1 / PER_DEGREE),
                         **GTIFF)
