"use strict";
// The page of `cnci compare`: figures of several sides by zone, with differences and ratios.

const MOST_COMPARED_BARS = 30;
const MOST_COMPARED_ROWS = 500;
const sideName = (side) => `${side.path}${side.year === null ? "" : `, ${side.year}`}${side.published ? " (published)" : ""}`;
/** Figures are published with a few digits: more are not compared with them. */
const compared = (value) => formatNumber(value, 5);

class ComparisonView {
  constructor(data) {
    this.data = data;
    this.columns = [...new Set(data.rows.map((row) => row.column))];
    this.levels = [...new Set(data.rows.map((row) => row.level))];
    this.column = this.columns.find((name) => name === "sink_t") ?? this.columns[0];
    this.level = "";
    this.other = 0;
    this.query = "";
    this.sort = { key: null, down: true };
    this.table = element("div");
    this.status = element("p", { class: "soft", role: "status", id: "compare-status" });
    this.chart = element("div", { class: "chart tall", id: "compare-chart" });
  }

  controls() {
    const search = element("input", { type: "search", id: "compare-search", placeholder: "name or code",
      oninput: () => { this.query = search.value.trim().toLocaleLowerCase(); this.show(); } });
    const others = this.data.sides.slice(1).map((side, i) => [String(i), `[${i + 2}] ${sideName(side)}`]);
    return element("div", { class: "controls" },
      labelledSelect("Column", [["", "all columns"], ...this.columns.map((name) => [name, name])], this.column,
        (column) => { this.column = column; this.show(); }, "compare-column"),
      labelledSelect("Level", [["", "all levels"], ...this.levels.map((level) => [level, level])], this.level,
        (level) => { this.level = level; this.show(); }, "compare-level"),
      others.length > 1 ? labelledSelect("Compared with [1]", others, "0", (i) => { this.other = Number(i); this.show(); }, "compare-other") : null,
      element("label", {}, "Search", search),
      element("button", { type: "button", id: "compare-csv", onclick: () => this.save() }, "Download as CSV"));
  }

  rows() {
    const { query } = this;
    const rows = this.data.rows.filter((row) => (this.column === "" || row.column === this.column) &&
      (this.level === "" || row.level === this.level) &&
      (query === "" || row.name.toLocaleLowerCase().includes(query) || row.code.toLocaleLowerCase().includes(query)));
    const { key, down } = this.sort;
    if (key === null) return rows;
    const value = { first: (row) => row.values[0], other: (row) => row.values[this.other + 1],
      difference: (row) => row.differences[this.other], ratio: (row) => row.ratios[this.other] }[key];
    return [...rows].sort((a, b) => isMissing(value(a)) || isMissing(value(b)) ? isMissing(value(a)) - isMissing(value(b))
      : (down ? -1 : 1) * (value(a) - value(b)));
  }

  heading(key, title) {
    const sorted = this.sort.key === key;
    return element("th", { scope: "col", "aria-sort": sorted ? (this.sort.down ? "descending" : "ascending") : "none" },
      element("button", { type: "button", "data-sort": key, onclick: () => {
        this.sort = { key, down: sorted ? !this.sort.down : true };
        this.show();
        this.table.querySelector(`[data-sort=${key}]`)?.focus();
      } }, title, sorted ? (this.sort.down ? " ▼" : " ▲") : ""));
  }

  async show() {
    const rows = this.rows();
    const published = rows.some((row) => row.group || row.source || row.note);
    const text = (title) => element("th", { scope: "col", class: "text" }, title);
    this.status.textContent = rows.length > MOST_COMPARED_ROWS
      ? `The first ${MOST_COMPARED_ROWS} of ${rows.length} figures; the download has all.` : `${rows.length} figures`;
    this.table.replaceChildren(element("div", { class: "scroll high", tabindex: "0", role: "region", "aria-label": "Compared figures" },
      element("table", { id: "compared" },
        element("thead", {}, element("tr", {}, text("level"), text("code"), text("name"), text("column"), text("unit"),
          this.heading("first", "[1]"), this.heading("other", `[${this.other + 2}]`), this.heading("difference", "difference"),
          this.heading("ratio", "ratio"), published ? [text("published figure"), text("source and note")] : null)),
        element("tbody", {}, rows.slice(0, MOST_COMPARED_ROWS).map((row) => element("tr", {},
          [row.level, row.code, row.name, row.column, prettyUnit(row.unit)].map((cell) => element("td", { class: "text" }, cell)),
          [row.values[0], row.values[this.other + 1], row.differences[this.other], row.ratios[this.other]].map((value) =>
            element("td", { class: isMissing(value) ? "none" : null }, compared(value))),
          published ? [element("td", { class: "text" }, row.group), element("td", { class: "text wrap" },
            [row.source, row.note].filter(Boolean).join(": "))] : null))))));
    await this.draw(rows);
  }

