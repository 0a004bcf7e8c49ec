// Says numbers, dates, classes and trends in plain words.

/** @typedef {import("./types.js").Trend} Trend */
/** @typedef {import("./types.js").Run} Run */

/** Share of a target's harm above which its worst incident is a reason for caution. */
export const DOMINATED = 0.5;

/** Classes of a unit, the hottest first. */
export const CLASSES = [
  "hot_99",
  "hot_95",
  "hot_90",
  "not_significant",
  "cold_90",
  "cold_95",
  "cold_99",
];

/** @type {Record<string, string>} */
const CLASS_WORDS = {
  hot_99: "Hot spot, q ≤ 0.01",
  hot_95: "Hot spot, q ≤ 0.05",
  hot_90: "Weak hot spot, q ≤ 0.10",
  not_significant: "Not significant",
  cold_90: "Weak cold spot, q ≤ 0.10",
  cold_95: "Cold spot, q ≤ 0.05",
  cold_99: "Cold spot, q ≤ 0.01",
};

/** @type {Record<string, string>} */
const REASON_WORDS = {
  detected_by_police: "found by police activity",
  detected_by_business: "found by businesses",
  offence_without_weight: "offence without a weight",
  offence_not_asked_for: "other offences than asked for",
  reported_late: "reported too late",
};

/** One unit of each kind, and several. @type {Record<string, [string, string]>} */
const UNIT_WORDS = {
  h3: ["cell", "cells"],
  segment: ["street segment", "street segments"],
  polygon: ["area", "areas"],
};

/** @param {Run} run @returns {[string, string]} one unit of a run, and several */
export const unitNames = (run) => UNIT_WORDS[run.parameters.unit] ?? ["unit", "units"];

/** Say in which units a run was made. @param {Record<string, any>} parameters */
export function unitWords({ unit, resolution, layer }) {
  if (unit === "h3") return `cells, resolution ${resolution}`;
  return unit === "polygon" ? `areas of ${layer}` : (UNIT_WORDS[unit]?.[1] ?? "units");
}

/** @param {string} name */
export const classWords = (name) => CLASS_WORDS[name] ?? name;

/** @param {string} reason */
export const reasonWords = (reason) => REASON_WORDS[reason] ?? reason.replaceAll("_", " ");

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const precise = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 2 });
const threeDigits = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 3 });
const oneDecimal = new Intl.NumberFormat("en-GB", { style: "percent", maximumFractionDigits: 1 });
const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });
const moment = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

/** @param {number} value */
export const integer = (value) => whole.format(value);

/** Harm below ten keeps its decimals. @param {number} value */
export const harm = (value) => (Math.abs(value) < 10 ? threeDigits : whole).format(value);

/** @param {number} value a share of one */
export const percent = (value) =>
  value > 0 && value < 0.001 ? "< 0.1%" : oneDecimal.format(value);

/** @param {number} value a p- or q-value */
export const chance = (value) => (value < 0.0001 ? "< 0.0001" : precise.format(value));

/** @param {number} value */
export const significant = (value) => threeDigits.format(value);

/** @param {string} iso a date without time */
export const date = (iso) => day.format(new Date(`${iso}T00:00:00Z`));

/** @param {string} iso */
export const dateTime = (iso) => moment.format(new Date(iso));

/** @param {number} count @param {string} one @param {string} [many] */
export const plural = (count, one, many = `${one}s`) =>
  `${integer(count)} ${count === 1 ? one : many}`;

/** @param {number} metres */
export const distance = (metres) =>
  metres >= 1000 ? `${threeDigits.format(metres / 1000)} km` : `${threeDigits.format(metres)} m`;

/** @param {Run["study_area"]} area */
export const studyExtent = ({ area_km2, length_km }) =>
  area_km2 == null ? `${integer(length_km ?? 0)} km of streets` : `${integer(area_km2)} km²`;

/** Say how thick harm lies. @param {import("./types.js").Target} target @param {string} unit */
export function densityWords({ harm_per_100m, harm_per_km2 }, unit) {
  if (harm_per_100m != null) return `${harm(harm_per_100m)} ${unit} per 100 m`;
  return harm_per_km2 == null ? undefined : `${harm(harm_per_km2)} ${unit} per km²`;
}

/** @param {{area_km2?: number, length_m?: number}} target */
export const extent = (target) =>
  target.area_km2 == null
    ? distance(target.length_m ?? 0)
    : `${threeDigits.format(target.area_km2)} km²`;

/**
 * Say how a target changed: only an interval that excludes 1 is called a change.
 * @param {Trend | null} trend
 * @returns {{direction: "up" | "down" | "steady" | "unknown", arrow: string, short: string}}
 */
export function trendWords(trend) {
  if (!trend) return { direction: "unknown", arrow: "", short: "no earlier data" };
  const [low, high] = trend.interval;
  const change = trend.ratio == null ? "" : ` ${integer(Math.abs(trend.ratio - 1) * 100)}%`;
  if (low > 1) return { direction: "up", arrow: "↑", short: `up${change}` };
  if (high != null && high < 1) return { direction: "down", arrow: "↓", short: `down${change}` };
  return { direction: "steady", arrow: "→", short: "no clear change" };
}

/** @param {Run} run */
export function inferenceWords(run) {
  const found = run.inference;
  if (!found) return "none";
  const source =
    found.inference === "permutation"
      ? `${integer(found.permutations)} permutations`
      : "normal approximation";
  const control = found.correction === "by" ? "Benjamini-Yekutieli" : "Benjamini-Hochberg";
  return `${found.statistic}, ${source}, ${control} q ≤ ${found.alpha}`;
}
