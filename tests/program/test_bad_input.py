#!/usr/bin/python3
"""Bad input: one clear line per finding, all at once, a non-zero exit, nothing written."""

import os
import subprocess
import unittest

import numpy as np
from osgeo import gdal, ogr, osr

from support import Folder, main, must, run, small_sample

gdal.UseExceptions()


def square(x0, y0, x1, y1):
    return f"POLYGON (({x0} {y0},{x1} {y0},{x1} {y1},{x0} {y1},{x0} {y0}))"


def write_zones(path, features):
    """A GeoPackage of (code, parent, WKT) counties."""
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(4326)
    crs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    layer = source.CreateLayer("zones", crs, ogr.wkbPolygon)
    for name in ("CODE", "PROV"):
        layer.CreateField(ogr.FieldDefn(name, ogr.OFTString))
    for code, parent, wkt in features:
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetField("CODE", code)
        feature.SetField("PROV", parent)
        feature.SetGeometry(ogr.CreateGeometryFromWkt(wkt))
        layer.CreateFeature(feature)


def write_raster(path, values, crs=4326, x0=106.0, y0=27.0, step=0.1, dtype=gdal.GDT_Float32):
    """A GeoTIFF of bands (a list of arrays)."""
    bands = [np.asarray(v, dtype=float) for v in values]
    rows, cols = bands[0].shape
    raster = gdal.GetDriverByName("GTiff").Create(str(path), cols, rows, len(bands), dtype)
    raster.SetGeoTransform((x0, step, 0, y0, 0, -step))
    if crs:
        reference = osr.SpatialReference()
        reference.ImportFromEPSG(crs)
        raster.SetProjection(reference.ExportToWkt())
    for i, band in enumerate(bands, start=1):
        raster.GetRasterBand(i).WriteArray(band)


