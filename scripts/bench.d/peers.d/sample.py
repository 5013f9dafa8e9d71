"""What every peer needs of a sample of `cnci sample`: its grid, zones, emissions and results."""

import configparser
import csv
import pathlib

import numpy as np
from osgeo import gdal, ogr

gdal.UseExceptions()

FLUXES = ("ccsf", "scsf", "nep", "ce", "sink")
PER_DEGREE = 120  # cells of 30 arc-seconds
SECONDS_OF_YEAR = 365 * 86400  # 2019
GTIFF = {"COMPRESS": "DEFLATE", "ZLEVEL": "1", "NUM_THREADS": "2", "TILED": "YES", "BLOCKXSIZE": "512",
         "BLOCKYSIZE": "512", "SPARSE_OK": "TRUE", "PREDICTOR": "3",
         "DISCARD_LSB": "8"}  # 16 significant bits, as cnci keeps by default


def area_to_equator(degrees):
    """km2 of a degree of longitude between the equator and latitudes, on the ellipsoid WGS84."""
    a, f = 6378.137, 1 / 298.257223563
    e = np.sqrt(f * (2 - f))
    sine = np.sin(np.radians(degrees))
    return np.pi / 360 * a**2 * (1 - e**2) * (sine / (1 - (e * sine)**2) + np.arctanh(e * sine) / e)


class Sample:
    """A folder made by `cnci sample`, and the grid that `extent = zones` gives it."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.job = configparser.ConfigParser(interpolation=None)
        self.job.read_string("[job]\n" + (self.folder / "job.ini").read_text(encoding="utf-8"))
        vector = ogr.Open(str(self.folder / "counties.gpkg"))
        west, east, south, north = vector.GetLayer(0).GetExtent()
        self.counties = {feature.GetFID(): (feature["Code_County"], feature["Code_Province"])
                         for feature in vector.GetLayer(0)}
        self.first_col, self.last_col = (int(np.floor(west * PER_DEGREE)),
                                         int(np.ceil(east * PER_DEGREE)))
        self.top, self.bottom = int(np.ceil(north * PER_DEGREE)), int(np.floor(south * PER_DEGREE))
        self.cols, self.rows = self.last_col - self.first_col, self.top - self.bottom
        self.west, self.north = self.first_col / PER_DEGREE, self.top / PER_DEGREE
        edges = area_to_equator((self.top - np.arange(self.rows + 1)) / PER_DEGREE)
        self.area = (edges[:-1] - edges[1:]) / PER_DEGREE  # km2 of a cell, by row

    def path(self, name):
        """Path of an input."""
        return str(self.folder / name)

    def bounds(self):
        """west, south, east, north."""
        return (self.west, self.bottom / PER_DEGREE, self.last_col / PER_DEGREE, self.north)

    def option(self, layer, key, default):
        """What job.ini says of a layer."""
        return self.job.get(f"layer.{layer}", key, fallback=default)

    def zones(self):
        """The feature id of the county that holds a cell's centre, 0 in none."""
        data = gdal.Rasterize("", self.path("counties.gpkg"), format="MEM", attribute="id",
                              SQLStatement="SELECT fid + 0 AS id, geom FROM counties",
                              outputBounds=self.bounds(), width=self.cols, height=self.rows,
                              outputType=gdal.GDT_UInt16)
        return data.ReadAsArray()

    def emissions(self, zones):
        """t CO2 per km2 and year of the 0.1 degree cells, and the row and column among them of each
        row and column of the grid. Longitudes of the file may be 0 to 360, its cells those of the planet.
        With `distribute = zoned` the tonnes of a cell go to the part of it that is inside zones."""
        step = PER_DEGREE // 10
        coarse_top, coarse_left = -(-self.top // step), self.first_col // step
        row_of = coarse_top - 1 - (self.top - 1 - np.arange(self.rows)) // step
        col_of = (self.first_col + np.arange(self.cols)) // step - coarse_left
        data = gdal.Open(f'NETCDF:"{self.path("emissions_2019.nc")}":fluxes')
        x0, _, _, y0, _, _ = data.GetGeoTransform()
        flux = data.GetRasterBand(1).ReadAsArray(
            coarse_left - round(x0 * 10), round(y0 * 10) - coarse_top,
            int(col_of[-1]) + 1, int(row_of[-1]) + 1).astype(np.float64)
        flux *= SECONDS_OF_YEAR * 1000
        if self.option("emissions", "distribute", "uniform") == "zoned":
            edges = area_to_equator((coarse_top - np.arange(flux.shape[0] + 1)) / 10)
            tonnes = flux * ((edges[:-1] - edges[1:]) / 10)[:, None]
            inside = np.add.reduceat((zones > 0).astype(np.float32),
                                     np.flatnonzero(np.diff(col_of, prepend=-1)), axis=1)
            inside = np.add.reduceat(inside * self.area[:, None],
                                     np.flatnonzero(np.diff(row_of, prepend=-1)), axis=0)
            np.divide(tonnes, inside, out=flux, where=inside > 0)
        return flux, row_of, col_of

    def shielding(self):
        """Shielding factor by class of soil; NaN where there is none."""
        table = np.full(256, np.nan)
        for pair in self.option("shielding_factor", "classes", "").split(","):
            number, factor = pair.split(":")
            table[int(number)] = float(factor)
        return table

    def write_zones(self, out, totals):
        """zones.csv: tonnes by county, and by province; totals holds a row for each flux, by feature id."""
        provinces = {}
        with open(pathlib.Path(out) / "zones.csv", "w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(("level", "code", *(f"{flux}_t" for flux in FLUXES)))
            for number, (county, province) in self.counties.items():
                row = totals[:, number]
                provinces[province] = provinces.get(province, 0) + row
                table.writerow(("county", county, *row))
            for province, row in sorted(provinces.items()):
                table.writerow(("province", province, *row))
