#!/usr/bin/python3
"""The main job on the small sample, end to end: outputs, tables, sums, repeats."""

import csv
import json
import shutil
import math
import pathlib
import unittest

from support import (Folder, RunsOfASample, cube_digest, main, must, number, provenance, rows, run,
                     small_sample)

COLUMNS = (
    "year,level,code,name,parent_code,area_km2,carbonate_area_km2,silicate_area_km2,ccs_t,scs_t,"
    "vscs_t,sink_t,ce_t,balance_t,cnci_pct,ccsf,scsf,vscsf,cef,ccsf_carbonate,scsf_silicate,"
    "missing_ccs_km2,missing_scs_km2,missing_vscs_km2,missing_ce_km2,share_of_parent_sink_pct,"
    "share_of_parent_ce_pct"
).split(",")


class SampleRun(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Folder()
        cls.work = cls.folder.__enter__()
        cls.job = small_sample() / "job.ini"
        cls.out = cls.work / "out"
        cls.result = must("run", cls.job, "--set", f"output.path={cls.out}", ranks=2)

    @classmethod
    def tearDownClass(cls):
        cls.folder.__exit__()

    def test_writes_every_output_and_nothing_unfinished(self):
        names = {p.name for p in self.out.iterdir()} - {".cache"}
        self.assertEqual(names, {"cube.nc", "cube.nc.aux.xml", "zones.csv", "zones.gpkg", "profile.csv", "run.json",
                                 "report.html"})

    def test_table_has_the_columns_of_the_contract(self):
        with open(self.out / "zones.csv", encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        self.assertEqual(header[: len(COLUMNS)], COLUMNS)
        for name in ("population", "gdp_usd", "ce_per_person_t", "sink_per_person_t",
                     "cei_t_per_1e4usd"):
            self.assertIn(name, header)

    def test_parents_are_sums_of_children(self):
        table = rows(self.out)
        children = {}
        for row in table:
            children.setdefault(row["parent_code"], []).append(row)
        levels = ["province", "prefecture", "county"]
        checked = 0
        for row in table:
            if row["level"] == "county":
                continue
            below = levels[levels.index(row["level"]) + 1]
            mine = [c for c in children[row["code"]] if c["level"] == below]
            for column in ("area_km2", "ccs_t", "scs_t", "vscs_t", "sink_t", "ce_t", "population"):
                total = math.fsum(number(c[column]) for c in mine)
                self.assertAlmostEqual(number(row[column]) / total, 1, delta=1e-12)
                checked += 1
        self.assertGreater(checked, 20)

    def test_index_is_the_ratio_of_the_sums(self):
        for row in rows(self.out):
            sink = number(row["ccs_t"]) + number(row["scs_t"]) + number(row["vscs_t"])
            self.assertAlmostEqual(sink / number(row["sink_t"]), 1, delta=1e-12)
            self.assertAlmostEqual(
                number(row["cnci_pct"]), 100 * number(row["sink_t"]) / number(row["ce_t"]), delta=1e-9)
            self.assertAlmostEqual(
                number(row["balance_t"]), number(row["sink_t"]) - number(row["ce_t"]),
                delta=1e-9 * number(row["ce_t"]))

    def test_cube_and_table_agree(self):
        """The cube's flux x area over all cells is what zones and the unzoned rest hold together."""
        import netCDF4
        import numpy as np

        total = {line["variable"]: line["total"] for line in provenance(self.out)["closure"]}
        with netCDF4.Dataset(self.out / "cube.nc") as cube:
            area = np.asarray(cube["cell_area"][:]).reshape(-1, 1)
            for name in ("ccsf", "scsf", "nep", "ce"):
                values = np.ma.filled(cube[name][0].astype("f8"), np.nan)
                # 16 significant bits: relative 1.5e-5 a cell, and far less in the sum.
                self.assertAlmostEqual(np.nansum(values * area) / total[name], 1, delta=1e-5, msg=name)

    def test_closure_is_exact_for_every_variable(self):
        closure = provenance(self.out)["closure"]
        self.assertGreaterEqual({c["variable"] for c in closure}, {"ccsf", "scsf", "nep", "ce"})
        for line in closure:
            self.assertTrue(line["exact"], line)

    def test_mass_is_accounted_for(self):
        for line in provenance(self.out)["mass"]:
            self.assertAlmostEqual(
                (line["in_domain"] + line["out_of_domain"]) / line["inventory"], 1, delta=1e-12)
            self.assertAlmostEqual(
                (line["zoned"] + line["unzoned"]) / line["in_domain"], 1, delta=1e-12)
            self.assertGreater(line["zoned"], 0)
            self.assertGreaterEqual(line["unzoned"], -1e-9 * line["in_domain"])

    def test_provenance_names_inputs_libraries_and_timings(self):
        facts = provenance(self.out)
        self.assertGreater(len(facts["inputs"]), 8)
        for file in facts["inputs"]:
            self.assertRegex(file["hash"], "^xxh3:[0-9a-f]{16}$")
        self.assertIn("GDAL", facts["libraries"])
        self.assertEqual(facts["ranks"], 2)
        self.assertGreater(facts["bytes_read"], 0)
        self.assertIn("grid.resolution", facts["job"])

    def test_running_again_says_complete(self):
        again = run("run", self.job, "--set", f"output.path={self.out}")
        self.assertEqual(again.code, 0, again)
        self.assertIn("complete", again.err)

    def test_a_changed_job_is_refused_naming_the_key(self):
        changed = run("run", self.job, "--set", f"output.path={self.out}", "--set", "silicate.cc=1")
        self.assertEqual(changed.code, 1, changed)
        self.assertIn("silicate.cc", changed.err)
        self.assertIn("--fresh", changed.err)

    def test_zones_command_prints_sorted_rows_in_every_format(self):
        table = must("zones", self.out, "--level", "county", "--sort", "cnci", "--top", "3")
        self.assertIn("cnci", table.out.lower())
        parsed = json.loads(must("zones", self.out, "--level", "county", "--sort", "cnci", "--top",
                                 "3", "--format", "json").out)
        values = [row["cnci_pct"] for row in parsed]
        self.assertEqual(len(values), 3)
        self.assertEqual(values, sorted(values, reverse=True))
        best = max(number(r["cnci_pct"]) for r in rows(self.out) if r["level"] == "county")
        self.assertEqual(values[0], best)

    def test_an_unfinished_output_is_refused(self):
        with Folder() as folder:
            (folder / "zones.csv").write_bytes((self.out / "zones.csv").read_bytes())
            result = run("zones", folder)
            self.assertNotEqual(result.code, 0)
            self.assertIn("incomplete", result.err)


class Blocks(RunsOfASample):
    """Blocks of the inputs are decoded once or little more, wherever the grid lies to them."""

    def decoded(self, *settings):
        result = self.run_job("--fresh", "--no-report", *settings)
        self.assertEqual(result.code, 0, result)
        return provenance(self.out)["bytes_decoded"]

    def test_a_grid_larger_than_the_inputs_decodes_no_more(self):
        zones = self.decoded()
        self.assertGreater(zones, 0)
        larger = self.decoded("--set", "grid.extent=60,-20,160,50")
        self.assertLess(larger, 1.3 * zones)

    def test_neighbouring_tiles_share_what_is_decoded(self):
        one_tile = self.decoded()
        many = self.decoded("--set", "grid.tile=16", "--set", "output.chunk=16")
        self.assertGreater(provenance(self.out)["tiles"], 10)
        self.assertLess(many, 1.3 * one_tile)

    def test_threads_of_a_rank_share_what_is_decoded(self):
        tiles = ("--set", "grid.tile=16", "--set", "output.chunk=16")
        # A block may be wanted by two threads at once, not by all of them again and again.
        self.assertLess(self.decoded(*tiles, "--threads", "4"), 2 * self.decoded(*tiles))

    def test_a_coarse_grid_askew_to_the_inputs_is_begun_at_once(self):
        # One of the layers is sinusoidal: points far off its CRS are not to be looked for.
        result = self.run_job("--fresh", "--no-report", "--set", "grid.extent=73,18,135,54", "--set",
                              "grid.resolution=1/10", timeout=100)
        self.assertEqual(result.code, 0, result)


class Years(unittest.TestCase):
    def test_two_years_have_a_time_axis_and_a_row_per_year_and_join_from_parts(self):
        sample = small_sample()
        emissions = next(p for p in sample.iterdir() if p.name == "emissions_2019.nc")
        path = str(emissions).replace("2019", "{year}")
        base = ["--set", f"layer.emissions.path={path}"]
        with Folder() as work:
            both = work / "both"
            must("run", sample / "job.ini", *base, "--set", "years=2018-2019", "--set",
                 f"output.path={both}", ranks=2)
            parts = []
            for year in (2018, 2019):
                part = work / str(year)
                must("run", sample / "job.ini", *base, "--set", f"years={year}", "--set",
                     f"output.path={part}")
                parts.append(part)
            left = work / ".joined.joining-1"  # of a join that was killed
            left.mkdir()
            (left / "cube.nc").write_bytes(b"half")
            must("join", *parts, "--into", work / "joined")
            self.assertFalse(left.exists())
            again = must("join", *parts, "--into", work / "joined")
            self.assertIn("complete: ", again.out)
            (work / "joined/zones.csv").write_bytes(b"")
            self.assertEqual(run("join", *parts, "--into", work / "joined").code, 1)
            self.assertEqual(run("zones", work / "joined").code, 1)
            shutil.copy2(both / "zones.csv", work / "joined/zones.csv")
            other = run("join", *parts[:1], both, "--into", work / "joined")
            self.assertNotEqual(other.code, 0)
            years = {row["year"] for row in rows(both)}
            self.assertEqual(years, {"2018", "2019"})
            self.assertEqual((both / "zones.csv").read_bytes(),
                             (work / "joined/zones.csv").read_bytes())
            self.assertEqual(cube_digest(both / "cube.nc"), cube_digest(work / "joined/cube.nc"))
            emissions_by_year = {r["year"]: number(r["ce_t"]) for r in rows(both)
                                 if r["level"] == "province"}
            self.assertNotEqual(emissions_by_year["2018"], emissions_by_year["2019"])

    def test_yearly_files_hold_the_same_values(self):
        sample = small_sample()
        path = str(sample / "emissions_{year}.nc")
        base = ["--set", f"layer.emissions.path={path}", "--set", "years=2018-2019"]
        with Folder() as work:
            must("run", sample / "job.ini", *base, "--set", f"output.path={work / 'single'}")
            must("run", sample / "job.ini", *base, "--set", f"output.path={work / 'yearly'}", "--set",
                 "output.files=yearly", ranks=3)
            self.assertTrue((work / "yearly/cube_2018.nc").exists())
            self.assertTrue((work / "yearly/cube_2019.nc").exists())
            import netCDF4

            with netCDF4.Dataset(work / "single/cube.nc") as single:
                for i, year in enumerate((2018, 2019)):
                    with netCDF4.Dataset(work / f"yearly/cube_{year}.nc") as yearly:
                        for name in ("ce", "sink", "nep"):
                            a = single[name][i]
                            b = yearly[name][0]
                            self.assertTrue(((a == b) | (a.mask & b.mask)).all(), (name, year))


class Readers(unittest.TestCase):
    """Each reader that users have opens the cube."""

    @classmethod
    def setUpClass(cls):
        cls.folder = Folder()
        cls.out = cls.folder.__enter__() / "out"
        must("run", small_sample() / "job.ini", "--set", f"output.path={cls.out}")

    @classmethod
    def tearDownClass(cls):
        cls.folder.__exit__()

    def tool(self, *command):
        import shutil
        import subprocess

        if shutil.which(command[0]) is None:
            self.skipTest(f"{command[0]} is not installed")
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_xarray(self):
        import xarray

        with xarray.open_dataset(self.out / "cube.nc") as cube:
            self.assertEqual(cube["sink"].dims, ("time", "lat", "lon"))
            self.assertGreater(float(cube["ce"].max()), 0)
            self.assertTrue((cube["lat"].diff("lat") < 0).all())

    def test_ncdump_and_cdo(self):
        self.assertIn("CF-1.10", self.tool("ncdump", "-h", str(self.out / "cube.nc")))
        self.assertIn("sink", self.tool("cdo", "-s", "showname", str(self.out / "cube.nc")))
        self.tool("cdo", "-s", "sinfo", str(self.out / "cube.nc"))

    def test_gdal_sees_the_right_place_through_both_drivers(self):
        import netCDF4

        with netCDF4.Dataset(self.out / "cube.nc") as cube:
            west = float(cube["lon_bnds"][0].min())
            north = float(cube["lat_bnds"][0].max())
            values = cube["sink"][0].filled(float("nan"))
        for name in (f'NETCDF:"{self.out}/cube.nc":sink', f'HDF5:"{self.out}/cube.nc"://sink'):
            info = json.loads(self.tool("gdalinfo", "-json", name))
            corner = info["cornerCoordinates"]["upperLeft"]
            self.assertAlmostEqual(corner[0], west, places=6, msg=name)
            self.assertAlmostEqual(corner[1], north, places=6, msg=name)
            rows_, cols = values.shape
            at = self.tool("gdallocationinfo", "-valonly", name, str(cols // 2), str(rows_ // 2 - 3))
            self.assertAlmostEqual(float(at.split()[0]), float(values[rows_ // 2 - 3, cols // 2]),
                                   places=3, msg=name)

    def test_geopackage_has_a_layer_per_level(self):
        text = self.tool("ogrinfo", "-ro", str(self.out / "zones.gpkg"))
        for level in ("province", "prefecture", "county"):
            self.assertIn(level, text)


if __name__ == "__main__":
    main()