class BadInput(unittest.TestCase):
    """Each test spoils one thing of a small job that works."""

    def setUp(self):
        self.folder = Folder()
        self.work = self.folder.__enter__()
        ones = np.ones((20, 20))
        write_raster(self.work / "p.tif", [1200 * ones])
        write_raster(self.work / "p12.tif", [100 * ones] * 12)
        write_raster(self.work / "et.tif", [700 * ones])
        write_raster(self.work / "t.tif", [15 * ones])
        write_raster(self.work / "npp.tif", [800 * ones])
        write_raster(self.work / "soc.tif", [6 * ones])
        write_raster(self.work / "glim.tif", [6 * ones], dtype=gdal.GDT_Byte)
        write_raster(self.work / "ce.tif", [5000 * ones])
        write_zones(self.work / "zones.gpkg", [("11", "1", square(106.2, 25.4, 107, 26.6)),
                                               ("12", "1", square(107, 25.4, 107.6, 26.6))])
        self.job = self.work / "job.ini"
        self.lines = {
            "years": "2019", "grid.resolution": "0.1", "grid.tile": "64",
            "zones.path": "zones.gpkg", "zones.levels": "province, county",
            "zones.province.code": "PROV", "zones.county.code": "CODE",
            "layer.precipitation.path": "p.tif", "layer.precipitation.unit": "mm",
            "layer.evapotranspiration.path": "et.tif", "layer.evapotranspiration.unit": "mm",
            "layer.temperature.path": "t.tif", "layer.temperature.unit": "degC",
            "layer.npp.path": "npp.tif", "layer.npp.unit": "g m-2",
            "layer.soc.path": "soc.tif", "layer.soc.unit": "kg m-2",
            "layer.lithology.path": "glim.tif", "layer.lithology.legend": "glim",
            "layer.emissions.path": "ce.tif", "layer.emissions.unit": "t",
            "layer.emissions.substance": "CO2",
            "output.path": str(self.work / "out"),
        }

    def tearDown(self):
        os.chmod(self.work, 0o755)
        self.folder.__exit__()

    def write_job(self, **changes):
        lines = dict(self.lines)
        for key, value in changes.items():
            key = key.replace("__", ".")
            if value is None:
                lines.pop(key, None)
            else:
                lines[key] = value
        sections = {}
        for key, value in lines.items():
            section, name = key.rsplit(".", 1) if "." in key else ("", key)
            if section in ("zones.province", "zones.county"):
                section, name = "zones", section.split(".")[1] + "." + name
            sections.setdefault(section, []).append(f"{name} = {value}")
        text = "\n".join(sections.pop("", [])) + "\n"
        for section, entries in sections.items():
            text += f"\n[{section}]\n" + "\n".join(entries) + "\n"
        self.job.write_text(text, encoding="utf-8")

    def refused(self, *words, code=1, **changes):
        """check and run both refuse, say the words on one line, and write nothing."""
        self.write_job(**changes)
        for command in ("check", "run"):
            result = run(command, self.job)
            self.assertEqual(result.code, code, result)
            found = [line for line in result.err.splitlines()
                     if all(word in line for word in words)]
            self.assertTrue(found, f"no line of '{command}' has {words}: {result}")
            self.assertFalse((self.work / "out").exists(), "something was written")

    def test_the_unspoilt_job_runs(self):
        self.write_job()
        must("check", self.job)
        must("run", self.job)
        self.assertTrue((self.work / "out/run.json").exists())

    def test_missing_file(self):
        self.refused("layer.npp", "nowhere.tif", "no such file", layer__npp__path="nowhere.tif")

    def test_truncated_geotiff(self):
        data = (self.work / "soc.tif").read_bytes()
        (self.work / "soc.tif").write_bytes(data[: len(data) // 2])
        self.refused("layer.soc", "soc.tif", "band 1", "cannot be")

    def test_no_crs(self):
        write_raster(self.work / "t.tif", [15 * np.ones((20, 20))], crs=None)
        self.refused("layer.temperature", "t.tif", "coordinate reference system",
                     "layer.temperature.crs")

    def test_no_unit_and_impossible_unit(self):
        self.refused("layer.soc", "unit", layer__soc__unit=None)
        self.refused("layer.soc", "mm", layer__soc__unit="mm")

    def test_temperature_in_kelvin_declared_celsius(self):
        write_raster(self.work / "t.tif", [288 * np.ones((20, 20))])
        self.refused("layer.temperature", "t.tif", "kelvin")

    def test_monthly_precipitation_without_reduce(self):
        self.refused("layer.precipitation", "12 bands", "reduce",
                     layer__precipitation__path="p12.tif")

    def test_ppm_given_as_atm(self):
        write_raster(self.work / "co2.tif", [4000 * np.ones((20, 20))])
        self.refused("layer.pco2", "ppm", layer__pco2__path="co2.tif", layer__pco2__unit="atm",
                     carbonate__pco2="raster")

    def test_unknown_class_code(self):
        write_raster(self.work / "glim.tif", [99 * np.ones((20, 20))], dtype=gdal.GDT_Byte)
        self.refused("layer.lithology", "99", "legend")

    def test_emissions_of_unknown_substance(self):
        self.refused("layer.emissions", "substance", code=2, layer__emissions__substance=None)

    def test_zone_code_twice(self):
        write_zones(self.work / "zones.gpkg", [("11", "1", square(106.2, 25.4, 107, 26.6)),
                                               ("11", "1", square(107, 25.4, 107.6, 26.6))])
        self.refused("zones.gpkg", "11", "duplicates")

    def test_zones_that_overlap(self):
        write_zones(self.work / "zones.gpkg", [("11", "1", square(106.2, 25.4, 107.1, 26.6)),
                                               ("12", "1", square(107, 25.4, 107.6, 26.6))])
        self.refused("zones.gpkg", "overlap", "11", "12", "km2")

    def test_parents_that_do_not_nest(self):
        write_zones(self.work / "zones.gpkg", [("11", "1", square(106.2, 25.4, 107, 26.6)),
                                               ("11", "2", square(107, 25.4, 107.6, 26.6))])
        self.refused("zones.gpkg", "11", "1", "2", zones__duplicates="merge")

    def test_a_layer_that_ends_short_of_the_zones(self):
        write_raster(self.work / "npp.tif", [800 * np.ones((20, 8))])
        self.refused("layer.npp", "npp.tif", "ends short of the zones", "%", "degree in the east")

    def test_unwritable_output(self):
        (self.work / "file").write_text("not a folder", encoding="utf-8")
        self.refused("output.path", "cannot be written", "choose another",
                     output__path=str(self.work / "file/out"))

    def test_a_disk_that_is_too_small(self):
        small = self.work / "small"
        small.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)]
        if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            self.skipTest("tmpfs cannot be mounted here")
        try:
            self.write_job(output__path=str(small / "out"), grid__resolution="0.01")
            for command in ("check", "run"):
                result = run(command, self.job)
                self.assertEqual(result.code, 1, result)
                self.assertRegex(result.err, r"output\.path: .*small/out: about .* needed, .* free")
            self.assertFalse((small / "out").exists())
        finally:
            subprocess.run(["umount", str(small)], check=False)

    def test_too_little_memory(self):
        self.write_job()
        for command in ("check", "run"):
            result = run(command, self.job, "--memory", "1")
            self.assertEqual(result.code, 1, result)
            self.assertIn("--memory allows 1 MB", result.err)
        self.assertFalse((self.work / "out").exists())

    def test_an_unwritable_log_ends_every_rank(self):
        self.write_job()
        result = run("run", self.job, "--log-json", self.work / "nowhere/log", ranks=2, timeout=60)
        self.assertNotEqual(result.code, 0)
        self.assertIn("--log-json", result.err)

    def test_a_complete_output_with_other_variables_is_not_taken_for_the_same(self):
        self.write_job()
        must("run", self.job)
        result = run("run", self.job, "--set", "output.variables=ccsf,branch")
        self.assertEqual(result.code, 1, result)
        self.assertIn("output.variables", result.err)

    def test_zones_without_a_crs(self):
        source = ogr.GetDriverByName("GPKG").CreateDataSource(str(self.work / "bare.gpkg"))
        layer = source.CreateLayer("zones", None, ogr.wkbPolygon)
        for name in ("CODE", "PROV"):
            layer.CreateField(ogr.FieldDefn(name, ogr.OFTString))
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetField("CODE", "11")
        feature.SetField("PROV", "1")
        feature.SetGeometry(ogr.CreateGeometryFromWkt(square(106.2, 25.4, 107, 26.6)))
        layer.CreateFeature(feature)
        del layer, source
        self.refused("bare.gpkg", "zones.crs", zones__path="bare.gpkg")
        self.write_job(zones__path="bare.gpkg", zones__crs="EPSG:4326")
        must("check", self.job)

    def test_a_table_code_twice(self):
        (self.work / "pop.csv").write_text("CODE,N\n11,5\n11,6\n", encoding="utf-8")
        self.refused("pop.csv", "line 3", "'11'", table__population__path="pop.csv",
                     table__population__level="county", table__population__code="CODE",
                     table__population__value="N", table__population__unit="persons")

    def test_one_zones_error_is_one_line(self):
        self.write_job(zones__county__code="NOFIELD")
        result = run("check", self.job)
        self.assertEqual(result.code, 1, result)
        lines = [line for line in result.err.splitlines() if "error" in line]
        self.assertEqual(len(lines), 1, result)
        self.assertIn("NOFIELD", lines[0])

    def test_a_joined_output_is_not_overwritten(self):
        self.write_job()
        for year in (2018, 2019):
            must("run", self.job, "--set", f"years={year}", "--set",
                 f"output.path={self.work / str(year)}")
        must("join", self.work / "2018", self.work / "2019", "--into", self.work / "joined")
        before = (self.work / "joined/zones.csv").read_bytes()
        result = run("run", self.job, "--set", f"output.path={self.work / 'joined'}")
        self.assertEqual(result.code, 1, result)
        self.assertIn("--fresh", result.err)
        self.assertEqual((self.work / "joined/zones.csv").read_bytes(), before)

    def test_zones_beyond_the_grid_are_said(self):
        self.write_job(grid__extent="106.2,25.4,107.2,26.6")
        self.assertIn("1 zones reach beyond the grid (12", must("check", self.job).err)

    def test_netcdf_missing_value_beside_fill_value(self):
        import netCDF4

        with netCDF4.Dataset(self.work / "p.nc", "w") as file:
            for name, size, first, step in (("lat", 20, 25.05, 0.1), ("lon", 20, 106.05, 0.1)):
                file.createDimension(name, size)
                axis = file.createVariable(name, "f8", (name,))
                axis[:] = first + step * np.arange(size)
                axis.units = "degrees_north" if name == "lat" else "degrees_east"
                axis.standard_name = "latitude" if name == "lat" else "longitude"
            values = file.createVariable("p", "i2", ("lat", "lon"), fill_value=-32768)
            values.missing_value = np.int16(9999)
            values.units = "mm"
            raw = np.full((20, 20), 1200)
            raw[10, 5] = 9999
            values[:] = raw
        self.write_job(layer__precipitation__path="p.nc", layer__precipitation__variable="p",
                       layer__precipitation__crs="EPSG:4326")
        must("run", self.job)
        from support import number, rows

        county = next(r for r in rows(self.work / "out") if r["code"] == "11")
        self.assertAlmostEqual(number(county["missing_vscs_km2"]), 111, delta=2)

    def test_a_changed_legend_is_another_job(self):
        legend = self.work / "legend.csv"
        legend.write_text("code,class\n6,sc\n", encoding="utf-8")
        self.write_job(layer__lithology__legend="legend.csv")
        must("run", self.job)
        legend.write_text("code,class\n6,vb\n", encoding="utf-8")
        os.utime(legend, (1, 1))
        result = run("run", self.job)
        self.assertEqual(result.code, 1, result)
        self.assertIn("legend.csv", result.err)

    def test_misspelt_key_names_line_and_nearest(self):
        self.refused("job.ini:", "resolutoin", "grid.resolution", code=2,
                     grid__resolution=None, grid__resolutoin="0.1")

    def test_all_findings_at_once(self):
        write_raster(self.work / "t.tif", [288 * np.ones((20, 20))])
        self.write_job(layer__npp__path="nowhere.tif", layer__soc__unit="mm")
        result = run("check", self.job)
        for word in ("nowhere.tif", "kelvin", "layer.soc"):
            self.assertIn(word, result.err)
        lines = [line for line in result.err.splitlines() if "error" in line]
        self.assertEqual(len(lines), 3, result)

    def test_a_bad_block_in_mid_run_fails_its_tile_only_and_is_resumed(self):
        """A value out of range outside the sampled blocks: other tiles finish and are kept."""
        good = self.work / "good.tif"
        values = np.full((2600, 2600), 15.0)
        write_raster(good, [values], step=0.0008)
        values[1303, 977] = 400.0
        bad = self.work / "t.tif"
        write_raster(bad, [values], step=0.0008)
        self.write_job(grid__tile="16", grid__resolution="0.01")
        result = run("run", self.job, ranks=3)
        self.assertEqual(result.code, 1, result)
        self.assertRegex(result.err, r"tile \d+ \(columns \d+-\d+, rows \d+-\d+\).*t\.tif")
        self.assertIn("1 of", result.err)
        self.assertFalse((self.work / "out/run.json").exists())
        tiles = self.work / "out/.tiles"
        before = {p.name: p.stat().st_mtime_ns for p in tiles.glob("tile_*.h5")}
        self.assertGreater(len(before), 30)
        # Another job may not go on with these tiles, and says which key differs.
        refused = run("run", self.job, "--set", "layer.temperature.outside=missing")
        self.assertEqual(refused.code, 1, refused)
        self.assertIn("layer.temperature.outside", refused.err)
        # A passing fault: the file reads well now, its size and time are what they were.
        status = bad.stat()
        bad.write_bytes(good.read_bytes())
        os.utime(bad, ns=(status.st_atime_ns, status.st_mtime_ns))
        must("run", self.job, "--keep-tiles")
        after = {p.name: p.stat().st_mtime_ns for p in tiles.glob("tile_*.h5")}
        self.assertEqual({name: after[name] for name in before}, before)
        self.assertEqual(len(after), len(before) + 1)

    def test_refused_output_keeps_the_old_results(self):
        self.write_job()
        must("run", self.job)
        before = (self.work / "out/zones.csv").read_bytes()
        self.write_job(layer__npp__path="nowhere.tif")
        self.assertEqual(run("run", self.job, "--fresh").code, 1)
        self.assertEqual((self.work / "out/zones.csv").read_bytes(), before)
        self.assertTrue((self.work / "out/run.json").exists())


class Usage(unittest.TestCase):
    def test_unknown_command_and_flag(self):
        for args, word in ((("runn", "x"), "run"), (("run", "--frsh", "x"), "fresh"), (("run",), "job")):
            result = run(*args)
            self.assertEqual(result.code, 2, result)
            self.assertIn(word, result.err.lower())

    def test_an_unknown_simd_target_is_said_once_with_those_there_are(self):
        for ranks in (None, 3):
            refused = run("run", "job.ini", ranks=ranks, simd="neon")
            self.assertEqual(refused.code, 2, refused)
            said = [line for line in refused.err.splitlines() if "CNCI_SIMD" in line]
            self.assertEqual(len(said), 1, refused)
            self.assertIn("neon", said[0])
            self.assertIn("scalar", said[0])
        self.assertEqual(run("kernels", simd="neon").code, 2)

    def test_help_and_version(self):
        self.assertIn("cnci run JOB", must("--help").out)
        self.assertRegex(must("--version").out, r"cnci \d+\.\d+")
        self.assertIn("carbonate", must("kernels").out)
        for command in ("run", "check", "zones", "join", "sample", "kernels"):
            self.assertIn(command, must(command, "--help").out)


if __name__ == "__main__":
    main()
