"use strict";
// The data of the page: gzipped JSON in base64, so that no text in it can end a script.

async function readPageData() {
  const bytes = Uint8Array.from(atob(document.getElementById("cnci-data").textContent.trim()),
    (sign) => sign.charCodeAt(0));
  const unzipped = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(unzipped).text());
}

/** Zones and their numbers, by level and year. */
class Zones {
  constructor(data) {
    this.years = data.years;
    this.levels = data.levels;
    this.columns = data.columns;
    this.names = new Set(data.columns.map((column) => column.name));
    this.units = new Map(data.columns.map((column) => [column.name, column.units]));
    this.longNames = new Map(data.columns.map((column) => [column.name, column.long_name]));
    this.values = data.values;
    this.nodes = data.zones.code.map((code, i) => ({
      index: i,
      level: data.levels[data.zones.level[i]],
      code,
      name: data.zones.name[i] || code,
      parent: data.zones.parent[i],
    }));
  }

  has(column) { return this.names.has(column); }
  hasValues(column) {
    return this.has(column) && this.values[column].some((year) => year.some((v) => !isMissing(v)));
  }
  value(column, node, year) {
    const ofYear = this.values[column]?.[year];
    return ofYear === undefined ? null : ofYear[node.index];
  }
  series(column, node) { return this.years.map((_, year) => this.value(column, node, year)); }
  ofLevel(level) { return this.nodes.filter((node) => node.level === level); }
  roots() { return this.nodes.filter((node) => node.parent < 0); }
  /** Sum over the coarsest zones of those that have a value; null where none has. */
  total(column, year) {
    const values = this.roots().map((node) => this.value(column, node, year)).filter((v) => !isMissing(v));
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
  }
  path(node) {
    const names = [];
    for (let at = node; at; at = this.nodes[at.parent]) names.unshift(at.name);
    return names.join(" › ");
  }
  /** The component with the largest missing area, as a share of the zone in percent. */
  missingPercent(node, year) {
    const area = this.value("area_km2", node, year);
    if (isMissing(area) || area <= 0) return null;
    const missing = COMPONENTS.filter((c) => this.hasValues(c.total))
      .map((c) => this.value(c.missing, node, year)).filter((value) => !isMissing(value));
    return missing.length === 0 ? null : (100 * Math.max(...missing)) / area;
  }
}

/** Components in the order in which they are stacked; colours of Okabe and Ito. */
const COMPONENTS = [
  { id: "ccs", total: "ccs_t", flux: "ccsf", missing: "missing_ccs_km2", sink: true, colour: "#0072B2",
    name: "Carbonate weathering" },
  { id: "scs", total: "scs_t", flux: "scsf", missing: "missing_scs_km2", sink: true, colour: "#E69F00",
    name: "Silicate weathering" },
  { id: "vscs", total: "vscs_t", flux: "vscsf", missing: "missing_vscs_km2", sink: true, colour: "#009E73",
    name: "Vegetation and soil" },
  { id: "ce", total: "ce_t", flux: "cef", missing: "missing_ce_km2", sink: false, colour: "#a56a58",
    name: "Emissions" },
];
/** Zones of which more than this share of the area lacks a component are flagged. */
const MISSING_FLAG_PERCENT = 5;
