"use strict";
// The sections of the page, each built from the data alone; one that has nothing to show is absent.

const yearsText = (years) => years.length === 1 ? String(years[0])
  : years.every((year, i) => i === 0 || year === years[i - 1] + 1) ? `${years[0]} to ${years.at(-1)}` : years.join(", ");

const yearOptions = ({ years }) => years.map((year, i) => [String(i), String(year)]);

/** The head of a page whose output has no table of zones. */
function bareHead(data) {
  return { header: [element("h1", {}, data.name)], unit: "t",
    body: [data.lacking.map((text) => element("p", { class: "note" }, text)),
      element("p", {}, "There is no table of zones, so there are no totals and no map.")] };
}

function headSection(data, zones) {
  if (zones.nodes.length === 0) return bareHead(data);
  const year = zones.years.length - 1;
  const total = (column) => zones.total(column, year);
  const sink = total("sink_t"), emissions = total("ce_t");
  const cnci = isMissing(sink) || isMissing(emissions) || emissions <= 0 ? null : (100 * sink) / emissions;
  const balance = isMissing(sink) || isMissing(emissions) ? null : sink - emissions;
  const unit = habitualUnit(Math.max(Math.abs(sink ?? 0), Math.abs(emissions ?? 0)));
  const others = (tonnes) => Object.keys(MASS_UNITS).filter((other) => other !== unit)
    .map((other) => formatMass(tonnes, other)).join(" = ");
  const figure = (name, tonnes, kind, more) => element("div", { class: `figure ${kind ?? ""}` },
    element("div", { class: "name" }, name), element("div", { class: "value" }, formatMass(tonnes, unit)),
    element("div", { class: "more" }, isMissing(tonnes) ? "not computed" : others(tonnes)),
    more ? element("div", { class: "more" }, more) : null);
  const roots = zones.roots();
  const region = roots.length === 1 ? roots[0].name : `${roots.length} zones of level ${roots[0]?.level ?? ""}`;
  const side = cnci === null ? null : cnci >= 100 ? "surplus" : "deficit";
  const parts = COMPONENTS.filter((part) => part.sink);
  const verdict = cnci === null
    ? (isMissing(emissions) ? "Emissions are not part of this run, or have no value; there is no CNCI."
      : isMissing(sink) ? "Sinks are not part of this run, or have no value; there is no CNCI."
        : "There are no emissions; CNCI is not defined.")
    : cnci < 0 ? `In ${zones.years[year]} the land is a source of CO₂, on top of the emissions.`
      : `In ${zones.years[year]} the land takes up ${formatPercent(cnci)} of the CO₂ that is emitted: ${side === "surplus" ? "a surplus" : "a deficit"}.`;
  return {
    header: [element("h1", {}, data.name), element("p", { class: "soft" },
      `${region} · ${yearsText(zones.years)} · ${zones.levels.map((level) => `${level}: ${zones.ofLevel(level).length}`).join(" · ")}`)],
    body: [
      data.lacking.map((text) => element("p", { class: "note" }, text)),
      element("p", { id: "verdict" }, verdict,
        zones.years.length > 1 ? ` Figures are those of ${zones.years[year]}, the latest of ${zones.years.length} years.` : ""),
      element("div", { class: "figures" },
        element("div", { class: `figure ${side ?? ""}` }, element("div", { class: "name" }, "CNCI"),
          element("div", { class: "value", id: "cnci" }, formatPercent(cnci)),
          element("div", { class: "more" }, "total sink as a share of emissions")),
        figure("Total sink", sink, "", zones.longNames.get("sink_t")?.match(/\((partial[^)]*)\)/)?.[1]),
        parts.map((part) => figure(part.name, total(part.total))),
        figure("Emissions", emissions),
        figure("Sink minus emissions", balance, side)),
      element("p", { class: "caption" }, "All masses are CO₂ per year. 1 Tg = 100 × 10⁴ t = 1 million t."),
    ],
    unit,
  };
}

