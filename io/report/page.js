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
  const map = hasZones ? mapSection(data, zones, state, redraw) : null;
  const sections = [
    ...(hasZones ? [map, barsSection(zones, state, redraw), yearsSection(zones, state, redraw), profileSection(data, zones, redraw)] : []),
    picturesSection(data, zones),
    ...(hasZones ? [tableSection(data, zones, map), trustSection(data, zones)] : []),
    provenanceSection(data),
  ].filter(Boolean);

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
    `This page cannot be shown: ${error.message}. It needs a browser of 2023 or later; the numbers are in zones.csv beside it.`));
  throw error;
});
