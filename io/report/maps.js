"use strict";
// Maps of the zones: which quantities can be shown, how they are coloured, what a hover says.

/** Classes of CNCI: each is a factor of about two around 100 %, the border of surplus and deficit. */
const CNCI_BREAKS = [0, 25, 50, 100, 200, 400];
const CNCI_COLOURS = ["#7f3b08", "#b35806", "#e08214", "#fdc98a", "#8fd3c4", "#35978f", "#01665e"];
const SEQUENTIAL = ["#fde725", "#8fd744", "#35b779", "#21908d", "#31688e", "#443a83", "#440154"];
/** From the strongest source to the weakest. */
const SOURCES = ["#543005", "#8c510a", "#a6692a", "#bf812d", "#d0a15a", "#dfc27d", "#f6e8c3"];
const DIVERGING = ["#8c510a", "#bf812d", "#dfc27d", "#c7eae5", "#80cdc1", "#35978f", "#01665e"];

/** Rounds to two digits: borders of classes should be short to read. */
const shortBorder = (value) => Number(value.toPrecision(2));

/** Borders that part values into classes of about as many each. */
function evenBorders(values, classes) {
  const borders = Array.from({ length: classes - 1 }, (_, i) => shortBorder(quantile(values, (i + 1) / classes)));
  return [...new Set(borders)].sort((a, b) => a - b);
}

/** `count` colours, evenly from a list. */
const spread = (colours, count) =>
  Array.from({ length: count }, (_, i) => colours[Math.round((i * (colours.length - 1)) / Math.max(1, count - 1))]);

/** Borders and colours for the values of a map. Sources are brown and never share a class with sinks,
 * however few they are. */
function flowClasses(values) {
  const present = values.filter((value) => !isMissing(value));
  const below = present.filter((value) => value < 0), above = present.filter((value) => value >= 0);
  if (present.length === 0) return { breaks: [], colours: [SEQUENTIAL[3]] };
  if (below.length === 0 || above.length === 0) {
    const borders = evenBorders(present, 7);
    return { breaks: borders, colours: spread(below.length === 0 ? SEQUENTIAL : SOURCES, borders.length + 1) };
  }
  const sources = evenBorders(below, 3).filter((border) => border < 0);
  const sinks = evenBorders(above, 4).filter((border) => border > 0);
  // The class that ends at zero is the lightest brown, the one that begins there the lightest green.
  return { breaks: [...sources, 0, ...sinks],
    colours: [...DIVERGING.slice(2 - sources.length, 3), ...DIVERGING.slice(3, 4 + sinks.length)] };
}

/** Quantities of the map: {id, title, unit, column, classes(values)}. */
function mapQuantities(zones) {
  const quantities = [];
  if (zones.hasValues("cnci_pct")) {
    quantities.push({ id: "cnci_pct", title: "CNCI: sink as a share of emissions", unit: "%", column: "cnci_pct",
      classes: () => ({ breaks: CNCI_BREAKS, colours: CNCI_COLOURS }) });
  }
  for (const part of COMPONENTS) {
    if (!zones.hasValues(part.flux)) continue;
    quantities.push({ id: part.flux, title: `${part.name}, mean flux`, unit: "t CO₂ km⁻² yr⁻¹", column: part.flux,
      classes: flowClasses });
  }
  for (const [column, title] of [["sink_per_person_t", "Sink per person"], ["ce_per_person_t", "Emissions per person"],
    ["cei_t_per_1e4usd", "Emissions per 10 000 USD of GDP"]]) {
    if (zones.hasValues(column)) {
      quantities.push({ id: column, title, unit: "t CO₂ yr⁻¹", column, classes: flowClasses });
    }
  }
  return quantities;
}

function classLegend({ breaks, colours }, unit) {
  const text = (i) => breaks.length === 0 ? "all"
    : i === 0 ? `below ${formatRound(breaks[0])}`
      : i === breaks.length ? `from ${formatRound(breaks[i - 1])}`
        : `${formatRound(breaks[i - 1])} to ${formatRound(breaks[i])}`;
  return element("ul", { class: "legend", "aria-label": "Legend" }, element("li", {}, unit),
    colours.map((colour, i) => element("li", {}, element("i", { style: `background:${colour}` }), text(i))),
    element("li", {}, element("i", { style: "background:var(--missing)" }), "no value"));
}

/** What a hover says of a zone, in order: title and text. */
function zoneFacts(zones, node, year, unit) {
  const facts = [["Name", zones.path(node)], ["Code", node.code],
    ["Area", `${formatNumber(zones.value("area_km2", node, year))} km²`]];
  for (const part of COMPONENTS) {
    if (zones.hasValues(part.total)) facts.push([part.name, formatMass(zones.value(part.total, node, year), unit)]);
  }
  facts.push(["Total sink", formatMass(zones.value("sink_t", node, year), unit)]);
  if (zones.hasValues("balance_t")) facts.push(["Sink − emissions", formatMass(zones.value("balance_t", node, year), unit)]);
  if (zones.hasValues("cnci_pct")) facts.push(["CNCI", formatPercent(zones.value("cnci_pct", node, year))]);
  const missing = zones.missingPercent(node, year);
  facts.push(["Missing area", missing === null ? DASH
    : `${formatNumber(missing, 3)} %${missing > MISSING_FLAG_PERCENT ? ": a lower bound" : ""}`]);
  return facts;
}

