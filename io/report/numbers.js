"use strict";
// Numbers and units as readers write them. A missing value is a dash, never a zero.

const DASH = "–";
const isMissing = (value) => value === null || value === undefined || Number.isNaN(value);

/** Units for totals of tonnes; `divisor` tonnes are one of them. */
const MASS_UNITS = {
  t: { divisor: 1, label: "t" },
  "1e4t": { divisor: 1e4, label: "10⁴\u00a0t" },
  Tg: { divisor: 1e6, label: "Tg" },
};

/** `digits` significant ones, with thin spaces between thousands and a proper minus. */
function formatNumber(value, digits = 4) {
  if (isMissing(value)) return DASH;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e15 || size < 1e-6) {
    return value.toExponential(digits - 1).replace("e+", "e").replace(/-/g, "−");
  }
  const rounded = Number(value.toPrecision(digits));
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(rounded))));
  const [whole, part] = Math.abs(rounded).toFixed(Math.min(decimals, 20)).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  return (value < 0 ? "−" : "") + grouped + (part === undefined ? "" : "." + part);
}

/** A count, in full. */
const formatCount = (value) => isMissing(value) ? DASH : String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, "\u202f");

/** A number that somebody has chosen, such as the border of a class: without zeros at its end. */
const formatRound = (value, digits = 3) => {
  const text = formatNumber(value, digits);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
};

const formatMass = (tonnes, unit, digits = 4) =>
  isMissing(tonnes) ? DASH
    : `${formatNumber(tonnes / MASS_UNITS[unit].divisor, digits)}\u00a0${MASS_UNITS[unit].label}`;

const formatPercent = (value) => (isMissing(value) ? DASH : `${formatNumber(value, 4)}\u00a0%`);

/** The unit in which a region's totals are short numbers. */
function habitualUnit(tonnes) {
  const size = Math.abs(tonnes || 0);
  return size >= 1e7 ? "Tg" : size >= 1e4 ? "1e4t" : "t";
}

/** Units as printed: the tables' UDUNITS with signs and superscripts. */
function prettyUnit(unit) {
  const powers = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴" };
  return unit
    .replace(/percent/g, "%")
    .replace(/CO2/g, "CO₂")
    .replace(/^t(?= |$)(?! C)/, "t CO₂")
    .replace(/\byear/g, "yr")
    .replace(/([a-z])(-?\d)/g, (_, letter, power) =>
      letter + [...power].map((sign) => powers[sign] ?? sign).join(""));
}

/** Ordinary least squares y = a + b x with the standard error of b; null below three points. */
function linearTrend(x, y) {
  const points = x.map((value, i) => [value, y[i]]).filter((p) => !isMissing(p[0]) && !isMissing(p[1]));
  const n = points.length;
  if (n < 3) return null;
  const meanX = points.reduce((sum, p) => sum + p[0], 0) / n;
  const meanY = points.reduce((sum, p) => sum + p[1], 0) / n;
  let sxx = 0, sxy = 0, syy = 0;
  for (const [px, py] of points) {
    sxx += (px - meanX) ** 2;
    sxy += (px - meanX) * (py - meanY);
    syy += (py - meanY) ** 2;
  }
  if (sxx === 0) return null;
  const slope = sxy / sxx;
  const rest = points.reduce((sum, p) => sum + (p[1] - meanY - slope * (p[0] - meanX)) ** 2, 0);
  return {
    slope,
    error: Math.sqrt(rest / (n - 2) / sxx),
    correlation: syy > 0 ? sxy / Math.sqrt(sxx * syy) : null,
    points: n,
  };
}

/** A value at a share of the sorted present ones, between its neighbours in proportion. */
function quantile(values, share) {
  const sorted = values.filter((value) => !isMissing(value)).sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (place - low) * (sorted[high] - sorted[low]);
}