function mapSection(data, zones, state, redraw) {
  if (!data.map) return null;
  const quantities = mapQuantities(zones);
  if (quantities.length === 0) return null;
  const host = element("div", { class: "chart", id: "map" });
  const legend = element("div");
  const details = element("div", { id: "selected", class: "selected", role: "status" });
  const levels = zones.levels.filter((level) => data.map.topology.objects[level]);
  const view = { level: levels.at(-1), quantity: quantities[0], year: zones.years.length - 1, selected: null };

  const showDetails = () => {
    const node = zones.ofLevel(view.level).find((zone) => zone.code === view.selected);
    details.replaceChildren(...(node ? [element("h3", {}, node.name),
      element("dl", {}, zoneFacts(zones, node, view.year, state.unit).flatMap(([title, text]) =>
        [element("dt", {}, title), element("dd", {}, text)]))]
      : [element("p", { class: "soft" }, "Choose a zone on the map, in the list or in the table to keep its numbers here.")]));
  };
  const draw = async () => {
    const { spec, classes } = mapSpec(host, data.map, zones, { ...view, unit: state.unit });
    legend.replaceChildren(classLegend(classes, view.quantity.unit));
    showDetails();
    const shown = await drawChart(host, spec, `Map of ${view.quantity.title} by ${view.level}, ${zones.years[view.year]}`);
    shown?.addEventListener("click", (_, item) => {
      if (item?.datum?.code !== undefined) { view.selected = item.datum.code; draw(); }
    });
  };
  const find = element("input", { id: "find-zone", list: "zone-names", placeholder: "name or code", onchange: () => {
    const wanted = find.value.trim();
    const node = zones.nodes.find((zone) => zone.code === wanted || zone.name === wanted ||
      `${zone.name} (${zone.code})` === wanted);
    if (node) select(node);
    else if (wanted !== "") details.replaceChildren(element("p", {}, `There is no zone "${wanted}".`));
  } });
  const levelSelect = labelledSelect("Level", levels.map((level) => [level, level]), view.level,
    (level) => { view.level = level; view.selected = null; draw(); }, "map-level");
  const select = (node) => {
    if (!levels.includes(node.level)) return;
    view.level = node.level;
    view.selected = node.code;
    levelSelect.querySelector("select").value = node.level;
    draw();
  };
  redraw.push(draw);
  const names = zones.nodes.length <= 4000
    ? element("datalist", { id: "zone-names" }, zones.nodes.map((node) => element("option", { value: `${node.name} (${node.code})` })))
    : null;
  return {
    id: "map-section", title: "Map", select,
    body: [
      element("div", { class: "controls" },
        labelledSelect("Quantity", quantities.map((q) => [q.id, q.title]), view.quantity.id,
          (id) => { view.quantity = quantities.find((q) => q.id === id); draw(); }, "map-quantity"),
        levelSelect,
        zones.years.length > 1 ? labelledSelect("Year", yearOptions(zones), String(view.year),
          (year) => { view.year = Number(year); draw(); }, "map-year") : null,
        element("label", { id: "find" }, "Find a zone", find), names),
      legend, element("div", { class: "map" }, host, details),
    ],
  };
}

/** How many zones a bar chart shows: more cannot be told apart; the table has all. */
const MOST_BARS = 30;

