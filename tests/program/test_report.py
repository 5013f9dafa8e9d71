#!/usr/bin/python3
"""report.html in headless Chromium: what it shows is what zones.csv says, it asks the network for
nothing, and it shows what there is where an output is not whole. Pictures of the pages are kept in the
folder build/report-pictures."""

import csv
import io
import math
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

from osgeo import gdal, ogr, osr

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "faults"))
from browser import Pages
from disk import Disk, can_mount, tmpfs
from support import DATA, SOURCE, RunsOfASample, have_data, main, must, number, rows, run, small_sample

gdal.UseExceptions()
ogr.UseExceptions()
MARKS = "#map .mark-shape path"
COMPONENTS = {"Carbonate weathering": "ccs_t", "Silicate weathering": "scs_t",
              "Vegetation and soil": "vscs_t", "Emissions": "ce_t", "Total sink": "sink_t"}
UNITS = {"t": 1, "10⁴ t": 1e4, "Tg": 1e6}


def shown_number(text):
    """A number of the page with its unit, as a plain number in t, % or whatever the unit is."""
    match = re.match(r"(−?[\d\u202f.]+(?:e−?\d+)?)(?:[\u00a0 ](.*))?$", text)
    assert match, f"{text!r} is no number"
    value = float(match[1].replace("\u202f", "").replace("−", "-"))
    return value * UNITS.get((match[2] or "").replace("\u00a0", " "), 1)


class Reports(Pages):
    """Tests that look at report.html."""

    def report(self, out):
        result = run("report", out)
        self.assertEqual(result.code, 0, result)
        self.open(pathlib.Path(out) / "report.html")
        return result

    def notes(self):
        return [note.text for note in self.browser.find_all("#summary-section .note")]

    def section_ids(self):
        return self.browser.run("return [...document.querySelectorAll('main section')].map((s) => s.id)")


def fact_of(browser, index):
    """What a hover over a mark of the map says, by title."""
    marks = browser.find_all(MARKS)
    browser.run("arguments[0].scrollIntoView({block: 'center'})", marks[index])
    # The middle of a bent shape may lie outside it: hover where the shape is.
    x, y = browser.run("""
      const mark = arguments[0], box = mark.getBoundingClientRect();
      for (let i = 1; i < 40; ++i) for (let j = 1; j < 40; ++j) {
        const x = box.left + box.width * i / 40, y = box.top + box.height * j / 40;
        if (document.elementFromPoint(x, y) === mark) return [x, y];
      }
      return [0, 0];""", marks[index])
    for step in (3, 0):
        browser.driver.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": x + step / 10, "y": y})
    browser.wait(lambda: browser.run(
        "const t = document.getElementById('vg-tooltip-element'); return t !== null && t.classList.contains('visible')"))
    return dict(browser.run("""return [...document.querySelectorAll('#vg-tooltip-element tr')]
      .map((row) => [...row.children].map((cell) => cell.textContent.replace(/:$/, '')))"""))


