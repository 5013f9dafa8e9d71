"use strict";
// Vega-Lite specifications of every chart but the maps, and how a chart is put into the page.

/** Colours of the theme in force, for Vega, which knows no CSS. */
function chartConfig() {
  const ink = cssColour("--ink"), soft = cssColour("--soft"), line = cssColour("--line");
  const font = 'system-ui, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif';
  return {
    background: null,
    font,
    view: { stroke: null },
    axis: { labelColor: soft, titleColor: soft, gridColor: line, domainColor: line, tickColor: line,
      labelFontSize: 11, titleFontSize: 12, titleFontWeight: "normal", labelLimit: 150 },
    legend: { labelColor: ink, titleColor: soft, titleFontWeight: "normal", orient: "top", direction: "horizontal",
      labelLimit: 220, symbolLimit: 40 },
    header: { labelColor: ink, titleColor: soft },
    text: { color: ink, font },
    rule: { color: soft },
  };
}

/** Draws a specification into a host; what the host showed before is freed. */
async function drawChart(host, spec, label) {
  host.drawing = (host.drawing ?? 0) + 1;
  const turn = host.drawing;
  const result = await vegaEmbed(element("div"), {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json", description: label, config: chartConfig(), ...spec,
  }, { renderer: "svg", actions: false, mode: "vega-lite", tooltip: { theme: "custom" } });
  if (turn !== host.drawing) { result.finalize(); return null; }
  host.shown?.finalize();
  host.shown = result;
  host.replaceChildren(result.view.container());
  const svg = host.querySelector("svg");
  svg?.setAttribute("role", "img");
  svg?.setAttribute("aria-label", label);
  return result.view;
}

/** Room for a chart, so wide that axis and labels stay inside the page. */
const chartWidth = (host, margins) => Math.max(140, Math.floor(host.clientWidth || 600) - margins);
const labelRoom = (host) => Math.min(170, Math.max(100, Math.floor((host.clientWidth || 600) * 0.28)));

const zoneAxis = (host) => ({ title: null, labelLimit: labelRoom(host) + 40, labelOverlap: false, ticks: false, domain: false });
const massTitle = (unit, what) => `${what} (${MASS_UNITS[unit].label} CO₂ per year)`;

/** Long lists of bars are scrolled: their axis stays with their beginning. */
const TOP_AXIS = { orient: "top", tickCount: 5 };

/** Columns that a text takes: Chinese signs take two. */
const textWidth = (text) => [...text].reduce((sum, sign) => sum + (sign.codePointAt(0) > 0x2e7f ? 2 : 1), 0);

/** A text of at most `most` columns: what tells names apart stands at their end as often as not. */
function shortened(text, most) {
  if (textWidth(text) <= most) return text;
  const signs = [...text];
  const tail = [];
  while (signs.length > 0 && textWidth(tail.join("")) < most / 2 - 1) tail.unshift(signs.pop());
  let head = "";
  for (const sign of signs) {
    if (textWidth(head + sign + "…" + tail.join("")) > most) break;
    head += sign;
  }
  return `${head.trimEnd()}…${tail.join("").trimStart()}`;
}

/** Names of zones on an axis of some room, each one different. Nodes have name, code and index. */
function axisNames(nodes, host) {
  const most = Math.floor(labelRoom(host) / 6);
  const names = new Map(nodes.map((node) => [node.index, shortened(node.name, most)]));
  const count = new Map();
  for (const name of names.values()) count.set(name, (count.get(name) ?? 0) + 1);
  const taken = new Set();
  for (const node of nodes) {
    const code = ` (${node.code})`;
    let name = names.get(node.index);
    if (count.get(name) > 1) name = shortened(node.name, Math.max(4, most - textWidth(code))) + code;
    while (taken.has(name)) name += "′";
    taken.add(name);
    names.set(node.index, name);
  }
  return names;
}