function barsSection(zones, state, redraw) {
  const hasSink = zones.hasValues("sink_t"), hasEmissions = zones.hasValues("ce_t");
  if (!hasSink && !hasEmissions) return null;
  const chart = (id) => element("div", { class: "chart tall", id });
  const charts = { stacked: chart("bars-stacked"), cnci: chart("bars-cnci"), balance: chart("bars-balance"),
    person: chart("bars-person"), gdp: chart("bars-gdp") };
  const several = zones.levels.filter((level) => zones.ofLevel(level).length > 1);
  const view = { level: several[0] ?? zones.levels[0], order: hasEmissions ? "ce_t" : "sink_t", year: zones.years.length - 1 };
  const orders = [["ce_t", "most emissions"], ["sink_t", "largest sink"], ["cnci_pct", "highest CNCI"], ["-cnci_pct", "lowest CNCI"],
    ["balance_t", "largest surplus"], ["-balance_t", "largest deficit"], ["code", "code"]]
    .filter(([column]) => column === "code" || zones.hasValues(column.replace("-", "")));
  const note = element("p", { class: "caption" });
  const chosen = () => {
    const nodes = zones.ofLevel(view.level);
    const column = view.order.replace("-", "");
    const direction = view.order.startsWith("-") ? 1 : -1;
    if (view.order !== "code") {
      const value = (node) => zones.value(column, node, view.year);
      nodes.sort((a, b) => isMissing(value(a)) || isMissing(value(b)) ? isMissing(value(a)) - isMissing(value(b))
        : direction * (value(a) - value(b)));
    }
    note.textContent = nodes.length > MOST_BARS
      ? `The first ${MOST_BARS} of ${nodes.length} zones in this order; the table below has all.` : "";
    return nodes.slice(0, MOST_BARS);
  };
  const draw = async () => {
    const nodes = chosen();
    const { year } = view;
    const divisor = MASS_UNITS[state.unit].divisor;
    await drawChart(charts.stacked, stackedSpec(charts.stacked, zones, nodes, year, state.unit), "Sinks by component, stacked, against emissions");
    if (zones.hasValues("cnci_pct")) await drawChart(charts.cnci, cnciSpec(charts.cnci, zones, nodes, year), "CNCI by zone, from 100 percent");
    if (zones.hasValues("balance_t")) {
      await drawChart(charts.balance, signedBarsSpec(charts.balance, zones, nodes, year, "balance_t", divisor,
        massTitle(state.unit, "Sink minus emissions"), (value) => formatMass(value, state.unit)), "Surplus and deficit by zone");
    }
    if (zones.hasValues("sink_per_person_t") || zones.hasValues("ce_per_person_t")) {
      await drawChart(charts.person, groupedSpec(charts.person, zones, nodes, year,
        [{ column: "sink_per_person_t", name: "Sink" }, { column: "ce_per_person_t", name: "Emissions" }].filter((s) => zones.hasValues(s.column)),
        "t CO₂ per person and year"), "Sink and emissions per person");
    }
    if (zones.hasValues("cei_t_per_1e4usd")) {
      await drawChart(charts.gdp, groupedSpec(charts.gdp, zones, nodes, year,
        [{ column: "cei_t_per_1e4usd", name: "Emissions" }, ...(zones.has("gdp_usd") ? [{ column: SINK_PER_GDP, name: "Sink" }] : [])],
        "t CO₂ per 10 000 USD of GDP"), "Sink and emissions per GDP");
    }
  };
  redraw.push(draw);
  const block = (title, host, shown = true) => shown ? element("div", {}, element("h3", {}, title), host) : null;
  return {
    id: "zones-section", title: "Zones compared",
    body: [
      element("div", { class: "controls" },
        labelledSelect("Level", zones.levels.map((level) => [level, level]), view.level, (level) => { view.level = level; draw(); }, "bars-level"),
        labelledSelect("Order", orders, view.order, (order) => { view.order = order; draw(); }, "bars-order"),
        zones.years.length > 1 ? labelledSelect("Year", yearOptions(zones), String(view.year), (year) => { view.year = Number(year); draw(); }, "bars-year") : null),
      note,
      element("div", { class: "wide pair" },
        block("Sinks against emissions", charts.stacked),
        block("CNCI, split at 100 %", charts.cnci, zones.hasValues("cnci_pct")),
        block("Surplus and deficit", charts.balance, zones.hasValues("balance_t")),
        block("Per person", charts.person, zones.hasValues("ce_per_person_t") || zones.hasValues("sink_per_person_t")),
        block("Per GDP", charts.gdp, zones.hasValues("cei_t_per_1e4usd"))),
    ],
  };
}

