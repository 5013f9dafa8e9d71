#!/usr/bin/python3
"""The planet at 0.1 degree on real data: countries across the antimeridian, years, mass, joins."""

import unittest

import numpy as np

from support import DATA, SOURCE, Folder, have_data, main, must, number, provenance, rows, run

CO2 = 44.0095 / 12.011


class World(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not have_data("madingley_halfdeg", "zones_npm_world_atlas", "gpwv4_population_halfdeg",
                         "co2_cdiac_ndp058_1deg", "country_tables"):
            raise unittest.SkipTest("no real data")
        cls.folder = Folder()
        cls.out = cls.folder.__enter__() / "out"
        cls.job = SOURCE / "jobs/examples/world.ini"
        must("run", cls.job, "--set", f"paths.data={DATA}", "--set", f"output.path={cls.out}", "--set",
             "years=2010-2013", ranks=2)
        cls.table = rows(cls.out)

    @classmethod
    def tearDownClass(cls):
        cls.folder.__exit__()

    def country(self, code, year=2013):
        return next(r for r in self.table if r["code"] == code and r["year"] == str(year))

    def test_areas_of_countries_across_the_antimeridian_and_round_the_pole(self):
        for code, km2, tolerance in (("643", 16.97e6, 0.01), ("242", 18.3e3, 0.02),
                                     ("010", 12.36e6, 0.01), ("156", 9.37e6, 0.01)):
            area = number(self.country(code)["area_km2"])
            self.assertAlmostEqual(area / km2, 1, delta=tolerance, msg=code)

    def test_features_without_a_code_and_a_code_twice_are_zones(self):
        self.assertEqual(self.country("Kosovo")["name"], "Kosovo")
        self.assertEqual(sum(r["code"] == "036" and r["year"] == "2013" for r in self.table), 1)

    def test_check_warns_of_everything_that_is_taken_on_trust(self):
        check = must("check", self.job, "--set", f"paths.data={DATA}")
        for words in (("Kosovo", "name serves as code"), ("036", "merged"), ("643", "antimeridian"),
                      ("242", "antimeridian"), ("010", "antimeridian"), ("7260", "outside"),
                      ("layer.npp", "has no CRS"), ("layer.soc", "179.999856"),
                      ("gaps between the zones",), ("ends short of the zones",)):
            lines = [x for x in check.err.splitlines() if "warning" in x and all(w in x for w in words)]
            self.assertTrue(lines, f"no warning with {words}: {check}")

    def test_emissions_of_every_year_are_those_of_the_inventory(self):
        from osgeo import gdal

        for line in provenance(self.out)["mass"]:
            if line["layer"] != "emissions":
                continue
            raster = gdal.Open(str(DATA / f"co2_cdiac_ndp058_1deg/fossil_co2_{line['year']}.tif"))
            tonnes = raster.ReadAsArray().sum() * 1e6 * CO2
            self.assertAlmostEqual(line["inventory"] / tonnes, 1, delta=1e-12)
            self.assertAlmostEqual((line["in_domain"] + line["out_of_domain"]) / tonnes, 1, delta=1e-12)
            # distribute = zoned: only cells without any land part stay outside (ships, far islands).
            self.assertLess(line["unzoned"] / tonnes, 0.004)
            world = number(self.country("WORLD", line["year"])["ce_t"])
            self.assertAlmostEqual(world / line["zoned"], 1, delta=1e-12)
        totals = {y: number(self.country("WORLD", y)["ce_t"]) for y in range(2010, 2014)}
        self.assertEqual(len(set(totals.values())), 4)

    def test_static_components_are_the_same_in_every_year(self):
        for column in ("ccs_t", "scs_t", "vscs_t", "population"):
            values = {self.country("WORLD", y)[column] for y in range(2010, 2014)}
            self.assertEqual(len(values), 1, column)

    def test_static_layers_are_read_once_for_all_years(self):
        with Folder() as work:
            must("run", self.job, "--set", f"paths.data={DATA}", "--set", f"output.path={work / 'out'}")
            one = provenance(work / "out")["bytes_read"]
        four = provenance(self.out)["bytes_read"]
        self.assertLess(four, 1.2 * one)

    def test_population_and_gdp_are_joined(self):
        self.assertAlmostEqual(number(self.country("WORLD")["population"]) / 7.197e9, 1, delta=0.004)
        china = self.country("156")
        self.assertGreater(number(china["gdp_usd"]), 9e12)
        self.assertAlmostEqual(
            number(china["cei_t_per_1e4usd"]),
            number(china["ce_t"]) / number(china["gdp_usd"]) * 1e4, delta=1e-9)

    def test_a_zone_without_any_value_has_no_total_rather_than_zero(self):
        empty = [r for r in self.table if r["level"] == "country" and all(
            r[f"missing_{c}_km2"] == r["area_km2"] for c in ("ccs", "scs", "vscs"))]
        self.assertGreater(len(empty), 40)
        for row in empty:
            for column in ("ccs_t", "scs_t", "vscs_t", "sink_t", "balance_t", "cnci_pct"):
                self.assertEqual(row[column], "", (row["name"], column))

    def test_no_ratio_is_made_of_an_incomplete_sum(self):
        world = self.country("WORLD")
        self.assertGreater(number(world["gdp_usd"]), 5e13)
        self.assertEqual(world["cei_t_per_1e4usd"], "")

    def test_cube_has_a_time_axis_and_no_seam_at_the_antimeridian(self):
        import netCDF4

        with netCDF4.Dataset(self.out / "cube.nc") as cube:
            self.assertEqual(cube["ce"].shape, (4, 1800, 3600))
            dates = netCDF4.num2date(cube["time"][:], cube["time"].units, cube["time"].calendar)
            self.assertEqual([d.year for d in dates], [2010, 2011, 2012, 2013])
            nep = cube["nep"][0].filled(np.nan)
        # Chukotka, 65-69 N: land on both sides of 180 degrees, smooth across it.
        band = slice(int((90 - 69) * 10), int((90 - 65) * 10))
        west, east = nep[band, -1], nep[band, 0]
        both = ~np.isnan(west) & ~np.isnan(east)
        self.assertGreater(both.sum(), 10)
        self.assertLess(np.abs(west - east)[both].max(), 150)


if __name__ == "__main__":
    main()
