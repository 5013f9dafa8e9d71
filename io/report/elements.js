"use strict";
// Small helpers for the document. Text goes in as text: names may hold any sign.

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

function labelledSelect(label, options, selected, onChange, id) {
  const select = element("select", { id, onchange: () => onChange(select.value) },
    options.map(([value, text]) => element("option", { value, selected: value === selected }, text)));
  return element("label", {}, label, select);
}

/** A plain table. Columns: {title, unit, text, wrap}; rows: arrays of texts or nodes. */
function plainTable(columns, rows, caption) {
  const classes = (c) => [c.text ? "text" : "", c.wrap ? "wrap" : ""].join(" ").trim() || null;
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    element("table", {},
      element("thead", {}, element("tr", {}, columns.map((c) =>
        element("th", { scope: "col", class: c.text ? "text" : null }, c.title,
          c.unit ? element("span", { class: "unit" }, c.unit) : null)))),
      element("tbody", {}, rows.map((row) => element("tr", {}, row.map((cell, i) =>
        element("td", { class: classes(columns[i]) }, cell)))))));
}

/** Offers a text as a file; nothing leaves the page. */
function download(name, text, type) {
  const url = URL.createObjectURL(new Blob(["\ufeff", text], { type }));
  const link = element("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

const csvField = (value) => {
  const text = isMissing(value) ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
};

const cssColour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