/** The tables give emissions per GDP; the sink per GDP is made here from the same numbers. */
const SINK_PER_GDP = "sink_t_per_1e4usd";
function addSinkPerGdp(data) {
  const { values } = data;
  if (!values.gdp_usd || !values.sink_t || !values.cei_t_per_1e4usd) return;
  values[SINK_PER_GDP] = values.sink_t.map((ofYear, year) => ofYear.map((sink, i) => {
    // Where the GDP of a zone is incomplete the tables give no ratio.
    const gdp = values.gdp_usd[year][i];
    return isMissing(values.cei_t_per_1e4usd[year][i]) || isMissing(sink) || !(gdp > 0) ? null : (sink * 1e4) / gdp;
  }));
}

function profileSection(data, redraw) {
  const { profile } = data;
  if (!profile || profile.lat_south.length < 2) return null;
  const parts = COMPONENTS.filter((part) => profile.columns[part.flux]?.some((ofYear) => ofYear.some((value) => !isMissing(value))));
  if (parts.length === 0) return null;
  const view = { year: profile.years.length - 1 };
  const hosts = parts.map((part) => element("div", { class: "chart", id: `profile-${part.flux}` }));
  const draw = async () => {
    for (const [i, part] of parts.entries()) {
      await drawChart(hosts[i], profileSpec(hosts[i], profile, part, view.year), `${part.name} by latitude`);
    }
  };
  redraw.push(draw);
  return {
    id: "profile-section", title: "By latitude",
    body: [
      element("p", { class: "soft" }, `Mean flux over the zoned area with a value, in bands of ${formatRound(profile.step)}°.`),
      profile.years.length > 1 ? element("div", { class: "controls" }, labelledSelect("Year", yearOptions(profile), String(view.year),
        (year) => { view.year = Number(year); draw(); }, "profile-year")) : null,
      element("div", { class: "wide pair" }, parts.map((part, i) => element("div", {}, element("h3", {}, part.name), hosts[i]))),
    ],
  };
}

function picturesSection(data, zones) {
  if (data.pictures.length === 0) return null;
  // The coarsest level of several zones: finer borders would hide the picture.
  const levels = data.map ? zones.levels.filter((name) => data.map.topology.objects[name]) : [];
  const level = levels.find((name) => zones.ofLevel(name).length > 3) ?? levels.at(-1);
  const outlines = level === undefined ? "" : outlinePath(data.map, level);
  return {
    id: "pictures-section", title: "Quick looks",
    body: [
      element("p", { class: "soft" }, "Means of the cube's cells, from the 2nd to the 98th percentile of the picture",
        outlines ? `, with the borders of level ${level}` : "", ". Where the zones are grey there is no value."),
      element("div", { class: "pictures" }, data.pictures.map((picture) => pictureFigure(picture, data.map, outlines))),
    ],
  };
}

/** Most lines that are drawn at once. */
const MOST_LINES = 20;

