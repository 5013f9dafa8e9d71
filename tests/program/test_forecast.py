#!/usr/bin/python3
"""Forecasts: a rank takes no more memory, and a run no more disk, than `cnci check` says."""

import contextlib
import os
import re
import shutil
import subprocess
import unittest

from osgeo import ogr

from support import Folder, main, measured, must, run, small_sample

ogr.UseExceptions()
SANITIZED = "CNCI_SANITIZE" in os.environ
MOST_RESIDENT_MB = 300  # the design's bound at tiles of 512, for any grid and number of years


@contextlib.contextmanager
def like_counties(counties, path):
    """Writes a file of zones with the counties' attributes: gives the counties, and a function that adds
    one of them with another geometry."""
    source = ogr.Open(str(counties))
    layer = source.GetLayer(0)
    made = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    to = made.CreateLayer("counties", layer.GetSpatialRef(), ogr.wkbMultiPolygon)
    for field in layer.schema:
        to.CreateField(field)

    def add(county, geometry):
        feature = ogr.Feature(to.GetLayerDefn())
        feature.SetFrom(county)
        feature.SetGeometry(ogr.ForceToMultiPolygon(geometry))
        to.CreateFeature(feature)

    made.StartTransaction()
    yield layer, add
    made.CommitTransaction()