/** A map of one level. The topology lies in a plane of its own: no projection but a scale. */
function mapSpec(host, map, zones, { level, quantity, year, unit, selected }) {
  const width = Math.max(240, Math.floor(host.clientWidth || 600));
  const scale = Math.min(width / map.width, 640 / map.height);
  const nodes = zones.ofLevel(level);
  const classes = quantity.classes(nodes.map((node) => zones.value(quantity.column, node, year)));
  const rows = nodes.map((node) => {
    const facts = zoneFacts(zones, node, year, unit);
    return { code: node.code, index: node.index, value: zones.value(quantity.column, node, year),
      ...Object.fromEntries(facts.map(([, text], i) => [`fact${i}`, text])) };
  });
  const titles = nodes.length > 0 ? zoneFacts(zones, nodes[0], year, unit).map(([title]) => title) : [];
  return {
    classes,
    spec: {
      width: Math.round(map.width * scale), height: Math.round(map.height * scale), padding: 2,
      data: { values: map.topology, format: { type: "topojson", feature: level } },
      transform: [{ lookup: "id", from: { data: { values: rows }, key: "code",
        fields: ["code", "index", "value", ...titles.map((_, i) => `fact${i}`)] } }],
      projection: { type: "identity", scale, translate: [0, 0] },
      mark: { type: "geoshape", invalid: null, strokeWidth: nodes.length > 600 ? 0.25 : 0.6, stroke: cssColour("--border"), cursor: "pointer" },
      encoding: {
        color: {
          condition: { test: "!isValid(datum.value)", value: cssColour("--missing") },
          ...(classes.breaks.length === 0 ? { value: classes.colours[0] }
            : { field: "value", type: "quantitative", legend: null,
              scale: { type: "threshold", domain: classes.breaks, range: classes.colours } }),
        },
        stroke: { condition: { test: `datum.code === ${JSON.stringify(selected ?? null)}`, value: cssColour("--ink") },
          value: cssColour("--border") },
        strokeWidth: { condition: { test: `datum.code === ${JSON.stringify(selected ?? null)}`, value: 3 },
          value: nodes.length > 600 ? 0.25 : 0.6 },
        description: { field: "fact0" },
        tooltip: titles.map((title, i) => ({ field: `fact${i}`, title })),
      },
    },
  };
}

const PICTURE_NAMES = { sink: "Total sink", ccsf: "Carbonate weathering", scsf: "Silicate weathering",
  nep: "Net ecosystem production", ce: "Emissions", balance: "Sink minus emissions" };

/** A quick-look picture of the cube with the zones beneath it in grey and their outlines over it. */
function pictureFigure(picture, map, outlines) {
  const [x0, y0, x1, y1] = picture.box;
  const svgElement = (tag, attributes) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };
  const title = `${PICTURE_NAMES[picture.variable] ?? picture.long_name}, ${picture.year}`;
  const svg = svgElement("svg", { viewBox: `0 0 ${map ? map.width : x1} ${map ? map.height : y1}`, role: "img",
    "aria-label": `${picture.long_name || picture.variable}, ${picture.year}` });
  if (outlines) svg.append(svgElement("path", { d: outlines, class: "ground", "fill-rule": "evenodd" }));
  const image = svgElement("image", { x: x0, y: y0, width: x1 - x0, height: y1 - y0, preserveAspectRatio: "none" });
  image.setAttribute("href", picture.png);
  if (picture.png) svg.append(image);
  if (outlines) svg.append(svgElement("path", { d: outlines, class: "outline" }));
  const figure = element("figure", { class: "picture", style: "margin:0" }, element("h3", {}, title), svg);
  if (!picture.png) {
    figure.append(element("p", { class: "caption" }, "No cell has a value."));
    return figure;
  }
  const unit = prettyUnit(picture.unit);
  figure.append(element("div", { class: "bar" },
    element("span", {}, picture.low === 0 ? "0" : `≤ ${formatRound(picture.low)}`),
    element("span", { class: "ramp", style: `background:linear-gradient(to right, ${picture.colours.join(",")})` }),
    element("span", {}, `≥ ${formatRound(picture.high)} ${unit}${picture.scale === "log" ? ", logarithmic" : ""}`),
    element("span", { class: "key" }, element("i", { class: "missing" }), "missing")));
  return figure;
}

/** Outlines of a level as one SVG path, from the topology's arcs. */
function outlinePath(map, level) {
  const { arcs, objects } = map.topology;
  const decoded = arcs.map((arc) => {
    let x = 0, y = 0;
    return arc.map(([dx, dy]) => [(x += dx), (y += dy)]);
  });
  const ring = (indices) => {
    const points = [];
    for (const index of indices) {
      const arc = index < 0 ? [...decoded[~index]].reverse() : decoded[index];
      points.push(...(points.length === 0 ? arc : arc.slice(1)));
    }
    return `M${points.map((p) => p.join(" ")).join("L")}Z`;
  };
  return (objects[level]?.geometries ?? []).flatMap((geometry) =>
    geometry.type === "Polygon" ? geometry.arcs.map(ring)
      : geometry.type === "MultiPolygon" ? geometry.arcs.flat().map(ring) : []).join("");
}
