// Small signs that list, evidence and legend share: the class, the trend.

import { h, s } from "./elements.js";
import { classWords, trendWords } from "./words.js";

/** What units of each kind look like, in a square of 14. @type {Record<string, string>} */
const SWATCHES = {
  h3: "M7 .8 12.4 3.9V10.1L7 13.2 1.6 10.1V3.9Z",
  segment: "M3 13.2 .8 10 11 .8 13.2 4Z",
  polygon: "M1.5 3 8 1.2 12.8 5.5 11 12.6 3.2 11.4Z",
};

/**
 * A unit in the colour of a class or step.
 * @param {string} kind of unit
 * @param {string} colour name of the colour
 */
export const swatch = (kind, colour) =>
  s(
    "svg",
    { viewBox: "0 0 14 14", "aria-hidden": "true" },
    s("path", { class: `swatch ${colour}`, d: SWATCHES[kind] ?? SWATCHES.h3 }),
  );

/**
 * A unit in the colour of its class, with the class in words.
 * @param {string} kind of unit
 * @param {string} name
 * @param {boolean} [short] without the level of q
 */
export function classMark(kind, name, short = false) {
  const words = classWords(name);
  return h(
    "span",
    { class: "class-mark", title: words },
    swatch(kind, `class-${name.replaceAll("_", "-")}`),
    short ? words.replace(/,.*/, "") : words,
  );
}

/** @param {import("./types.js").Trend | null} trend */
export function trendMark(trend) {
  const { direction, arrow, short } = trendWords(trend);
  return h(
    "span",
    { class: `trend ${direction}`, title: "Incidents against the window before" },
    arrow && h("span", { class: "arrow", "aria-hidden": "true" }, arrow),
    short,
  );
}