function yearsSection(zones, state, redraw) {
  if (zones.years.length < 2) return null;
  const columns = ["sink_t", "ce_t", "cnci_pct", ...COMPONENTS.filter((part) => part.sink).map((part) => part.total)]
    .filter((column) => zones.hasValues(column));
  if (columns.length === 0) return null;
  const titles = { sink_t: "Total sink", ce_t: "Emissions", cnci_pct: "CNCI",
    ...Object.fromEntries(COMPONENTS.filter((part) => part.sink).map((part) => [part.total, part.name])) };
  const view = { level: zones.levels[0], column: columns[0] };
  const host = element("div", { class: "chart", id: "years" });
  const trends = element("div", { id: "trends" });
  const note = element("p", { class: "caption" });
  const climate = ["temperature_degc", "precipitation_mm"].filter((column) => zones.hasValues(column));
  const draw = async () => {
    const isPercent = view.column === "cnci_pct";
    const last = zones.years.length - 1;
    const all = zones.ofLevel(view.level);
    const size = (node) => Math.abs(zones.value(view.column, node, last) ?? 0);
    const nodes = [...all].sort((a, b) => size(b) - size(a)).slice(0, MOST_LINES);
    note.textContent = all.length > MOST_LINES ? `The ${MOST_LINES} largest of ${all.length} zones.` : "";
    await drawChart(host, seriesSpec(host, zones, nodes, view.column, isPercent ? 1 : MASS_UNITS[state.unit].divisor,
      isPercent ? "CNCI (%)" : massTitle(state.unit, titles[view.column]),
      (value) => isPercent ? formatPercent(value) : formatMass(value, state.unit)), `${titles[view.column]} over the years`);
    const rows = nodes.map((node) => {
      const trend = linearTrend(zones.years, zones.series(view.column, node));
      const correlations = climate.map((column) =>
        linearTrend(zones.series(column, node), zones.series("vscs_t", node))?.correlation);
      return [node.name, trend ? `${formatNumber(trend.slope)} ± ${formatNumber(trend.error, 2)}` : DASH,
        ...correlations.map((value) => isMissing(value) ? DASH : formatNumber(value, 3))];
    });
    trends.replaceChildren(plainTable([{ title: "Zone", text: true },
      { title: "Trend ± standard error", unit: isPercent ? "% per year" : "t CO₂ per year, each year" },
      ...climate.map((column) => ({ title: `r of vegetation sink and ${column === "temperature_degc" ? "temperature" : "precipitation"}` }))],
    rows, "Trends"));
  };
  redraw.push(draw);
  return {
    id: "years-section", title: "Over the years",
    body: [
      element("div", { class: "controls" },
        labelledSelect("Quantity", columns.map((column) => [column, titles[column]]), view.column, (column) => { view.column = column; draw(); }, "years-quantity"),
        labelledSelect("Level", zones.levels.map((level) => [level, level]), view.level, (level) => { view.level = level; draw(); }, "years-level")),
      host, note,
      element("p", { class: "soft" }, "Trends are slopes of ordinary least squares over the years, from three years on; the standard error takes the years as independent.",
        climate.length > 0 ? " r is Pearson's correlation over the years." : ""),
      trends,
    ],
  };
}

function tableSection(data, zones, map) {
  const table = new ZoneTable(zones, data.name, map ? (node) => {
    map.select(node);
    document.getElementById(map.id).scrollIntoView();
  } : null);
  return {
    id: "table-section", title: "All numbers",
    body: [element("p", { class: "soft" }, "Numbers of zones have six digits here; zones.csv beside it has every bit. † marks zones of which more than ",
      `${MISSING_FLAG_PERCENT} % of the area lacks a component. A dash is a missing value, not a zero.`), table.element],
  };
}

