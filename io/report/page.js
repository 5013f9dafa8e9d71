"use strict";
// Puts the page together: head, sections, and what redraws them.

async function main() {
  const data = await readPageData();
  const zones = new Zones(data);
  addSinkPerGdp(data);
  const redraw = [];
  const head = headSection(data, zones);
  const state = { unit: head.unit };

  const hasZones = zones.nodes.length > 0;
  const sections = [];
  /** A section of damaged data is named, and the others are shown. */
  const add = (title, make) => {
    try {
      const section = make();
      if (section) sections.push(section);
      return section;
    } catch (error) {
      console.info(error);
      head.body.unshift(element("p", { class: "note" }, `Section "${title}" cannot be shown: the data of the output is damaged (${error.message}).`));
      return null;
    }
  };
  if (hasZones) {
    add("Map", () => mapSection(data, zones, state, redraw));
    add("Zones compared", () => barsSection(zones, state, redraw));
    add("Over the years", () => yearsSection(zones, state, redraw));
  }
  add("By latitude", () => profileSection(data, redraw));
  add("Quick looks", () => picturesSection(data, zones));
  if (hasZones) {
    const map = sections.find((section) => section.id === "map-section");
    add("All numbers", () => tableSection(data, zones, map));
  }
  add("How far to trust it", () => trustSection(data, zones));
  add("Provenance", () => provenanceSection(data));

  document.getElementById("head").append(...head.header);
  document.getElementById("nav").append(element("ul", {}, sections.map((section) =>
    element("li", {}, element("a", { href: `#${section.id}` }, section.title)))));
  document.getElementById("main").replaceChildren(
    element("section", { id: "summary-section", "aria-label": "Summary" }, head.body.flat(),
      hasZones ? element("div", { class: "controls" }, labelledSelect("Unit of the charts",
        Object.entries(MASS_UNITS).map(([id, unit]) => [id, `${unit.label} CO₂`]), state.unit,
        (unit) => { state.unit = unit; redrawAll(); }, "unit")) : ""),
    ...sections.map((section) => element("section", { id: section.id, "aria-labelledby": `${section.id}-title` },
      element("h2", { id: `${section.id}-title` }, section.title), section.body.flat())));
  document.getElementById("foot").append(element("p", { class: "soft" },
    `Made by cnci ${data.version} from the results beside it. The page needs no network; nothing in it leaves this computer.`));

  // One after the other: a draw that is overtaken by the next one puts nothing into the page.
  let wanted = 0;
  const redrawAll = async () => {
    const turn = ++wanted;
    for (const draw of redraw) {
      if (turn !== wanted) return;
      await draw();
    }
    document.documentElement.dataset.ready = String(turn);
  };
  let width = innerWidth, timer = 0;
  addEventListener("resize", () => {
    if (innerWidth === width) return;  // a phone's address bar changes the height only
    width = innerWidth;
    clearTimeout(timer);
    timer = setTimeout(redrawAll, 200);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawAll);
  await redrawAll();
}

main().catch((error) => {
  document.getElementById("main").prepend(element("p", { class: "note", role: "alert" },
    `This page cannot be shown: ${error.message}. ${typeof DecompressionStream === "undefined" ? "It needs a browser of 2023 or later. " : ""}The numbers are in zones.csv beside it.`));
  throw error;
});