  /** Differences of one column; bars of several would have several units. */
  async draw(rows) {
    const one = this.column !== "" ? rows.filter((row) => !isMissing(row.differences[this.other])) : [];
    this.chart.hidden = one.length === 0;
    if (one.length === 0) return;
    const largest = [...one].sort((a, b) => Math.abs(b.differences[this.other]) - Math.abs(a.differences[this.other]))
      .slice(0, MOST_COMPARED_BARS);
    const names = axisNames(largest.map((row, index) => ({ index, code: row.code,
      name: `${row.name || row.code}${row.source ? ` (${row.source})` : ""}` })), this.chart);
    const values = largest.map((row, i) => ({ zone: names.get(i), name: `${row.level} ${row.name || row.code}`,
      value: row.differences[this.other], text: `${compared(row.differences[this.other])} ${prettyUnit(row.unit)}`,
      side: row.differences[this.other] >= 0 ? "more" : "less" }));
    await drawChart(this.chart, {
      width: chartWidth(this.chart, labelRoom(this.chart) + 30), height: { step: 19 }, data: { values },
      mark: { type: "bar", height: { band: 0.72 } },
      encoding: {
        y: { field: "zone", type: "nominal", sort: values.map((row) => row.zone), axis: zoneAxis(this.chart) },
        x: { field: "value", type: "quantitative", stack: null,
          axis: { title: `${this.column}: [${this.other + 2}] minus [1] (${prettyUnit(largest[0].unit)})`, ...TOP_AXIS } },
        color: { field: "side", type: "nominal", title: null, scale: { domain: ["less", "more"], range: ["#b35806", "#01665e"] } },
        tooltip: [{ field: "name", title: "Zone" }, { field: "text", title: "Difference" }],
      },
    }, "The largest differences");
  }

  save() {
    const lines = [["level", "code", "name", "column", "unit", "first", "other", "difference", "ratio", "other_side", "group", "source", "note"],
      ...this.rows().map((row) => [row.level, row.code, row.name, row.column, row.unit, row.values[0], row.values[this.other + 1],
        row.differences[this.other], row.ratios[this.other], sideName(this.data.sides[this.other + 1]), row.group, row.source, row.note])];
    download("comparison.csv", lines.map((line) => line.map(csvField).join(",")).join("\r\n") + "\r\n", "text/csv");
  }
}

/** What stands on one side only. */
function aloneNotes(sides) {
  const short = (texts) => texts.length > 6 ? `${texts.slice(0, 6).join(", ")} and ${texts.length - 6} more` : texts.join(", ");
  return sides.flatMap((side, i) => [
    side.zones_alone.length > 0 ? `[${i + 1}] has ${side.zones_alone.length} zones alone: ${short(side.zones_alone.map((zone) => `${zone.name || zone.code} (${zone.code})`))}` : null,
    side.columns_alone.length > 0 ? `[${i + 1}] has ${side.columns_alone.length} columns alone: ${short(side.columns_alone)}` : null,
  ]).filter(Boolean);
}

async function mainOfComparison() {
  const data = await readPageData();
  const view = new ComparisonView(data);
  document.getElementById("head").append(element("h1", {}, "Comparison"),
    element("ol", {}, data.sides.map((side) => element("li", {}, sideName(side)))));
  const notes = aloneNotes(data.sides);
  const doubtful = data.do_not_add_up.length > 0 ? element("section", { "aria-labelledby": "doubtful" },
    element("h2", { id: "doubtful" }, "Published figures that do not add up"),
    element("p", { class: "soft" }, `${data.do_not_add_up.length} of ${data.published_figures} figures.`),
    plainTable([{ title: "Zone", text: true }, { title: "Column", text: true, wrap: true }, { title: "As printed", text: true }, { title: "Kind", text: true },
      { title: "Source", text: true, wrap: true }, { title: "Why", text: true, wrap: true }],
    data.do_not_add_up.map((figure) => [figure.name || figure.code, figure.column, figure.printed, figure.group, figure.source, figure.note]),
    "Published figures that do not add up")) : "";
  document.getElementById("main").replaceChildren(
    element("section", { "aria-label": "Figures" },
      element("p", { class: "soft" }, "Differences are those from [1], ratios are those to it. A dash is a missing value, not a zero."),
      notes.map((text) => element("p", { class: "note" }, text)), view.controls(), view.status, view.table,
      element("h3", {}, "Largest differences"), view.chart), doubtful);
  document.getElementById("foot").append(element("p", { class: "soft" }, `Made by cnci ${data.version}. The page needs no network; nothing in it leaves this computer.`));
  await view.show();
  addEventListener("resize", () => view.draw(view.rows()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => view.draw(view.rows()));
  document.documentElement.dataset.ready = "1";
}

mainOfComparison().catch((error) => {
  document.getElementById("main").prepend(element("p", { class: "note", role: "alert" }, `This page cannot be shown: ${error.message}.`));
  throw error;
});