function trustSection(data, zones) {
  const { run } = data;
  const last = zones.years.length - 1;
  const hasZones = zones.nodes.length > 0;
  const body = [];
  const warnings = [...new Set(run.notes ?? [])];
  if (warnings.length > 0) {
    body.push(element("h3", {}, "What the run said"), element("ul", {}, warnings.map((text) => element("li", {}, text))));
  }
  const parts = hasZones ? COMPONENTS.filter((part) => zones.has(part.missing)) : [];
  if (parts.length > 0) {
    body.push(element("h3", {}, `Area without a value, ${zones.years[last]}`),
      element("p", { class: "soft" }, "Missing is never taken for zero: where an input is missing a total is a lower bound of its size."),
      plainTable([{ title: "Component", text: true }, { title: "Missing area", unit: "km²" }, { title: "Share of the region", unit: "%" },
        { title: `Zones with more than ${MISSING_FLAG_PERCENT} % missing` }],
      parts.map((part) => {
        if (!zones.hasValues(part.total)) return [part.name, "not computed", DASH, DASH];
        const missing = zones.total(part.missing, last), area = zones.total("area_km2", last);
        const flagged = zones.ofLevel(zones.levels.at(-1)).filter((node) =>
          100 * zones.value(part.missing, node, last) > MISSING_FLAG_PERCENT * zones.value("area_km2", node, last));
        return [part.name, formatNumber(missing), formatNumber((100 * missing) / area, 3), `${flagged.length} of ${zones.ofLevel(zones.levels.at(-1)).length}`];
      }), "Missing area"));
  }
  if (run.mass?.length > 0) {
    body.push(element("h3", {}, "Mass of the inventories"),
      element("p", { class: "soft" }, "What is in the files is inside or outside the grid, and inside in zones or not; nothing is created or lost."),
      plainTable([{ title: "Layer", text: true }, { title: "Year" }, { title: "Unit", text: true }, { title: "In the file" }, { title: "Inside the grid" },
        { title: "Outside" }, { title: "In zones" }, { title: "In no zone" }, { title: "In no zone", unit: "% of inside" }],
      run.mass.map((line) => [line.layer, String(line.year), line.unit, ...[line.inventory, line.in_domain, line.out_of_domain, line.zoned, line.unzoned]
        .map((value) => formatNumber(value, 7)), line.in_domain > 0 ? formatNumber((100 * line.unzoned) / line.in_domain, 3) : DASH]), "Mass of the inventories"));
  }
  if (run.closure?.length > 0) {
    body.push(element("details", {}, element("summary", {}, run.closure.every((line) => line.exact)
      ? `Closure: all ${run.closure.length} sums close exactly` : "Closure: NOT all sums close"),
    plainTable([{ title: "Year" }, { title: "Quantity", text: true }, { title: "Zones" }, { title: "In no zone" }, { title: "Independent total" }, { title: "Exact", text: true }],
      run.closure.map((line) => [String(line.year), line.variable, ...[line.zoned, line.unzoned, line.total].map((value) => formatNumber(value, 9)),
        line.exact ? "yes" : "NO"]), "Closure")));
  }
  if (body.length === 0) return null;
  return { id: "trust-section", title: "How far to trust it", body };
}

function provenanceSection(data) {
  const { run } = data;
  const facts = [["Program", `cnci ${data.version}`], ["Grid", run.grid ? `${run.grid.columns} × ${run.grid.rows} cells of ${run.grid.resolution}, ${run.grid.crs}` : null],
    ["Bit class", run.bit_class], ["Instruction set", run.simd],
    ["Ranks", run.ranks ? `${run.ranks} with ${run.threads_per_rank} thread${run.threads_per_rank === 1 ? "" : "s"} each` : null],
    ["Time", run.wall_seconds?.total ? `${formatNumber(run.wall_seconds.total, 3)} s` : null],
    ["Result hash", run.identity?.result_hash],
    ["Libraries", run.libraries ? Object.entries(run.libraries).map(([name, version]) => `${name} ${version}`).join(", ") : null]]
    .filter(([, text]) => text);
  const body = [element("dl", {}, facts.flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]))];
  if (run.inputs?.length > 0) {
    body.push(element("h3", {}, "Inputs"), plainTable([{ title: "File", text: true, wrap: true }, { title: "Bytes" }, { title: "Hash", text: true }],
      run.inputs.map((file) => [file.path, formatCount(file.bytes), file.hash ?? ""]), "Inputs"));
  }
  if (run.parts?.length > 0) {
    body.push(element("h3", {}, "Joined from"), element("ul", {}, run.parts.map((part) => element("li", {}, `${yearsText(part.years ?? [])}: ${part.folder ?? ""}`))));
  }
  if (run.job) {
    body.push(element("details", {}, element("summary", {}, run.parts?.length > 0 ? "The job of the first part in full" : "The job in full"),
      element("pre", {}, Object.entries(run.job).map(([key, value]) => `${key} = ${value}`).join("\n"))));
  }
  body.push(element("h3", {}, "How to cite"),
    element("pre", { id: "cite" }, `${data.cite.program}\n\n${data.cite.methods.join("\n")}`));
  return { id: "provenance-section", title: "Provenance", body };
}
