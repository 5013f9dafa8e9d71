#!/usr/bin/python3
"""Every kind of cube keeps the rules of CF-1.10, and each rule is one that a cube can break."""

import shutil

import h5py
import netCDF4
import numpy as np

from cf_rules import problems
from support import RunsOfASample, main, must

ALL = "ccsf,scsf,nep,ce,sink,balance,runoff,pco2,branch"
ALBERS = ("grid.crs=+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +datum=WGS84 +units=m",
          "grid.resolution=1000")


class Cf(RunsOfASample):
    def cube(self, name, *settings):
        out = self.work / name
        flags = [f for s in settings for f in ("--set", s)]
        result = self.run_job("--set", f"output.variables={ALL}", *flags, out=out)
        self.assertEqual(result.code, 0, result)
        return out / "cube.nc"

    def test_every_kind_of_cube_keeps_the_rules(self):
        self.assertEqual(problems(self.cube("two", "years=2018-2019")), [])
        self.assertEqual(problems(self.cube("lossless", "output.significant_bits=24")), [])
        projected = self.cube("albers", *ALBERS)
        self.assertEqual(problems(projected), [])
        with netCDF4.Dataset(projected) as cube:
            self.assertEqual(cube["crs"].grid_mapping_name, "albers_conical_equal_area")

    def test_a_joined_cube_keeps_them_and_says_what_was_done(self):
        for year in (2018, 2019):
            self.cube(str(year), f"years={year}")
        must("join", self.work / "2018", self.work / "2019", "--into", self.work / "both")
        self.assertEqual(problems(self.work / "both/cube.nc"), [])
        with netCDF4.Dataset(self.work / "both/cube.nc") as cube:
            first, second = cube.history.split("\n")
            self.assertRegex(first, r"^cnci \S+: run of job sample-small$")
            self.assertRegex(second, r"^cnci \S+: join of 2 cubes by year$")
            self.assertEqual(cube["zones/sink_t"].cell_methods, "area: sum time: mean")

    def test_it_says_where_it_comes_from_and_never_when_or_from_which_folder(self):
        with netCDF4.Dataset(self.cube("one")) as cube:
            self.assertRegex(cube.source, r"^cnci \S+, kernels runoff, carbonate, .*balance")
            self.assertIn("doi:10.1016/j.ese.2023.100237", cube.references)
            self.assertIn("Hartmann et al. 2009", cube.references)
            texts = [str(cube.getncattr(name)) for name in cube.ncattrs()]
            for text in texts:
                self.assertNotIn(str(self.work), text)
                self.assertNotIn("202", text.replace("Bai et al. 2023", "").replace(".2023.", "")
                                 .replace("Boerker et al. 2020", ""))

    def test_units_that_udunits_does_not_know_are_counts(self):
        with netCDF4.Dataset(self.cube("one")) as cube:
            population = cube["zones/population"]
            self.assertEqual(population.units, "1")
            self.assertIn("in units of persons", population.long_name)
            self.assertEqual(cube["zones/gdp_usd"].units, "1")

    def test_each_rule_finds_what_breaks_it(self):
        whole = self.cube("two", "years=2018-2019")
        one = np.float32(1)

        def text(path, **attributes):
            def change(cube):
                for name, value in attributes.items():
                    (cube[path] if path else cube).setncattr(name, value)
            return change

        def without(path, name):
            return lambda cube: (cube[path] if path else cube).delncattr(name)

        def value(path, where, what):
            def change(cube):
                cube[path][where] = what
            return change

        def variable(name, kind, *dims):
            def change(cube):
                cube.createVariable(name, kind, dims).setncatts(
                    {"long_name": "x", "units": "1", "cell_methods": "area: mean",
                     "grid_mapping": "crs"})
            return change

        breaks = [
            ("conventions", text("", Conventions="CF-1.6")),
            ("provenance", without("", "history")),
            ("provenance", text("", references="")),
            ("groups", text("zones", Conventions="CF-1.10")),
            ("names", variable("total-sink", "f4", "lat")),
            ("described", without("sink", "long_name")),
            ("described", without("zones/code", "long_name")),
            ("units", without("sink", "units")),
            ("units", text("sink", units="tonnes of carbon an acre")),
            ("units", text("zones/population", units="persons")),
            ("standard_name", text("ce", standard_name="carbon_emissions")),
            ("standard_name", text("ce", units="t year-1")),
            ("types", text("ccsf", valid_min=0.0)),
            ("valid_range", text("ccsf", valid_min=np.float32(1e9))),
            ("valid_range", text("nep", valid_max=-np.float32(1e9))),
            ("valid_range", text("branch", valid_range=np.array([1, 2], "f4"))),
            ("valid_range", text("branch", valid_min=one)),
            ("flags", text("branch", flag_meanings="one two")),
            ("flags", value("branch", (0, 30, 30), 99)),
            ("cf_role", text("zones/zone", cf_role="zone_id")),
            ("cf_role", text("zones/level", cf_role="timeseries_id")),
            ("cell_methods", without("sink", "cell_methods")),
            ("cell_methods", text("sink", cell_methods="area mean")),
            ("cell_methods", text("sink", cell_methods="region: mean")),
            ("cell_methods", text("sink", cell_methods="area: average")),
            ("grid_mapping", without("sink", "grid_mapping")),
            ("grid_mapping", text("sink", grid_mapping="nowhere")),
            ("grid_mapping", text("crs", grid_mapping_name="mercador")),
            ("grid_mapping", text("crs", grid_mapping_name="sinusoidal")),
            ("grid_mapping", text("crs", crs_wkt="EPSG:4326")),
            ("coordinates", text("zones/sink_t", coordinates="level kode")),
            ("dimensions", variable("turned", "f4", "lat", "lon", "time")),
            ("coordinate", value("lat", 1, 80.0)),
            ("coordinate", text("lat", missing_value=-1.0)),
            ("time", text("time", units="years")),
            ("time", text("time", calendar="lunar")),
            ("bounds", without("lon", "bounds")),
            ("bounds", text("lon", bounds="time_bnds")),
            ("bounds", value("lat_bnds", (3, slice(None)), [0.0, 1.0])),
            ("bounds", text("lat_bnds", units="degrees_north")),
        ]
        projected = self.cube("albers", *ALBERS)
        breaks_of_projected = [
            ("cell_measures", text("sink", cell_measures="area: nowhere")),
            ("cell_measures", text("sink", cell_measures="cell_area")),
            ("cell_measures", text("cell_area", units="km")),
            ("grid_mapping", without("crs", "standard_parallel")),
            ("standard_name", text("x", units="degrees")),
        ]
        broken = self.work / "broken.nc"
        for number, (source, (rule, change)) in enumerate(
                [(whole, b) for b in breaks] + [(projected, b) for b in breaks_of_projected]):
            shutil.copy(source, broken)
            with netCDF4.Dataset(broken, "a") as cube:
                change(cube)
            rules = {p.split(":")[0] for p in problems(broken)}
            self.assertIn(rule, rules, f"break {number} of {rule} was not seen: {rules}")
        shutil.copy(whole, broken)
        with h5py.File(broken, "a") as cube:  # netCDF itself refuses a fill value of another type
            cube["sink"].attrs["missing_value"] = np.array([-9999.0])
        self.assertIn("types", {p.split(":")[0] for p in problems(broken)})


if __name__ == "__main__":
    main()