/** Sinks stacked to the right (sources to the left), and a tick where the emissions are. */
function stackedSpec(host, zones, nodes, year, unit) {
  const names = axisNames(nodes, host);
  const divisor = MASS_UNITS[unit].divisor;
  const order = nodes.map((node) => names.get(node.index));
  const sinks = COMPONENTS.filter((c) => c.sink && zones.hasValues(c.total));
  const emissions = COMPONENTS.find((c) => !c.sink);
  const rows = [];
  for (const node of nodes) {
    for (const part of sinks) {
      const value = zones.value(part.total, node, year);
      if (isMissing(value)) continue;
      rows.push({ zone: names.get(node.index), name: node.name, part: part.name, value: value / divisor,
        text: formatMass(value, unit) });
    }
  }
  const marks = nodes.filter((node) => !isMissing(zones.value("ce_t", node, year))).map((node) => ({
    zone: names.get(node.index), name: node.name, value: zones.value("ce_t", node, year) / divisor,
    text: formatMass(zones.value("ce_t", node, year), unit), part: emissions.name }));
  const parts = [...sinks, ...(marks.length > 0 ? [emissions] : [])];
  const y = { field: "zone", type: "nominal", sort: order, axis: zoneAxis(host) };
  const tooltip = [{ field: "name", title: "Zone" }, { field: "part", title: "Component" }, { field: "text", title: "Total" }];
  const x = { type: "quantitative", axis: { title: massTitle(unit, marks.length > 0 ? "Sinks, and emissions as a tick" : "Sinks"), ...TOP_AXIS } };
  const colour = { field: "part", type: "nominal", title: null,
    legend: { columns: (host.clientWidth || 600) < 620 ? 2 : 4, symbolType: "square" },
    scale: { domain: parts.map((p) => p.name), range: parts.map((p) => p.colour) } };
  return {
    width: chartWidth(host, labelRoom(host) + 30), height: { step: 19 },
    layer: [
      { data: { values: rows }, mark: { type: "bar", height: { band: 0.72 } },
        encoding: { y, x: { field: "value", ...x }, color: colour, order: { field: "part" }, tooltip } },
      { data: { values: marks }, mark: { type: "tick", thickness: 3, size: 15 },
        encoding: { y, x: { field: "value", ...x }, color: colour, tooltip } },
    ].filter((layer) => layer.data.values.length > 0),
  };
}

/** CNCI as bars that begin at 100 %: what is to the right takes up more than it emits. */
function cnciSpec(host, zones, nodes, year) {
  const names = axisNames(nodes, host);
  const rows = nodes.filter((node) => !isMissing(zones.value("cnci_pct", node, year))).map((node) => {
    const value = zones.value("cnci_pct", node, year);
    return { zone: names.get(node.index), name: node.name, value, text: formatPercent(value), side: value >= 100 ? "surplus" : "deficit" };
  });
  const positive = rows.length > 0 && rows.every((row) => row.value > 0);
  const spread = positive && Math.max(...rows.map((r) => r.value)) / Math.min(...rows.map((r) => r.value)) > 30;
  return {
    width: chartWidth(host, labelRoom(host) + 30), height: { step: 19 },
    data: { values: rows },
    layer: [
      { mark: { type: "bar", height: { band: 0.72 } },
        encoding: {
          y: { field: "zone", type: "nominal", sort: rows.map((row) => row.zone), axis: zoneAxis(host) },
          x: { field: "value", type: "quantitative", scale: spread ? { type: "log" } : {},
            axis: { title: "CNCI (%)" + (spread ? ", logarithmic" : ""), ...TOP_AXIS } },
          x2: { datum: 100 },
          color: { field: "side", type: "nominal", title: null,
            scale: { domain: ["deficit", "surplus"], range: ["#b35806", "#01665e"] } },
          tooltip: [{ field: "name", title: "Zone" }, { field: "text", title: "CNCI" }] } },
      { data: { values: [{ at: 100 }] }, mark: { type: "rule", strokeWidth: 1.5 },
        encoding: { x: { field: "at", type: "quantitative" } } },
    ],
  };
}

/** One bar a zone from zero, coloured by its sign. */
function signedBarsSpec(host, zones, nodes, year, column, divisor, title, format) {
  const names = axisNames(nodes, host);
  const rows = nodes.filter((node) => !isMissing(zones.value(column, node, year))).map((node) => {
    const value = zones.value(column, node, year);
    return { zone: names.get(node.index), name: node.name, value: value / divisor, text: format(value),
      side: value >= 0 ? "surplus" : "deficit" };
  });
  return {
    width: chartWidth(host, labelRoom(host) + 30), height: { step: 19 }, data: { values: rows },
    mark: { type: "bar", height: { band: 0.72 } },
    encoding: {
      y: { field: "zone", type: "nominal", sort: rows.map((row) => row.zone), axis: zoneAxis(host) },
      x: { field: "value", type: "quantitative", axis: { title, ...TOP_AXIS } },
      color: { field: "side", type: "nominal", title: null,
        scale: { domain: ["deficit", "surplus"], range: ["#b35806", "#01665e"] } },
      tooltip: [{ field: "name", title: "Zone" }, { field: "text", title: zones.longNames.get(column) || column }],
    },
  };
}

