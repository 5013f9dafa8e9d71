"use strict";
// The table of every zone and column: sorted, searched, a page at a time, and offered as CSV.

const ROWS_PER_PAGE = 100;
/** Columns that paper has room for. */
const PRINTED_COLUMNS = new Set(["area_km2", "ccs_t", "scs_t", "vscs_t", "sink_t", "ce_t", "balance_t", "cnci_pct"]);

class ZoneTable {
  constructor(zones, name, onSelect) {
    this.zones = zones;
    this.name = name;
    this.onSelect = onSelect;
    this.columns = zones.columns.filter((column) => zones.hasValues(column.name));
    this.level = zones.levels.at(-1);
    this.year = zones.years.length - 1;
    this.sort = { column: zones.hasValues("sink_t") ? "sink_t" : "code", down: true };
    this.query = "";
    this.page = 0;
    this.body = element("tbody");
    this.head = element("tr");
    this.status = element("span", { class: "soft", role: "status", id: "table-status" });
    this.element = this.build();
    this.show();
  }

  build() {
    const { zones } = this;
    const levels = [["", "all levels"], ...zones.levels.map((level) => [level, level])];
    const search = element("input", { type: "search", id: "table-search", placeholder: "name or code",
      oninput: () => { this.query = search.value.trim().toLocaleLowerCase(); this.page = 0; this.show(); } });
    return element("div", {},
      element("div", { class: "controls" },
        element("label", {}, "Search", search),
        labelledSelect("Level", levels, this.level, (level) => { this.level = level; this.page = 0; this.show(); }, "table-level"),
        zones.years.length > 1 ? labelledSelect("Year", zones.years.map((year, i) => [String(i), String(year)]),
          String(this.year), (year) => { this.year = Number(year); this.show(); }, "table-year") : null,
        element("button", { type: "button", id: "table-csv", onclick: () => this.save() }, "Download as CSV")),
      element("div", { class: "scroll high", tabindex: "0", role: "region", "aria-label": "Table of zones" },
        element("table", { id: "zones" }, element("thead", {}, this.head), this.body)),
      element("div", { class: "controls pages" },
        element("button", { type: "button", id: "table-back", onclick: () => this.turn(-1) }, "Previous page"),
        element("button", { type: "button", id: "table-next", onclick: () => this.turn(1) }, "Next page"), this.status));
  }

  rows() {
    const { zones, sort, query } = this;
    const wanted = (node) => (this.level === "" || node.level === this.level) &&
      (query === "" || node.name.toLocaleLowerCase().includes(query) || node.code.toLocaleLowerCase().includes(query));
    const key = (node) => sort.column === "level" || sort.column === "code" || sort.column === "name"
      ? node[sort.column] : zones.value(sort.column, node, this.year);
    const rows = zones.nodes.filter(wanted).map((node) => [key(node), node]);
    const direction = sort.down ? -1 : 1;
    const compare = (a, b) => typeof a === "string" ? a.localeCompare(b, undefined, { numeric: true }) : a - b;
    // Zones without a value come last whichever way it is sorted.
    rows.sort(([a], [b]) => isMissing(a) || isMissing(b) ? isMissing(a) - isMissing(b) : direction * compare(a, b));
    return rows.map(([, node]) => node);
  }

  turn(pages) {
    this.page += pages;
    this.show();
  }

  show() {
    const rows = this.rows();
    const pages = Math.max(1, Math.ceil(rows.length / ROWS_PER_PAGE));
    this.page = Math.min(Math.max(this.page, 0), pages - 1);
    const first = this.page * ROWS_PER_PAGE;
    const shown = rows.slice(first, first + ROWS_PER_PAGE);
    this.head.replaceChildren(...this.headings());
    this.body.replaceChildren(...shown.map((node) => this.row(node)));
    this.status.textContent = rows.length === 0 ? "No zone matches."
      : `${first + 1} to ${first + shown.length} of ${rows.length} zones`;
    this.element.querySelector("#table-back").disabled = this.page === 0;
    this.element.querySelector("#table-next").disabled = this.page === pages - 1;
  }

  headings() {
    const heading = (column, title, unit, about, text) => {
      const sorted = this.sort.column === column;
      return element("th", { scope: "col", class: text ? "text" : PRINTED_COLUMNS.has(column) ? null : "minor",
        "aria-sort": sorted ? (this.sort.down ? "descending" : "ascending") : "none" },
        element("button", { type: "button", title: about, onclick: () => {
          this.sort = { column, down: sorted ? !this.sort.down : !text };
          this.show();
          this.head.querySelector(`[data-column="${CSS.escape(column)}"]`)?.focus();
        }, "data-column": column }, title, sorted ? (this.sort.down ? " ▼" : " ▲") : "",
          element("span", { class: "unit" }, unit || "\u00a0")));
    };
    return [heading("level", "level", "", "level", true), heading("code", "code", "", "code", true),
      heading("name", "name", "", "name", true),
      ...this.columns.map((column) => heading(column.name, column.name, prettyUnit(column.units), column.long_name, false))];
  }

  row(node) {
    const missing = this.zones.missingPercent(node, this.year);
    const flag = missing !== null && missing > MISSING_FLAG_PERCENT
      ? element("abbr", { title: `${formatNumber(missing, 3)} % of the area lacks a component: totals are lower bounds` }, " †") : null;
    return element("tr", {}, element("td", { class: "text" }, node.level), element("td", { class: "text" }, node.code),
      element("td", { class: "text" }, this.onSelect
        ? element("button", { type: "button", title: "Show on the map", onclick: () => this.onSelect(node) }, node.name) : node.name, flag),
      this.columns.map((column) => {
        const value = this.zones.value(column.name, node, this.year);
        const classes = [isMissing(value) ? "none" : "", PRINTED_COLUMNS.has(column.name) ? "" : "minor"].join(" ").trim();
        return element("td", { class: classes || null }, formatNumber(value, 6));
      }));
  }

  /** Every row that is chosen, on all pages. */
  csv() {
    const { zones } = this;
    const head = ["year", "level", "code", "name", "parent_code", ...this.columns.map((column) => column.name)];
    const lines = this.rows().map((node) => [zones.years[this.year], node.level, node.code, node.name,
      zones.nodes[node.parent]?.code ?? "", ...this.columns.map((column) => zones.value(column.name, node, this.year))]);
    return [head, ...lines].map((line) => line.map(csvField).join(",")).join("\r\n") + "\r\n";
  }

  save() {
    const level = this.level === "" ? "all" : this.level;
    download(`${this.name}-${level}-${this.zones.years[this.year]}.csv`, this.csv(), "text/csv");
  }
}