def archipelago(counties, path):
    """The counties as 200 triangles each, for what a ring takes beside its vertices."""
    with like_counties(counties, path) as (layer, add):
        for county in layer:
            west, _, south, _ = county.GetGeometryRef().GetEnvelope()
            points = [(west + 0.001 * (i % 20), south + 0.001 * (i // 20)) for i in range(200)]
            islands = ", ".join(f"(({x} {y}, {x + 0.0005} {y}, {x} {y + 0.0005}, {x} {y}))"
                                for x, y in points)
            add(county, ogr.CreateGeometryFromWkt(f"MULTIPOLYGON ({islands})"))


def apart(counties, path, vertices):
    """The counties shrunk, so that none shares a border, with so many vertices on every edge."""
    with like_counties(counties, path) as (layer, add):
        for county in layer:
            shape = county.GetGeometryRef()
            shape = shape if shape.GetGeometryName() == "POLYGON" else shape.GetGeometryRef(0)
            middle = shape.Centroid()
            ring = ogr.Geometry(ogr.wkbLinearRing)
            points = [(middle.GetX() + 0.9 * (x - middle.GetX()), middle.GetY() + 0.9 * (y - middle.GetY()))
                      for x, y, *_ in shape.GetGeometryRef(0).GetPoints()]
            for (x0, y0), (x1, y1) in zip(points, points[1:]):
                for i in range(vertices):
                    part = i / vertices
                    ring.AddPoint_2D(x0 + part * (x1 - x0), y0 + part * (y1 - y0))
            ring.CloseRings()
            polygon = ogr.Geometry(ogr.wkbPolygon)
            polygon.AddGeometry(ring)
            add(county, polygon)


def in_one_strip(path, value):
    """A raster round the small sample of 6000 x 5000 pixels in one block (120 MB), all of a value. Made by
    another process: what this one takes counts as its children's, up to their exec."""
    subprocess.run(["gdal_create", "-q", "-of", "GTiff", "-outsize", "6000", "5000", "-bands", "1", "-burn",
                    str(value), "-ot", "Float32", "-a_srs", "EPSG:4326", "-a_ullr", "106", "27", "107.5", "26",
                    "-co", "COMPRESS=DEFLATE", "-co", "BLOCKYSIZE=5000", str(path)], check=True)


@unittest.skipIf(SANITIZED, "sanitizers take memory of their own")
class Forecast(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = Folder()
        cls.province = folder.__enter__() / "province"
        cls.addClassCleanup(folder.__exit__)
        must("sample", cls.province, "--size", "province")

    def setUp(self):
        folder = Folder()
        self.work = folder.__enter__()
        self.addCleanup(folder.__exit__)

    def figures(self, job, *extra):
        """Forecast and peak, in MB."""
        args = (job, "--set", f"output.path={self.work}/out", *extra)
        shutil.rmtree(self.work / "out", ignore_errors=True)
        said = must("check", *args)
        forecast = int(re.search(r"forecast memory (\d+) MB", said.out).group(1))
        return forecast, measured("run", *args, "--quiet")[1]

    def test_a_province_takes_what_was_forecast_and_no_more_than_the_bound(self):
        job = self.province / "job.ini"
        for tile in (64, 512):
            forecast, peak = self.figures(job, "--set", f"grid.tile={tile}")
            self.assertLess(peak, forecast)
            self.assertLess(forecast, 1.75 * peak)
            self.assertLess(peak, MOST_RESIDENT_MB)

    def test_a_nation_and_ten_years_of_it_stay_within_the_bound(self):
        must("sample", self.work / "nation", "--size", "national")
        for year in range(2010, 2019):
            (self.work / f"nation/emissions_{year}.nc").symlink_to("emissions_2019.nc")
        for years in ("2019", "2010-2019"):
            with self.subTest(years=years):
                forecast, peak = self.figures(self.work / "nation/job.ini", "--set", f"years={years}")
                self.assertLess(peak, forecast)
                self.assertLess(peak, MOST_RESIDENT_MB)

    def test_zones_and_years_count(self):
        job = self.province / "job.ini"
        fine = self.work / "fine.gpkg"
        subprocess.run(["ogr2ogr", "-segmentize", "0.0003", fine,
                        self.province / "counties.gpkg"], check=True)
        for year in range(2000, 2019):
            (self.province / f"emissions_{year}.nc").symlink_to("emissions_2019.nc")
        coarse = ("--set", "grid.tile=64", "--set", "grid.resolution=1/12")
        plain = self.figures(job, *coarse)
        for extra in (("--set", f"zones.path={fine}"), ("--set", "years=2000-2019")):
            forecast, peak = self.figures(job, *coarse, *extra)
            self.assertLess(peak, forecast)
            self.assertGreater(forecast, plain[0])

    def test_zones_that_share_no_border_count(self):
        zones = self.work / "apart.gpkg"
        apart(self.province / "counties.gpkg", zones, 200)
        forecast, peak = self.figures(self.province / "job.ini", "--set", "grid.tile=64", "--set",
                                      "grid.resolution=1/12", "--set", f"zones.path={zones}")
        self.assertLess(peak, forecast)
        self.assertGreater(peak, 2 * MOST_RESIDENT_MB, "the zones are no burden")

    def test_layers_of_large_blocks_are_not_decoded_at_once(self):
        keys = {"layer.precipitation.bands": "1", "layer.precipitation.reduce": "none",
                "layer.precipitation.scale": "1", "layer.npp.scale": "1"}
        values = {"precipitation": 1000, "temperature": 15, "evapotranspiration": 500, "npp": 0.5, "soc": 50}
        for name, value in values.items():
            in_one_strip(self.work / f"{name}.tif", value)
            keys[f"layer.{name}.path"] = self.work / f"{name}.tif"
        changes = [text for key, value in keys.items() for text in ("--set", f"{key}={value}")]
        forecast, peak = self.figures(small_sample() / "job.ini", *changes)
        self.assertLess(peak, forecast)

    def test_a_run_takes_no_more_disk_than_was_forecast(self):
        sample = self.work / "sample"
        shutil.copytree(small_sample(), sample)
        for year in range(1900, 2018):
            (sample / f"emissions_{year}.nc").symlink_to("emissions_2019.nc")
        fine = self.work / "fine.gpkg"
        subprocess.run(["ogr2ogr", "-segmentize", "0.007", fine, sample / "counties.gpkg"],
                       check=True)
        text = (sample / "job.ini").read_text(encoding="utf-8")
        islands = self.work / "islands.gpkg"
        archipelago(sample / "counties.gpkg", islands)
        for levels, zones in (("county", fine), ("province, prefecture, county", fine),
                              ("county", islands), ("province, prefecture, county", islands)):
            with self.subTest(levels=levels, zones=zones.stem):
                job = sample / f"{zones.stem}-{len(levels)}.ini"
                others = "|".join({"province", "prefecture"} - set(levels.split(", ")) or {"-"})
                job.write_text(re.sub(rf"(?m)^({others})\.\w+ *=.*\n", "", text).replace(
                    "province, prefecture, county", levels), encoding="utf-8")
                out = self.work / job.stem
                args = (job, "--set", f"zones.path={zones}", "--set", "years=1900-2019", "--set",
                        "grid.resolution=1/12", "--set", "grid.tile=64", "--set",
                        f"output.path={out}")
                said = must("check", *args)
                forecast = int(re.search(r"disk (\d+) MB", said.out).group(1))
                must("run", *args, "--keep-tiles", "--quiet")
                taken = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
                self.assertLess(taken / 2**20, forecast)
                self.assertGreater(taken / 2**20, 4, "tables of little say little")

    def test_large_blocks_count(self):
        sample = small_sample()
        layers = {"temperature": "DEFLATE", "soc": "LZW"}
        extra = []
        for layer, compression in layers.items():
            path = self.work / f"{layer}.tif"
            subprocess.run(["gdal_translate", "-q", "-outsize", "4500", "4500", "-co",
                            f"COMPRESS={compression}", "-co", "BLOCKYSIZE=4500",
                            next(sample.glob(f"{layer}*.tif")), path], check=True)
            extra += ["--set", f"layer.{layer}.path={path}"]
        forecast, peak = self.figures(sample / "job.ini", *extra)
        self.assertGreater(peak, 200, "blocks of 80 MB are not decoded in less")
        self.assertLess(peak, forecast)
        refused = run("check", sample / "job.ini", *extra, "--memory", 200, "--set",
                      f"output.path={self.work}/other")
        self.assertEqual(refused.code, 1, refused)
        self.assertIn("--memory allows 200 MB", refused.err)


if __name__ == "__main__":
    main()