/** Sinks and emissions per person or per GDP, side by side. */
function groupedSpec(host, zones, nodes, year, series, title) {
  const names = axisNames(nodes, host);
  const rows = [];
  for (const node of nodes) {
    for (const { column, name, scale } of series) {
      const value = zones.value(column, node, year);
      if (isMissing(value)) continue;
      rows.push({ zone: names.get(node.index), name: node.name, part: name, value: value * (scale ?? 1),
        text: formatNumber(value * (scale ?? 1)) });
    }
  }
  const palette = { Sink: "#009E73", Emissions: "#a56a58" };
  return {
    width: chartWidth(host, labelRoom(host) + 30), height: { step: 11, for: "offset" }, data: { values: rows },
    mark: { type: "bar" },
    encoding: {
      y: { field: "zone", type: "nominal", sort: nodes.map((node) => names.get(node.index)), axis: zoneAxis(host) },
      yOffset: { field: "part", type: "nominal" },
      x: { field: "value", type: "quantitative", axis: { title, ...TOP_AXIS } },
      color: { field: "part", type: "nominal", title: null, legend: series.length > 1 ? {} : null,
        scale: { domain: series.map((s) => s.name), range: series.map((s) => palette[s.name]) } },
      tooltip: [{ field: "name", title: "Zone" }, { field: "part", title: "" }, { field: "text", title }],
    },
  };
}

/** Mean flux by latitude of one component; a band without data breaks the line. */
function profileSpec(host, profile, component, year) {
  const values = profile.columns[component.flux][year];
  const rows = profile.lat_south.map((south, i) => ({ latitude: south + profile.step / 2, value: values[i],
    text: formatNumber(values[i]) }));
  return {
    width: chartWidth(host, 70), height: 260, data: { values: rows },
    mark: { type: "line", color: component.colour, strokeWidth: 1.6, invalid: "break-paths-show-domains" },
    encoding: {
      x: { field: "latitude", type: "quantitative", title: "Latitude (°)", scale: { zero: false, nice: false } },
      y: { field: "value", type: "quantitative", title: "t CO₂ km⁻² yr⁻¹", axis: { tickCount: 5 } },
      tooltip: [{ field: "latitude", title: "Latitude", format: ".2f" }, { field: "text", title: component.name }],
    },
  };
}

/** A line a zone over the years. */
function seriesSpec(host, zones, nodes, column, divisor, title, format) {
  const names = axisNames(nodes, host);
  const rows = [];
  for (const node of nodes) {
    zones.series(column, node).forEach((value, year) => rows.push({ zone: names.get(node.index), name: node.name,
      year: zones.years[year], value: isMissing(value) ? null : value / divisor, text: format(value) }));
  }
  // Many lines bear their names at their ends: colours would not tell them apart.
  const few = nodes.length <= 8;
  const last = rows.filter((row) => row.year === zones.years.at(-1) && row.value !== null);
  const x = { field: "year", type: "quantitative", title: null, scale: { zero: false, nice: false },
    axis: { format: "d", ...(zones.years.length <= 12 ? { values: zones.years } : { tickMinStep: 1 }) } };
  const y = { field: "value", type: "quantitative", title, scale: { zero: false } };
  return {
    width: chartWidth(host, few ? 80 : 80 + labelRoom(host)), height: few ? 300 : Math.max(300, 15 * nodes.length),
    layer: [
      { data: { values: rows }, mark: { type: "line", point: { size: 22 }, invalid: "break-paths-show-domains", strokeWidth: few ? 2 : 1.2 },
        encoding: { x, y,
          color: { field: "zone", type: "nominal", title: null, legend: few ? { columns: (host.clientWidth || 600) < 620 ? 2 : 4 } : null,
            scale: few ? { range: ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#a56a58", "#999933"] }
              : { scheme: "viridis" } },
          tooltip: [{ field: "name", title: "Zone" }, { field: "year", title: "Year" }, { field: "text", title }] } },
      ...(few ? [] : [{ data: { values: last }, mark: { type: "text", align: "left", dx: 6, fontSize: 10 },
        encoding: { x, y, text: { field: "zone" } } }]),
    ],
  };
}
