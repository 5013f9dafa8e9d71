#!/usr/bin/python3
"""cnci export: the cube's bits as GeoTIFFs that stand GDAL's own checks, and what it refuses."""

import os
import shutil
import signal
import subprocess
import time

import netCDF4
import numpy as np
from osgeo import gdal
from osgeo_utils.samples import validate_cloud_optimized_geotiff as cog_check

from support import CNCI, RunsOfASample, main, measured, must, output_digest, run

gdal.UseExceptions()
# More than one block of a TIFF, and an even number of cells both ways.
FINE = ("--set", "grid.resolution=1/1200", "--set", "grid.extent=106.4,26.3,107,26.75")

# 9000 x 9000 cells, most of them far from any zone.
WIDE = ("--set", "grid.resolution=1/1200", "--set", "grid.extent=103,23,110.5,30.5")


def bits(values):
    return np.ascontiguousarray(values, "f4").view("u4")


def field(cube, variable, year):
    with netCDF4.Dataset(cube) as root:
        root.set_auto_mask(False)
        years = [d.year for d in netCDF4.num2date(root["time"][:], root["time"].units,
                                                  root["time"].calendar)]
        return root[variable][years.index(year)]


class Export(RunsOfASample):
    def finished(self, *settings):
        result = self.run_job(*settings)
        self.assertEqual(result.code, 0, result)

    def test_values_are_the_cubes_bit_for_bit(self):
        self.finished("--set", "years=2018-2019", "--set", "output.variables=ccsf,sink,branch",
                      "--set", "output.chunk=50", "--set", "grid.tile=50")
        for form in ("cog", "gtiff"):
            for variable in ("ccsf", "sink", "branch"):
                for year in (2018, 2019):
                    into = self.work / f"{form}_{variable}_{year}.tif"
                    must("export", self.out, "--variable", variable, "--year", year, "--format", form,
                         "--into", into)
                    raster = gdal.Open(str(into))
                    want = field(self.out / "cube.nc", variable, year)
                    self.assertTrue(np.isnan(want).any() and not np.isnan(want).all())
                    np.testing.assert_array_equal(bits(raster.ReadAsArray()), bits(want))

    def test_it_says_what_and_where_it_is(self):
        self.finished()
        done = must("export", self.out, "--variable", "sink")
        self.assertIn("sink of 2019", done.out)
        raster = gdal.Open(str(self.out / "sink_2019.tif"))
        cube = gdal.Open(f'NETCDF:"{self.out / "cube.nc"}":sink')
        np.testing.assert_allclose(raster.GetGeoTransform(), cube.GetGeoTransform(), rtol=1e-14)
        self.assertTrue(raster.GetSpatialRef().IsSame(cube.GetSpatialRef()))
        band = raster.GetRasterBand(1)
        self.assertEqual(band.DataType, gdal.GDT_Float32)
        self.assertTrue(np.isnan(band.GetNoDataValue()))
        self.assertEqual(band.GetUnitType(), "t km-2 year-1")
        self.assertEqual(band.GetDescription(), "sink")
        about = band.GetMetadata()
        self.assertEqual(about["year"], "2019")
        self.assertEqual(about["long_name"], "total carbon sink flux expressed as carbon dioxide")
        self.assertRegex(raster.GetMetadata()["TIFFTAG_SOFTWARE"], r"^cnci \S+, kernels ")
        self.assertIn("doi:", raster.GetMetadata()["references"])
        self.assertNotIn("TIFFTAG_DATETIME", raster.GetMetadata())
        layout = raster.GetMetadata("IMAGE_STRUCTURE")
        self.assertEqual((layout["COMPRESSION"], layout["PREDICTOR"], layout["LAYOUT"]),
                         ("DEFLATE", "3", "COG"))
        self.assertFalse((self.out / "sink_2019.tif.aux.xml").exists())

    def test_a_cog_is_one_by_gdals_own_check_and_its_overviews_are_means(self):
        self.finished(*FINE, "--set", "output.variables=sink,branch")
        for variable in ("sink", "branch"):
            must("export", self.out, "--variable", variable)
            name = str(self.out / f"{variable}_2019.tif")
            warnings, errors, _ = cog_check.validate(name, full_check=True)
            self.assertEqual((warnings, errors), ([], []))
            raster = gdal.Open(name)
            band = raster.GetRasterBand(1)
            self.assertGreater(band.GetOverviewCount(), 0)
            small = band.GetOverview(0).ReadAsArray()
            full = field(self.out / "cube.nc", variable, 2019).reshape(270, 2, 360, 2)
            self.assertEqual(small.shape, (270, 360))
            if variable == "sink":
                whole = ~np.isnan(full).any(axis=(1, 3))
                np.testing.assert_allclose(small[whole], full.mean(axis=(1, 3))[whole], rtol=1e-5)
            else:  # classes have no mean
                self.assertLessEqual(set(np.unique(small[~np.isnan(small)])),
                                     set(np.unique(full[~np.isnan(full)])))

    def test_a_plain_one_is_tiled_and_projected_ones_lie_right(self):
        self.finished("--set", "grid.crs=EPSG:32648", "--set", "grid.resolution=1000")
        must("export", self.out, "--variable", "nep", "--format", "gtiff")
        raster = gdal.Open(str(self.out / "nep_2019.tif"))
        cube = gdal.Open(f'NETCDF:"{self.out / "cube.nc"}":nep')
        self.assertEqual(raster.GetRasterBand(1).GetBlockSize(), [512, 512])
        self.assertEqual(raster.GetSpatialRef().GetAuthorityCode(None), "32648")
        self.assertEqual(raster.GetGeoTransform(), cube.GetGeoTransform())

    def test_every_year_of_yearly_cubes_is_found_and_the_latest_is_taken(self):
        self.finished("--set", "years=2018-2019", "--set", "output.files=yearly")
        must("export", self.out, "--variable", "ce", "--year", "2018")
        must("export", self.out, "--variable", "ce")
        for year in (2018, 2019):
            got = gdal.Open(str(self.out / f"ce_{year}.tif")).ReadAsArray()
            np.testing.assert_array_equal(
                bits(got), bits(field(self.out / f"cube_{year}.nc", "ce", year)))
        wrong = run("export", self.out, "--variable", "ce", "--year", "2017")
        self.assertEqual(wrong.code, 2)
        self.assertIn("there is no year 2017 (years: 2018, 2019)", wrong.err)

    def test_the_same_cube_gives_the_same_bytes(self):
        self.finished()
        for form in ("cog", "gtiff"):
            for name in ("a", "b"):
                must("export", self.out, "--variable", "sink", "--format", form, "--into",
                     self.work / f"{name}_{form}.tif")
            self.assertEqual((self.work / f"a_{form}.tif").read_bytes(),
                             (self.work / f"b_{form}.tif").read_bytes())

    def test_what_it_left_beside_the_results_is_in_nobodys_way(self):
        self.finished()
        before = output_digest(self.out)
        must("export", self.out, "--variable", "sink")
        exported = (self.out / "sink_2019.tif").read_bytes()
        again = self.run_job()
        self.assertEqual(again.code, 0, again)
        self.assertIn("complete", again.err + again.out)
        again = self.run_job("--fresh")
        self.assertEqual(again.code, 0, again)
        self.assertEqual(output_digest(self.out), before)
        self.assertEqual((self.out / "sink_2019.tif").read_bytes(), exported)

    def test_wrong_names_are_answered_with_those_there_are(self):
        self.finished()
        for flags, words in (
                (["--variable", "snk"], ["'snk'", "did you mean 'sink'?", "(variables: ccsf, scsf"]),
                ([], ["--variable is absent"]),
                (["--variable", "sink", "--format", "gif"], ["--format", "cog"]),
                (["--variable", "sink", "--into", self.out / "cube.nc"], ["name of a result"]),
                (["--variable", "sink", "--into", self.out / "run.json"], ["name of a result"])):
            wrong = run("export", self.out, *flags)
            self.assertEqual(wrong.code, 2, wrong)
            for word in words:
                self.assertIn(word, wrong.err)
        self.assertEqual(run("export", self.out, "--variable", "sink", "--into", self.work).code, 1)

    def test_a_file_that_is_there_stays_unless_told_otherwise(self):
        self.finished()
        mine = self.work / "mine.tif"
        mine.write_text("mine")
        refused = run("export", self.out, "--variable", "sink", "--into", mine)
        self.assertEqual(refused.code, 1)
        self.assertIn("--force", refused.err)
        self.assertEqual(mine.read_text(), "mine")
        must("export", self.out, "--variable", "sink", "--into", mine, "--force")
        self.assertIsNotNone(gdal.Open(str(mine)))
        self.assertEqual(sorted(p.name for p in self.work.iterdir()), ["mine.tif", "out"])

    def test_an_incomplete_output_is_refused(self):
        self.finished()
        (self.out / "run.json").unlink()
        refused = run("export", self.out, "--variable", "sink")
        self.assertEqual(refused.code, 1)
        self.assertIn("incomplete output", refused.err)
        absent = run("export", self.work / "none", "--variable", "sink")
        self.assertIn("no such folder", absent.err)

    def test_nothing_is_left_where_it_cannot_be_written(self):
        self.finished()
        refused = run("export", self.out, "--variable", "sink", "--into", self.work / "none/a.tif")
        self.assertEqual(refused.code, 1)
        self.assertIn("none/a.tif: cannot be written", refused.err)
        # A chunk that cannot be inflated ends it, and the file of before stays.
        kept = self.work / "kept.tif"
        must("export", self.out, "--variable", "sink", "--into", kept)
        before = kept.read_bytes()
        whole = self.work / "whole"
        shutil.copytree(self.out, whole)
        damage_chunk(whole / "cube.nc", "sink")
        failed = run("export", whole, "--variable", "sink", "--into", kept, "--force")
        self.assertEqual(failed.code, 1, failed)
        self.assertIn("read the values of sink", failed.err)
        self.assertEqual(kept.read_bytes(), before)
        self.assertFalse(list(self.work.glob(".*")))

    def test_one_that_was_killed_leaves_nothing_behind_for_long(self):
        self.finished(*WIDE)
        command = [CNCI, "export", self.out, "--variable", "sink", "--into", self.work / "a.tif"]
        killed = subprocess.Popen([str(c) for c in command], stdout=subprocess.DEVNULL)
        while not list(self.work.glob(".a.tif.*")) and killed.poll() is None:
            time.sleep(0.005)
        killed.kill()
        self.assertEqual(killed.wait(), -signal.SIGKILL)
        self.assertTrue(list(self.work.glob(".a.tif.*")))
        self.assertFalse((self.work / "a.tif").exists())
        # The whole field would take 324 MB.
        _, megabytes = measured(*command[1:])
        if "CNCI_SANITIZE" not in os.environ:
            self.assertLess(megabytes, 230)
        self.assertEqual(sorted(p.name for p in self.work.iterdir()), ["a.tif", "out"])


def damage_chunk(cube, variable):
    import h5py

    with h5py.File(cube) as file:
        stored = file[variable].id.get_chunk_info(0)
    with open(cube, "r+b") as file:
        file.seek(stored.byte_offset)
        file.write(b"\xff" * min(stored.size, 64))


if __name__ == "__main__":
    main()
