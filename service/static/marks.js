// Small signs that the list and the evidence share: the class, the trend.

import { h, s } from "./elements.js";
import { classWords, trendWords } from "./words.js";

/**
 * A cell in the colour of its class, with the class in words.
 * @param {string} name
 * @param {boolean} [short] without the level of q
 */
export function classMark(name, short = false) {
  const words = classWords(name);
  return h(
    "span",
    { class: "class-mark", title: words },
    s(
      "svg",
      { viewBox: "0 0 14 14", "aria-hidden": "true" },
      s("path", {
        class: `swatch class-${name.replaceAll("_", "-")}`,
        d: "M7 .8 12.4 3.9V10.1L7 13.2 1.6 10.1V3.9Z",
      }),
    ),
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
