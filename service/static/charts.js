// The two charts of the evidence: what happens (bars) and when (hours of the week).

import { h, s } from "./elements.js";
import { harm, integer, percent } from "./words.js";

/** @typedef {import("./types.js").Target} Target */
/** @typedef {import("./types.js").Peak} Peak */

const BARS = 6;
const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/**
 * Harm and incidents by offence, the greatest harm first; the small ones together.
 * @param {Target} target
 * @param {Map<string, string>} names
 * @param {string} unit
 */
export function offenceBars(target, names, unit) {
  const rows = Object.entries(target.harm_by_offence).map(([code, sum]) => ({
    name: names.get(code) || code,
    sum,
    count: target.offences[code] ?? 0,
  }));
  if (rows.length > BARS + 1) {
    const small = rows.splice(BARS);
    rows.push({
      name: `${small.length} other offences`,
      sum: small.reduce((total, row) => total + row.sum, 0),
      count: small.reduce((total, row) => total + row.count, 0),
    });
  }
  const most = Math.max(...rows.map((row) => row.sum), 1e-9);
  const many = Math.max(...rows.map((row) => row.count), 1);
  return h(
    "table",
    { class: "offences" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, "Offence"),
        h("th", { scope: "col", colspan: 2 }, `Harm (${unit})`),
        h("th", { scope: "col", colspan: 2 }, "Incidents"),
      ),
    ),
    h(
      "tbody",
      {},
      ...rows.map((row) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, row.name),
          h("td", { class: "bar" }, bar(row.sum / most, "harm-bar")),
          h(
            "td",
            { class: "number", title: target.harm ? percent(row.sum / target.harm) : "" },
            harm(row.sum),
          ),
          h("td", { class: "bar" }, bar(row.count / many, "count-bar")),
          h("td", { class: "number" }, integer(row.count)),
        ),
      ),
    ),
  );
}

/** @param {number} share @param {string} kind */
const bar = (share, kind) =>
  s(
    "svg",
    { class: kind, viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    s("rect", { class: "groove", width: 100, height: 10 }),
    s("rect", { class: "amount", width: (100 * share).toFixed(2), height: 10 }),
  );

/**
 * A strip for each day, a square for each hour: the darker, the more incidents.
 * @param {Peak} peak
 */
export function weekHeat(peak) {
  const [left, top, side, height] = [30, 4, 12.5, 14];
  const most = Math.max(...peak.hour_of_week, 1);
  const squares = peak.hour_of_week.map((count, hour) => {
    const [day, at] = [Math.floor(hour / 24), hour % 24];
    const place = {
      x: left + at * side,
      y: top + day * height,
      width: side - 1,
      height: height - 1,
    };
    const until = String((at + 1) % 24).padStart(2, "0");
    const words = `${DAYS[day]} ${String(at).padStart(2, "0")}–${until}: ${count}`;
    return s(
      "g",
      {},
      s("rect", { class: "groove", ...place }),
      count
        ? s("rect", {
            class: "amount",
            opacity: (0.12 + 0.88 * (count / most)).toFixed(3),
            ...place,
          })
        : null,
      s("title", {}, words),
    );
  });
  const best = peak.windows.map(windowWords).join("; ");
  const bottom = top + 7 * height;
  return h(
    "figure",
    { class: "week" },
    s(
      "svg",
      {
        viewBox: `0 0 ${left + 24 * side + 2} ${bottom + 14}`,
        role: "img",
        "aria-label": `Incidents by hour of the week. Busiest: ${best}.`,
      },
      ...DAYS.map((day, at) =>
        s("text", { x: left - 5, y: top + at * height + 10.5, class: "day" }, day),
      ),
      ...[0, 6, 12, 18].map((hour) =>
        s(
          "text",
          { x: left + hour * side, y: bottom + 11, class: "hour" },
          String(hour).padStart(2, "0"),
        ),
      ),
      ...squares,
    ),
    h(
      "figcaption",
      {},
      h("ol", { class: "windows" }, ...peak.windows.map((one) => h("li", {}, windowWords(one)))),
    ),
  );
}

/** @param {Peak["windows"][0]} one */
const windowWords = (one) => `${one.day} ${one.start}–${one.end}, ${integer(one.count)}`;
