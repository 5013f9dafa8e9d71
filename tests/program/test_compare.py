#!/usr/bin/python3
"""cnci compare: runs against runs of another scenario, tables, and published figures."""

import csv
import io
import json
import math
import os
import shutil
import unicodedata

from support import (DATA, SOURCE, Folder, RunsOfASample, have_data, main, must, number, rows, run,
                     small_sample)

PUBLISHED = SOURCE / "jobs/examples/published.csv"


def records(text):
    return list(csv.DictReader(io.StringIO(text)))


def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class Compare(RunsOfASample):
    @classmethod
    def setUpClass(cls):
        folder = Folder()
        base = folder.__enter__()
        cls.addClassCleanup(folder.__exit__)
        cls.plain, cls.other = base / "plain", base / "other"
        for out, *extra in ([cls.plain], [cls.other, "--set", "silicate.preset=silicate_only"]):
            must("run", small_sample() / "job.ini", "--set", f"output.path={out}", *extra)

    def test_differences_and_ratios_are_those_of_the_tables(self):
        result = must("compare", self.plain, self.other, "--format", "csv")
        table = records(result.out)
        first, other = ({r["code"]: r for r in rows(out) if r["level"] == "county"}
                        for out in (self.plain, self.other))
        columns = [c for c in rows(self.plain)[0]
                   if c not in ("year", "level", "code", "name", "parent_code")]
        self.assertEqual(len(table), len(first) * len(columns))
        changed = set()
        for r in table:
            a, b = number(first[r["code"]][r["column"]]), number(other[r["code"]][r["column"]])
            self.assertEqual((r["first"], r["other"]),
                             (first[r["code"]][r["column"]], other[r["code"]][r["column"]]))
            if math.isnan(a) or math.isnan(b):
                self.assertEqual((r["difference"], r["ratio"]), ("", ""), r)
                continue
            self.assertEqual(number(r["difference"]), b - a)
            if a == 0:
                self.assertEqual(r["ratio"], "")
            else:
                self.assertEqual(number(r["ratio"]), b / a)
            if a != b:
                changed.add(r["column"])
        self.assertIn("scs_t", changed)
        self.assertNotIn("ccs_t", changed)
        self.assertEqual(result.err, "")

    def test_json_holds_the_same(self):
        told = json.loads(must("compare", self.plain, self.other, "--format", "json", "--level",
                               "province", "--columns", "scs,cnci,sink_t/ce_t").out)
        self.assertEqual([side["path"] for side in told["sides"]],
                         [str(self.plain), str(self.other)])
        province = next(r for r in rows(self.plain) if r["level"] == "province")
        by_column = {r["column"]: r for r in told["rows"]}
        self.assertEqual(by_column["scs_t"]["values"][0], number(province["scs_t"]))
        self.assertAlmostEqual(by_column["sink_t/ce_t"]["values"][0], number(province["cnci_pct"]), 9)

    def test_sort_and_top_show_the_largest_changes(self):
        out = must("compare", self.plain, self.other, "--columns", "scs", "--format", "csv", "--sort",
                   "difference", "--top", "3").out
        sizes = [abs(number(r["difference"])) for r in records(out)]
        self.assertEqual(len(sizes), 3)
        self.assertEqual(sizes, sorted(sizes, reverse=True))
        everything = records(must("compare", self.plain, self.other, "--columns", "scs", "--format",
                                  "csv").out)
        self.assertEqual(sizes[0], max(abs(number(r["difference"])) for r in everything))

    def test_a_table_is_aligned_by_what_a_terminal_shows(self):
        table = self.work / "named.csv"
        with open(table, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["level", "code", "name", "scs_t"])
            for i, r in enumerate(r for r in rows(self.plain) if r["level"] == "county"):
                writer.writerow(["county", r["code"], "贵阳市" if i % 2 else "é", r["scs_t"]])
        lines = must("compare", table, self.plain, "--unit", "t").out.splitlines()
        self.assertEqual(len({width(line) for line in lines[2:] if line.startswith("county")}), 1)
        self.assertNotIn("\033", "".join(lines))
        self.assertIn("t CO2", lines[3])

    def test_a_year_that_is_not_there_is_named(self):
        result = run("compare", self.plain, self.other, "--year", "1999")
        self.assertEqual(result.code, 2, result)
        self.assertIn("has no year 1999 (years: ", result.err)
        result = run("compare", self.plain, self.other, "--year", "1999,2000,2001")
        self.assertEqual(result.code, 2, result)
        self.assertIn("3 years for 2 outputs", result.err)

    def test_what_cannot_be_compared_is_said(self):
        def failure(code, *args):
            result = run("compare", *args)
            self.assertEqual(result.code, code, result)
            self.assertEqual(result.out, "")
            return result.err

        self.assertIn("there is no such folder or file", failure(1, self.plain, self.work / "none"))
        broken = self.work / "broken"
        shutil.copytree(self.plain, broken)
        (broken / "run.json").unlink()
        self.assertIn("incomplete output", failure(1, self.plain, broken))
        self.assertIn("did you mean 'county'?", failure(2, self.plain, self.other, "--level", "conty"))
        self.assertIn("is not on both sides",
                      failure(2, self.plain, self.other, "--columns", "trees"))
        self.assertIn("an argument is absent", failure(2, self.plain))
        self.assertIn("did you mean 'ratio'?",
                      failure(2, self.plain, self.other, "--sort", "ration"))
        table = self.work / "latin.csv"
        table.write_bytes(b"code,level,column,value,unit,note\n1,county,scs_t,1,t CO2,Gr\xf6\xdfe\n")
        self.assertIn("line 2: 'Gr\\xf6\\xdfe' is no UTF-8", failure(1, self.plain, table))
        table.write_text("code,level,column,value,unit\n1,county,scs_t,1,\n", encoding="utf-8")
        self.assertIn("line 2: the unit is absent", failure(1, self.plain, table))

    def test_a_name_that_is_no_utf8_comes_out_readable(self):
        odd = os.fsencode(self.work) + b"/o\xe9t"
        shutil.copytree(self.plain, os.fsdecode(odd))
        told = json.loads(must("compare", os.fsdecode(odd), self.plain, "--format", "json",
                               "--columns", "ce").out)
        self.assertTrue(told["sides"][0]["path"].endswith("o\\xe9t"))

    def test_published_figures_of_guizhou(self):
        needs = ("china_counties_mapchina", "china_npp_pre_tem_10km", "et_sm_rmep_025deg",
                 "soc_sanderman2017_10km", "glim_halfdeg", "co2_cdiac_ndp058_1deg",
                 "county_census_ghsl_tudigong")
        if not have_data(*needs):
            self.skipTest("no real data")
        out = self.work / "guizhou"
        must("run", SOURCE / "jobs/examples/guizhou.ini", "--set", f"paths.data={DATA}", "--set",
             f"output.path={out}")
        told = json.loads(must("compare", out, PUBLISHED, "--format", "json").out)
        with open(PUBLISHED, encoding="utf-8", newline="") as file:
            published = list(csv.DictReader(file))
        # Every figure finds its zone, but for what needs the whole nation or a GDP.
        self.assertEqual(told["sides"][1]["zones_alone"], [])
        alone = told["sides"][1]["columns_alone"]
        self.assertTrue(all("country." in c or "world." in c or c.startswith("cei") for c in alone))
        self.assertEqual(len(told["rows"]),
                         sum(figure["column"] not in alone for figure in published))
        doubtful = [f for f in published if f["group"] in ("inconsistent", "unsupported")]
        self.assertEqual(len(told["do_not_add_up"]), len(doubtful))
        self.assertGreaterEqual(len(doubtful), 20)

        def row(code, column, group):
            return next(r for r in told["rows"] if (r["code"], r["column"], r["group"]) ==
                        (code, column, group))

        # 1e4 km2, 1e4 t and Tg have become km2 and t.
        self.assertAlmostEqual(row("52", "area_km2", "consistent")["ratios"][0], 1, delta=0.001)
        self.assertAlmostEqual(row("52", "ce_t", "consistent")["values"][1], 280e6, delta=1)
        self.assertAlmostEqual(row("52", "ccs_t", "consistent")["values"][1], 345.49e4, delta=1)
        self.assertAlmostEqual(row("52", "sink_t", "unsupported")["values"][1], 160e6, delta=1)
        self.assertAlmostEqual(row("52", "scs_t", "inconsistent")["values"][1], 1440, delta=1e-9)
        zones = {r["code"]: r for r in rows(out)}
        share = 100 * number(zones["5203"]["ccs_t"]) / number(zones["52"]["ccs_t"])
        self.assertAlmostEqual(row("5203", "ccs_t/province.ccs_t", "consistent")["values"][0], share, 9)
        for r in told["rows"]:
            self.assertEqual(r["name"], zones[r["code"]]["name"])
        text = must("compare", out, PUBLISHED, "--level", "province").out
        self.assertIn("figures in published tables", text)
        self.assertIn("  sink_t of province 52 贵州省: 160 Tg CO2 (Bai et al. 2023): the components add up "
                      "to 137.139 + 3.455 + 0.144 = 140.74 Tg", text)
        self.assertIn("  cnci_pct of province 52 贵州省: 57 %", text)


if __name__ == "__main__":
    main()