class OfRuns(Reports):
    """Pages of real runs."""

    def check_map(self, out, levels):
        table = rows(out)
        last = max(row["year"] for row in table)
        for level in levels:
            zones = {row["code"]: row for row in table if row["level"] == level and row["year"] == last}
            self.browser.choose("#map-level", level)
            self.browser.wait(lambda: len(self.browser.find_all(MARKS)) == len(zones))
            for index in sorted({0, len(zones) // 2, len(zones) - 1}):
                facts = fact_of(self.browser, index)
                zone = zones[facts["Code"]]
                self.assertTrue(facts["Name"].endswith(zone["name"]), (facts, zone))
                for title, column in COMPONENTS.items():
                    if title not in facts:
                        self.assertTrue(all(not row[column] for row in table), title)
                        continue
                    self.assertTrue(math.isclose(shown_number(facts[title]), number(zone[column]), rel_tol=6e-4,
                                                 abs_tol=1e-9), (title, facts, zone))
                self.assertTrue(math.isclose(shown_number(facts["CNCI"]), number(zone["cnci_pct"]), rel_tol=6e-4), facts)

    def check_widths(self, out, name):
        for width in (1280, 400):
            self.open(out / "report.html", width=width)
            self.assertLessEqual(self.browser.run("return document.documentElement.scrollWidth"), width)
            self.browser.screenshot(self.pictures / f"{name}-{width}.png")
        self.open(out / "report.html", dark=True)
        self.browser.screenshot(self.pictures / f"{name}-dark.png")

    def test_a_province(self):
        out = self.work / "out"
        must("run", small_sample() / "job.ini", "--set", f"output.path={out}")
        self.open(out / "report.html")
        self.assertEqual(self.notes(), [])
        self.check_map(out, ["county", "prefecture", "province"])
        root = rows(out)[0]
        self.assertTrue(math.isclose(shown_number(self.browser.find("#cnci").text), number(root["cnci_pct"]), rel_tol=6e-4))
        figures = {f.find_element("class name", "name").text: f.find_element("class name", "value").text
                   for f in self.browser.find_all(".figure")}
        for title, column in {**COMPONENTS, "Sink minus emissions": "balance_t"}.items():
            self.assertTrue(math.isclose(shown_number(figures[title]), number(root[column]), rel_tol=6e-4), (title, figures))
        self.assertEqual(len(self.browser.find_all(".picture image")), 5)
        for image in self.browser.find_all(".picture image"):
            self.assertTrue(image.get_attribute("href").startswith("data:image/png;base64,iVBOR"))
        self.check_charts(out)
        self.check_table(out)
        self.check_quantities()
        self.check_widths(out, "sample")

    def check_charts(self, out):
        table = [row for row in rows(out) if row["level"] == "prefecture"]
        for chart in ("#bars-cnci", "#bars-balance"):
            bars = self.browser.find_all(f"{chart} .mark-rect path")
            self.assertEqual(len(bars), len(table), chart)
        self.assertEqual(len(self.browser.find_all("#bars-stacked .mark-rect path")), 4 * len(table))
        self.assertEqual(len(self.browser.find_all("#bars-person .mark-rect path")), 2 * len(table))
        self.assertEqual(len(self.browser.find_all("#bars-gdp .mark-rect path")), 2 * len(table))
        for flux in ("ccsf", "scsf", "vscsf", "cef"):
            self.assertEqual(len(self.browser.find_all(f"#profile-{flux} .mark-line path")), 1)

    def check_table(self, out):
        browser = self.browser
        counties = [row for row in rows(out) if row["level"] == "county"]
        browser.choose("#table-level", "county")
        codes = lambda: [cell.text for cell in browser.find_all("#zones tbody td:nth-child(2)")]
        self.assertEqual(len(codes()), min(100, len(counties)))
        by_keyboard = browser.find("#zones [data-column=ce_t]")
        browser.run("arguments[0].focus()", by_keyboard)
        by_keyboard.send_keys("\n")
        largest = sorted(counties, key=lambda row: -number(row["ce_t"]))
        self.assertEqual(codes(), [row["code"] for row in largest[:100]])
        browser.run("return document.activeElement").send_keys("\n")
        self.assertEqual(codes(), [row["code"] for row in largest[::-1][:100]])
        one = counties[len(counties) // 3]
        browser.find("#table-search").send_keys(one["code"])
        self.assertEqual(codes(), [one["code"]])
        self.assertEqual(browser.find("#table-status").text, "1 to 1 of 1 zones")
        browser.find("#table-search").send_keys("no such zone")
        self.assertEqual(browser.find("#table-status").text, "No zone matches.")
        browser.find("#table-search").clear()
        browser.find("#table-search").send_keys(" ")
        browser.find("#table-csv").click()
        browser.wait(lambda: list(browser.downloads.glob("*.csv")))
        (saved,) = browser.downloads.glob("*.csv")
        self.assertEqual(saved.name, "sample-small-county-2019.csv")
        with open(saved, encoding="utf-8-sig", newline="") as file:
            loaded = {row["code"]: row for row in csv.DictReader(file)}
        saved.unlink()
        self.assertEqual(set(loaded), {row["code"] for row in counties})
        for row in counties:
            for column, text in row.items():
                mine = loaded[row["code"]].get(column, "")
                if column in ("year", "level", "code", "name", "parent_code") or not text:
                    self.assertEqual(mine, text, column)
                else:
                    self.assertTrue(math.isclose(float(mine), float(text), rel_tol=6e-6, abs_tol=1e-12), (column, mine, text))
        # A zone of the table is shown on the map.
        button = browser.find("#zones tbody td button")
        name = button.text
        button.click()
        browser.wait(lambda: browser.find_all("#selected h3") and browser.find("#selected h3").text == name)

    def check_quantities(self):
        options = self.browser.run("return [...document.querySelectorAll('#map-quantity option')].map((o) => o.value)")
        self.assertEqual(options, ["cnci_pct", "ccsf", "scsf", "vscsf", "cef", "sink_per_person_t", "ce_per_person_t",
                                   "cei_t_per_1e4usd"])
        colours = set()
        for option in options:
            self.browser.choose("#map-quantity", option)
            self.browser.wait(lambda: self.browser.find_all(MARKS))
            fills = self.browser.run(f"return [...document.querySelectorAll({MARKS!r})].map((m) => m.getAttribute('fill'))")
            legend = self.browser.run("return [...document.querySelectorAll('#map-section .legend i')].map((i) => i.style.background)")
            self.assertGreater(len(legend), 3)
            colours.add(tuple(fills))
        self.assertGreater(len(colours), 5)
        self.assertEqual(self.browser.console_errors(), [])
        self.browser.choose("#map-quantity", "cnci_pct")

    @unittest.skipUnless(have_data("china_counties_mapchina"), "no data")
    def test_guizhou(self):
        out = self.work / "out"
        must("run", SOURCE / "jobs/examples/guizhou.ini", "--set", f"paths.data={DATA}", "--set", f"output.path={out}")
        self.open(out / "report.html")
        self.check_map(out, ["county", "prefecture", "province"])
        self.check_widths(out, "guizhou")

    @unittest.skipUnless(have_data("zones_npm_world_atlas"), "no data")
    def test_the_world(self):
        out = self.work / "out"
        must("run", SOURCE / "jobs/examples/world.ini", "--set", f"paths.data={DATA}", "--set", f"output.path={out}")
        self.assertLess((out / "report.html").stat().st_size, 5e6)
        self.open(out / "report.html")
        self.browser.wait(lambda: len(self.browser.find_all(MARKS)) == 240)
        self.check_widths(out, "world")

    def test_joined_years(self):
        for year in (2018, 2019):
            must("run", small_sample() / "job.ini", "--set", f"output.path={self.work}/{year}", "--set", f"years={year}", "--no-report")
        must("join", self.work / "2018", self.work / "2019", "--into", self.work / "joined")
        result = self.report(self.work / "joined")
        self.assertEqual(result.err, "")
        self.assertEqual(self.browser.find("h1").text, "sample-small")
        provenance = self.browser.find("#provenance-section").text
        for wanted in ("Joined from", f"2018: {self.work}/2018", "EPSG:4326", "precipitation.tif"):
            self.assertIn(wanted, provenance)
        trust = self.browser.find("#trust-section").text
        self.assertIn("sums close exactly", trust)
        self.assertEqual([row.split()[1] for row in trust.splitlines() if row.startswith("emissions 20")], ["2018", "2019"])

    def test_several_years_and_their_trends(self):
        out = self.work / "out"
        must("run", small_sample() / "job.ini", "--set", f"output.path={out}", "--set", "years=2018-2019", "--no-report")
        self.report(out)
        self.assertIn("years-section", self.section_ids())
        years = self.browser.run("""return [...document.querySelectorAll('#years .role-axis-label text')]
          .map((text) => text.textContent).filter((text) => /^\\d{4}$/.test(text))""")
        self.assertEqual(years, ["2018", "2019"])
        self.assertIn("r of vegetation sink and temperature", self.browser.find("#trends").text)
        self.browser.choose("#map-year", "0")
        first = [row for row in rows(out) if row["year"] == "2018"]
        facts = fact_of(self.browser, 0)
        zone = next(row for row in first if row["code"] == facts["Code"])
        self.assertTrue(math.isclose(shown_number(facts["Emissions"]), number(zone["ce_t"]), rel_tol=6e-4))


class Printed(Reports):
    def test_paper_shows_all_of_it(self):
        out = self.work / "out"
        must("run", small_sample() / "job.ini", "--set", f"output.path={out}", "--set", "years=2018-2019")
        self.open(out / "report.html")
        self.browser.printed(self.pictures / "sample.pdf")
        text = subprocess.run(["pdftotext", "-layout", self.pictures / "sample.pdf", "-"], check=True,
                              capture_output=True, text=True).stdout
        for wanted in ("cnci_pct", "Ecotechnology, doi:10.1016/j.ese.2023.100237", "Over the years", "Provenance"):
            self.assertIn(wanted, text)
        # What is drawn with backgrounds is drawn on paper too: colours of the legend are there.
        subprocess.run(["pdftoppm", "-r", "60", "-png", self.pictures / "sample.pdf", self.work / "paper"], check=True)
        seen = set()
        for page in sorted(self.work.glob("paper-*.png")):
            pixels = gdal.Open(str(page)).ReadAsArray()[:3]
            seen |= {tuple(p) for p in pixels.reshape(3, -1).T.tolist()}
        legend = self.browser.run("return [...document.querySelectorAll('#map-section .legend i')].map((i) => getComputedStyle(i).backgroundColor)")
        for colour in legend:
            wanted = tuple(int(part) for part in re.findall(r"\d+", colour)[:3])
            self.assertTrue(any(max(abs(a - b) for a, b in zip(wanted, pixel)) <= 6 for pixel in seen), colour)


HEAD = "year,level,code,name,parent_code,"
COLUMNS = ("area_km2,ccs_t,scs_t,vscs_t,sink_t,ce_t,balance_t,cnci_pct,ccsf,scsf,vscsf,cef,missing_ccs_km2,missing_scs_km2,"
           "missing_vscs_km2,missing_ce_km2,temperature_degc,precipitation_mm")


def squares(path, zones, side, level):
    """A zones.gpkg of one level: squares in rows of `side`."""
    driver = ogr.GetDriverByName("GPKG")
    source = driver.CreateDataSource(str(path)) if not path.exists() else ogr.Open(str(path), 1)
    wgs84 = osr.SpatialReference()
    wgs84.ImportFromEPSG(4326)
    layer = source.CreateLayer(level, wgs84, ogr.wkbMultiPolygon)
    layer.CreateField(ogr.FieldDefn("year", ogr.OFTInteger))
    layer.CreateField(ogr.FieldDefn("code", ogr.OFTString))
    source.StartTransaction()
    for i, code in enumerate(zones):
        x, y = i % side, i // side
        # Bent borders, the same for both neighbours.
        edge = lambda a, b: [(a[0] + (b[0] - a[0]) * k / 12 + 0.02 * math.sin(3 * k), a[1] + (b[1] - a[1]) * k / 12 + 0.02 * math.cos(5 * k))
                             for k in range(12)]
        corners = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)]
        ring = [*edge(corners[0], corners[1]), *edge(corners[1], corners[2]), *edge(corners[3], corners[2])[::-1],
                *edge(corners[0], corners[3])[::-1]]
        ring = [(round(a / 100 + 100, 9), round(b / 100 + 20, 9)) for a, b in ring]
        text = ",".join(f"{a} {b}" for a, b in [*ring, ring[0]])
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetField("year", 2019)
        feature.SetField("code", code)
        feature.SetGeometry(ogr.CreateGeometryFromWkt(f"MULTIPOLYGON((({text})))"))
        layer.CreateFeature(feature)
    source.CommitTransaction()


def write_output(folder, names, years=(2019,), emissions=lambda i, t: 100.0 + i, sink=lambda i, t: 20.0 + i):
    """A zones.csv and zones.gpkg of one level, as a run would leave them."""
    folder.mkdir(exist_ok=True)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow((HEAD + COLUMNS).split(","))
    for t, year in enumerate(years):
        for i, name in enumerate(names):
            s, e = sink(i, t), emissions(i, t)
            if s is None:
                table.writerow([year, "county", f"c{i}", name, "", 10, "", "", "", "", e, "", "", "", "", "", e / 10, 10, 10, 10, 0, "", ""])
                continue
            cnci = 100 * s / e if e else ""
            table.writerow([year, "county", f"c{i}", name, "", 10, s / 2, s / 4, s / 4, s, e, s - e, cnci, s / 20, s / 40, s / 40,
                            e / 10, 0, 0, 1, 0, 10 + (t * 7 + i) % 5, 1000 + (t * 3 + i) % 7])
    (folder / "zones.csv").write_text(text.getvalue(), encoding="utf-8")
    squares(folder / "zones.gpkg", [f"c{i}" for i in range(len(names))], max(1, math.isqrt(len(names))), "county")


class OfOddOutputs(Reports):
    def test_sources_and_sinks_have_colours_of_their_own(self):
        brown = ["#8c510a", "#bf812d", "#dfc27d"]
        flux = lambda i, t: (i - 9) * 10.0
        write_output(self.work / "out", [f"zone {i}" for i in range(24)], sink=flux)
        self.report(self.work / "out")
        self.browser.choose("#map-quantity", "vscsf")
        self.browser.wait(lambda: "Vegetation" in self.browser.find("#map svg").get_attribute("aria-label"))
        fills = self.browser.run(f"return [...document.querySelectorAll({MARKS!r})].map((m) => m.getAttribute('fill'))")
        self.assertEqual(len(fills), 24)
        values = [flux(i, 0) / 40 for i in range(24)]
        self.assertEqual([fill in brown for fill in fills], [value < 0 for value in values], fills)
        # A larger flux never has a paler green, a stronger source never a paler brown.
        order = ["#8c510a", "#bf812d", "#dfc27d", "#c7eae5", "#80cdc1", "#35978f", "#01665e"]
        places = [order.index(fill) for fill in fills]
        self.assertEqual(places, sorted(places))
        self.assertEqual(set(places), set(range(7)), "seven classes, seven colours")

    def test_few_sources_are_still_seen(self):
        brown = ["#8c510a", "#bf812d", "#dfc27d"]
        all_brown = ["#543005", "#8c510a", "#a6692a", "#bf812d", "#d0a15a", "#dfc27d", "#f6e8c3"]
        for number, (flux, wanted) in enumerate(((lambda i, t: -900.0 if i == 0 else 10.0 + i, brown),
                                                 (lambda i, t: 900.0 if i == 0 else -10.0 - i, None),
                                                 (lambda i, t: -10.0 - i, all_brown))):
            out = self.work / f"out{number}"
            write_output(out, [f"zone {i}" for i in range(80)], sink=flux)
            self.report(out)
            self.browser.choose("#map-quantity", "vscsf")
            self.browser.wait(lambda: "Vegetation" in self.browser.find("#map svg").get_attribute("aria-label"))
            fills = self.browser.run(f"return [...document.querySelectorAll({MARKS!r})].map((m) => m.getAttribute('fill'))")
            sources = {fill for i, fill in enumerate(fills) if flux(i, 0) < 0}
            sinks = {fill for i, fill in enumerate(fills) if flux(i, 0) >= 0}
            self.assertFalse(sources & sinks, number)
            self.assertTrue(sources <= set(all_brown), (number, sources))
            self.assertFalse(sinks & set(all_brown), (number, sinks))

    def test_cnci_has_the_colour_of_its_side(self):
        write_output(self.work / "out", [f"zone {i}" for i in range(9)], emissions=lambda i, t: 100.0,
                     sink=lambda i, t: [-5, 0, 24, 26, 99.9, 100, 150, 399, 900][i])
        self.report(self.work / "out")
        fills = self.browser.run(f"return [...document.querySelectorAll({MARKS!r})].map((m) => m.getAttribute('fill'))")
        self.assertEqual(fills, ["#7f3b08", "#b35806", "#b35806", "#e08214", "#fdc98a", "#8fd3c4", "#8fd3c4", "#35978f", "#01665e"])

    def test_a_zone_without_values_is_grey_and_counted(self):
        write_output(self.work / "out", ["a", "b", "c"], sink=lambda i, t: None if i == 1 else 20.0)
        self.report(self.work / "out")
        fills = self.browser.run(f"return [...document.querySelectorAll({MARKS!r})].map((m) => m.getAttribute('fill'))")
        self.assertEqual(len(fills), 3)
        self.assertEqual(fills[1], self.browser.run("return cssColour('--missing')"))
        self.assertEqual(fact_of(self.browser, 1)["Total sink"], "–")

    def test_emissions_without_sinks(self):
        write_output(self.work / "out", ["a", "b"], sink=lambda i, t: None)
        self.report(self.work / "out")
        self.assertIn("Sinks are not part of this run", self.browser.find("#verdict").text)

    def test_bars_say_which_zone_is_which(self):
        names = [f"Synthetic prefecture of the north {i}" for i in range(6)] + ["鼓楼区", "鼓楼区"]
        write_output(self.work / "out", names)
        for width in (1280, 400):
            self.assertEqual(run("report", self.work / "out").code, 0)
            self.open(self.work / "out/report.html", width=width)
            labels = self.browser.run("return [...document.querySelectorAll('#bars-balance .role-axis-label text')].map((t) => t.textContent)")
            zones = [label for label in labels if "…" in label or "鼓楼" in label]
            self.assertEqual(len(set(zones)), 8, labels)

    def test_damaged_lists_of_the_run_leave_the_rest(self):
        write_output(self.work / "out", ["a", "b"])
        (self.work / "out/run.json").write_text('{"program":"cnci","name":"odd","mass":[null],"results":[]}', encoding="utf-8")
        self.assertEqual(run("report", self.work / "out").code, 0)
        self.browser.open(self.work / "out/report.html")
        self.assertTrue(any("How far to trust it" in note for note in self.notes()), self.notes())
        self.assertIn("table-section", self.section_ids())
        self.assertEqual(len(self.browser.find_all(MARKS)), 2)

    def test_the_keyboard_sees_where_it_is(self):
        write_output(self.work / "out", ["a", "b"])
        self.report(self.work / "out")
        self.browser.run("document.querySelector('#table-csv').focus()")
        seen = []
        for _ in range(60):
            self.browser.run("return document.activeElement").send_keys("\ue004")  # Tab
            tag, outline = self.browser.run("""const a = document.activeElement;
              return [a.tagName + "#" + a.id, getComputedStyle(a).outlineStyle];""")
            if tag.startswith("BODY"):
                break
            seen.append((tag, outline))
        self.assertGreater(len(seen), 20)
        self.assertEqual([one for one in seen if one[1] == "none"], [])

    def test_names_with_any_signs(self):
        names = ['<script>alert("x")</script>', "O'Brien & \"Söhne\"", "贵州省", "</script><b>", "a,b;c", "`${x}`", "datum.value", " "]
        write_output(self.work / "out", names)
        self.report(self.work / "out")
        self.assertEqual(len(self.browser.find_all(MARKS)), len(names))
        self.assertEqual(self.browser.run("return document.querySelectorAll('main b').length"), 0)
        seen = {fact_of(self.browser, i)["Name"] for i in range(len(names))}
        self.assertTrue({"贵州省", names[0], names[1], names[3]} <= seen, seen)
        cells = self.browser.run("return [...document.querySelectorAll('#zones tbody tr td:nth-child(3)')].map((c) => c.textContent)")
        self.assertTrue(set(names[:7]) <= {cell.removesuffix(" †") for cell in cells}, cells)

    def test_one_zone(self):
        write_output(self.work / "out", ["alone"])
        self.report(self.work / "out")
        self.assertEqual(len(self.browser.find_all(MARKS)), 1)
        self.assertEqual(shown_number(self.browser.find("#cnci").text), 20)

    def test_zero_emissions(self):
        write_output(self.work / "out", ["a", "b"], emissions=lambda i, t: 0)
        self.report(self.work / "out")
        self.assertEqual(self.browser.find("#cnci").text, "–")
        self.assertIn("CNCI is not defined", self.browser.find("#verdict").text)
        self.assertEqual(fact_of(self.browser, 0)["Emissions"], "0\u00a0t")
        self.assertNotIn("NaN", self.browser.find("body").text)
        self.assertNotIn("Infinity", self.browser.find("body").text)

    def test_missing_area_is_flagged(self):
        write_output(self.work / "out", ["a", "b"])
        self.report(self.work / "out")
        self.assertEqual(fact_of(self.browser, 0)["Missing area"], "10.0 %: a lower bound")
        self.assertEqual(len(self.browser.find_all("#zones tbody abbr")), 2)
        trust = self.browser.find("#trust-section").text
        self.assertIn("2 of 2", trust)

    def test_trends_are_those_of_least_squares(self):
        import numpy as np

        years = list(range(2010, 2020))
        rng = np.random.default_rng(7)
        series = 1000 + 12.5 * np.arange(10) + rng.normal(0, 9, 10)
        write_output(self.work / "out", ["a"], years, sink=lambda i, t: float(series[t]))
        self.report(self.work / "out")
        (slope, _), covariance = np.polyfit(years, series, 1, cov="unscaled")
        rest = series - np.polyval(np.polyfit(years, series, 1), years)
        error = math.sqrt(covariance[0, 0] * (rest @ rest) / 8)
        cells = self.browser.run("return [...document.querySelectorAll('#trends tbody td')].map((c) => c.textContent)")
        shown_slope, shown_error = cells[1].split(" ± ")
        self.assertTrue(math.isclose(float(shown_slope), slope, rel_tol=6e-4), (cells, slope))
        self.assertTrue(math.isclose(float(shown_error), error, rel_tol=6e-2), (cells, error))
        temperature = [10 + (t * 7) % 5 for t in range(10)]
        precipitation = [1000 + (t * 3) % 7 for t in range(10)]
        for cell, climate in zip(cells[2:], (temperature, precipitation)):
            self.assertAlmostEqual(float(cell.replace("−", "-")), np.corrcoef(climate, series)[0, 1], delta=6e-3)

    def test_three_thousand_counties_are_less_than_5_mb(self):
        write_output(self.work / "out", [f"县 {i}" for i in range(3000)])
        self.report(self.work / "out")
        self.assertLess((self.work / "out/report.html").stat().st_size, 5e6)
        self.assertEqual(len(self.browser.find_all(MARKS)), 3000)

    def test_ten_thousand_zones(self):
        write_output(self.work / "out", [f"zone {i}" for i in range(10000)])
        self.report(self.work / "out")
        self.assertEqual(len(self.browser.find_all(MARKS)), 10000)
        self.assertEqual(self.browser.find("#table-status").text, "1 to 100 of 10000 zones")
        self.browser.find("#table-next").click()
        self.assertEqual(self.browser.find("#table-status").text, "101 to 200 of 10000 zones")

    def test_what_is_absent_is_named_and_the_rest_shown(self):
        whole = self.work / "whole"
        must("run", small_sample() / "job.ini", "--set", f"output.path={whole}", "--no-report")
        for lost, said, section in (("run.json", "run.json is absent", None), ("zones.gpkg", "zones.gpkg", "map-section"),
                                    ("profile.csv", "profile.csv", "profile-section"), ("cube.nc", "cube.nc is absent", "pictures-section"),
                                    ("zones.csv", "zones.csv", "table-section")):
            with self.subTest(lost=lost):
                out = self.work / f"without {lost}"
                shutil.copytree(whole, out)
                (out / lost).unlink()
                result = self.report(out)
                self.assertIn(said, result.err)
                self.assertTrue(any(said in note for note in self.notes()), self.notes())
                ids = self.section_ids()
                self.assertNotIn(section, ids)
                self.assertIn("pictures-section" if lost == "zones.csv" else "table-section", ids)
                if lost not in ("profile.csv", "run.json"):
                    self.assertIn("profile-section", ids)
                others = {"run.json", "zones.gpkg", "profile.csv", "cube.nc", "zones.csv"} - {lost}
                self.assertFalse([other for other in others if f"{other} is absent" in result.err or f"{other}: " in result.err.replace(f"{lost}: ", "")],
                                 result.err)
        for damaged in ("run.json", "zones.gpkg", "cube.nc", "profile.csv", "zones.csv"):
            with self.subTest(damaged=damaged):
                out = self.work / f"damaged {damaged}"
                shutil.copytree(whole, out)
                (out / damaged).write_bytes(b"year,\0nothing\n1,2\n")
                result = self.report(out)
                self.assertIn(damaged, result.err)

    def test_a_run_without_a_component(self):
        out = self.work / "out"
        job = self.work / "job.ini"
        text = (small_sample() / "job.ini").read_text(encoding="utf-8").replace("data = .", f"data = {small_sample()}")
        job.write_text(re.sub(r"\[layer\.emissions\].*?(?=\n\[)", "", text, flags=re.S), encoding="utf-8")
        must("run", job, "--set", f"output.path={out}")
        self.open(out / "report.html")
        self.assertIn("Emissions are not part of this run", self.browser.find("#verdict").text)
        self.assertEqual(self.browser.find_all("#map-quantity option[value=cnci_pct]"), [])
        self.assertGreater(len(self.browser.find_all(MARKS)), 0)


class Command(RunsOfASample):
    """`cnci report` and the end of `cnci run`, without a browser."""

    def test_only_its_own_page_is_replaced(self):
        self.assertEqual(self.run_job("--no-report").code, 0)
        self.assertFalse((self.out / "report.html").exists())
        (self.out / "report.html").write_text("mine", encoding="utf-8")
        result = run("report", self.out)
        self.assertEqual(result.code, 1)
        self.assertIn("is no page that cnci has made", result.err)
        self.assertEqual((self.out / "report.html").read_text(encoding="utf-8"), "mine")
        result = self.run_job("--fresh")
        self.assertEqual(result.code, 1, result)
        self.assertIn("report.html", result.err)
        self.assertEqual((self.out / "report.html").read_text(encoding="utf-8"), "mine")
        self.assertEqual(self.run_job("--fresh", "--no-report").code, 0)
        result = run("report", self.out, "--into", self.work / "page.html")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(result.out.strip(), str(self.work / "page.html"))
        self.assertEqual(run("report", self.out, "--into", self.work / "page.html").code, 0)

    def test_fresh_takes_the_old_page_away(self):
        self.assertEqual(self.run_job().code, 0)
        self.assertTrue((self.out / "report.html").exists())
        self.assertEqual(self.run_job("--fresh", "--no-report").code, 0)
        self.assertFalse((self.out / "report.html").exists())
        self.assertEqual(self.run_job("--set", "report.enabled=false").code, 0)
        self.assertFalse((self.out / "report.html").exists())

    def test_the_same_command_makes_a_page_that_is_absent(self):
        self.assertEqual(self.run_job(ranks=2).code, 0)
        page = self.out / "report.html"
        first = page.read_bytes()
        page.unlink()
        result = self.run_job()
        self.assertEqual(result.code, 0, result)
        self.assertIn("complete", result.err)
        self.assertEqual(page.read_bytes(), first)

    def test_a_page_that_cannot_be_written_fails_each_time(self):
        if not can_mount(self.work):
            self.skipTest("needs to mount a tmpfs")
        with tmpfs(self.work / "disk", 16) as disk:
            out = disk / "out"
            self.assertEqual(self.run_job("--no-report", out=out).code, 0)
            Disk.take(disk, 100_000)
            log = self.work / "log.json"
            for _ in range(2):
                log.unlink(missing_ok=True)
                result = self.run_job("--log-json", log, out=out)
                self.assertEqual(result.code, 1, result)
                self.assertIn("the results are complete, but their page is not written", result.err)
                self.assertIn("No space left on device", result.err)
                self.assertNotIn('"done"', log.read_text(encoding="utf-8"))
                self.assertTrue((out / "run.json").exists())
                self.assertEqual([path.name for path in out.glob("*report*")], [])
            self.assertEqual(run("report", out).code, 1)
            (disk / "ballast").unlink()
            self.assertEqual(self.run_job(out=out).code, 0)
            self.assertTrue((out / "report.html").exists())

    def test_a_folder_of_nothing_is_an_error(self):
        for folder in (self.work / "none", self.work):
            result = run("report", folder)
            self.assertEqual(result.code, 1, result)
            self.assertIn(str(folder), result.err)
        self.assertEqual(run("report").code, 2)

    def test_the_page_names_no_address_to_load_from(self):
        self.assertEqual(self.run_job().code, 0)
        page = (self.out / "report.html").read_text(encoding="utf-8")
        self.assertNotRegex(page, r"""(src|href)=["']https?:""")
        self.assertIn("default-src 'none'", page)


if __name__ == "__main__":
    main()
