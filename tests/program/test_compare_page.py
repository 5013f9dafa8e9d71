#!/usr/bin/python3
"""The page of `cnci compare` in headless Chromium: the figures of its table are those of the command."""

import csv
import io
import math
import unittest

from browser import Pages
from support import DATA, SOURCE, have_data, main, must, number, rows, run, small_sample


def shown(text):
    return math.nan if text == "–" else float(text.replace("\u202f", "").replace("−", "-"))


class Page(Pages):
    def setUp(self):
        super().setUp()
        self.page = self.work / "page.html"

    def compare(self, *sides):
        must("compare", *sides, "--page", self.page)
        data = must("compare", *sides, "--format", "csv").out
        self.open(self.page)
        return list(csv.DictReader(io.StringIO(data)))

    def table(self):
        return self.browser.run("""return [...document.querySelectorAll('#compared tbody tr')]
          .map((row) => [...row.children].map((cell) => cell.textContent))""")

    def test_two_years(self):
        for year in (2018, 2019):
            must("run", small_sample() / "job.ini", "--set", f"output.path={self.work}/{year}", "--set",
                 f"years={year}", "--no-report")
        figures = self.compare(self.work / "2018", self.work / "2019")
        counties = [row for row in rows(self.work / "2019") if row["level"] == "county"]
        self.browser.choose("#compare-column", "ce_t")
        table = self.table()
        self.assertEqual(len(table), len(counties))
        wanted = {row["code"]: row for row in figures if row["column"] == "ce_t"}
        before = {row["code"]: row for row in rows(self.work / "2018")}
        for row in table:
            figure = wanted[row[1]]
            for cell, name in zip(row[5:9], ("first", "other", "difference", "ratio")):
                self.assertTrue(math.isclose(shown(cell), number(figure[name]), rel_tol=6e-5, abs_tol=1e-12), (name, row, figure))
            self.assertTrue(math.isclose(shown(row[5]), number(before[row[1]]["ce_t"]), rel_tol=6e-5))
        self.assertEqual(len(self.browser.find_all("#compare-chart .mark-rect path")), min(30, len(counties)))
        self.browser.find("#compared [data-sort=difference]").click()
        differences = [shown(row[7]) for row in self.table()]
        self.assertEqual(differences, sorted(differences, reverse=True))
        self.browser.find("#compare-search").send_keys(counties[0]["code"])
        self.assertEqual([row[1] for row in self.table()], [counties[0]["code"]])
        for width in (1280, 400):
            self.browser.open(self.page, width=width)
            self.assertLessEqual(self.browser.run("return document.documentElement.scrollWidth"), width)
            self.browser.screenshot(self.pictures / f"compare-{width}.png")

    def test_zones_of_one_name_have_bars_of_their_own(self):
        head = "year,level,code,name,parent_code,area_km2,sink_t,ce_t\n"
        for i, name in enumerate(("a", "b")):
            lines = [f"2019,county,{code},{zone},,1,{10 * (k + 1) * (i + 1)},5\n"
                     for k, (code, zone) in enumerate((("1", "鼓楼区"), ("2", "鼓楼区"), ("3", "鼓楼区"), ("4", "朝阳区")))]
            (self.work / f"{name}.csv").write_text(head + "".join(lines), encoding="utf-8")
        self.compare(self.work / "a.csv", self.work / "b.csv")
        self.browser.choose("#compare-column", "sink_t")
        self.assertEqual(len(self.browser.find_all("#compare-chart .mark-rect path")), 4)
        self.assertEqual([row[5:9] for row in self.table()],
                         [["10.000", "20.000", "10.000", "2.0000"], ["20.000", "40.000", "20.000", "2.0000"],
                          ["30.000", "60.000", "30.000", "2.0000"], ["40.000", "80.000", "40.000", "2.0000"]])

    @unittest.skipUnless(have_data("china_counties_mapchina"), "no data")
    def test_published_figures_of_guizhou(self):
        out = self.work / "out"
        must("run", SOURCE / "jobs/examples/guizhou.ini", "--set", f"paths.data={DATA}", "--set", f"output.path={out}", "--no-report")
        self.compare(out, SOURCE / "jobs/examples/published.csv")
        text = self.browser.find("main").text
        self.assertIn("Published figures that do not add up", text)
        self.assertIn("off by 100", text)
        self.browser.screenshot(self.pictures / "compare-published.png")

    def test_only_a_page_of_its_own_is_replaced(self):
        must("run", small_sample() / "job.ini", "--set", f"output.path={self.work}/out", "--no-report")
        self.page.write_text("mine", encoding="utf-8")
        result = run("compare", self.work / "out", self.work / "out", "--page", self.page)
        self.assertEqual(result.code, 1, result)
        self.assertIn("is no page that cnci has made", result.err)
        self.assertEqual(result.out, "")
        self.assertEqual(self.page.read_text(encoding="utf-8"), "mine")


if __name__ == "__main__":
    main()
