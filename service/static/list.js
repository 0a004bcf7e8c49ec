// The ranked list of targets: one button each, with what decides at a glance.

import { byId, h } from "./elements.js";
import { classMark, trendMark } from "./marks.js";
import { DOMINATED, chance, extent, harm, percent, plural } from "./words.js";

/** @typedef {import("./types.js").Target} Target */
/** @typedef {import("./types.js").Run} Run */

export class TargetList {
  /** @param {{onSelect: (id: string) => void, onHover: (id: string | null) => void}} events */
  constructor(events) {
    this.events = events;
    this.element = byId("targets");
    this.sum = byId("targets-sum");
    /** @type {Map<string, HTMLElement>} */
    this.rows = new Map();
    this.element.addEventListener("keydown", (event) => this.step(event));
  }

  /** @param {Target[]} targets @param {Run} run */
  show(targets, run) {
    this.rows.clear();
    this.element.replaceChildren();
    const share = targets.reduce((sum, target) => sum + target.harm_share, 0);
    this.sum.textContent = targets.length
      ? `${plural(targets.length, "place")} with ${percent(share)} of the harm` +
        ` on ${sizeWords(targets, run)}`
      : "";
    if (targets.length === 0) {
      this.element.append(h("li", { class: "none" }, run.message ?? "This run chose no targets."));
    }
    for (const target of targets) {
      const row = rowOf(target, run);
      row.addEventListener("click", () => this.events.onSelect(target.target_id));
      row.addEventListener("pointerenter", () => this.events.onHover(target.target_id));
      row.addEventListener("pointerleave", () => this.events.onHover(null));
      row.addEventListener("focus", () => this.events.onHover(target.target_id));
      row.addEventListener("blur", () => this.events.onHover(null));
      this.rows.set(target.target_id, row);
      this.element.append(h("li", {}, row));
    }
  }

  /** @param {string | null} selected @param {string | null} hovered */
  mark(selected, hovered) {
    for (const [id, row] of this.rows) {
      row.classList.toggle("hovered", id === hovered);
      row.setAttribute("aria-pressed", String(id === selected));
    }
  }

  /** @param {string} id */
  reveal(id) {
    this.rows.get(id)?.scrollIntoView({ block: "nearest" });
  }

  /** @param {string} id */
  focus(id) {
    this.rows.get(id)?.focus();
  }

  /** Up and down go from row to row, as in any list. @param {KeyboardEvent} event */
  step(event) {
    const rows = [...this.rows.values()];
    const at = rows.indexOf(/** @type {HTMLElement} */ (event.target));
    /** @type {Record<string, number>} */
    const goals = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 };
    const goal = rows[goals[event.key]];
    if (at < 0 || !goal) return;
    event.preventDefault();
    goal.focus();
  }
}

/** @param {Target[]} targets @param {Run} run */
function sizeWords(targets, { study_area }) {
  const { area_km2, length_km = 1 } = study_area;
  const sum = (/** @type {(target: Target) => number | undefined} */ of) =>
    targets.reduce((total, target) => total + (of(target) ?? 0), 0);
  return area_km2 == null
    ? `${percent(sum((one) => one.length_m) / 1000 / length_km)} of the street length`
    : `${percent(sum((one) => one.area_km2) / area_km2)} of the area`;
}

/** @param {Target} target @param {Run} run */
function rowOf(target, run) {
  return h(
    "button",
    { type: "button", class: "row", "data-id": target.target_id, "aria-pressed": "false" },
    h("span", { class: "rank" }, String(target.rank)),
    h(
      "span",
      { class: "place" },
      h("span", { class: "label" }, target.label),
      h(
        "span",
        { class: "share", title: "Share of the study area's harm" },
        percent(target.harm_share),
      ),
    ),
    h(
      "span",
      { class: "amounts" },
      `${harm(target.harm)} ${run.harm_index.unit} · ${plural(target.count, "incident")}` +
        (target.length_m == null ? "" : ` · ${extent(target)}`),
    ),
    h(
      "span",
      { class: "signs" },
      classMark(run.parameters.unit, target.class, true),
      h(
        "span",
        { class: "q", title: "False discovery rate at which it counts as a hot spot" },
        `q ${chance(target.q_min)}`,
      ),
      trendMark(target.trend),
      target.district ? h("span", { class: "district" }, target.district) : null,
      target.dominance > DOMINATED && target.count > 1
        ? h("span", { class: "flag" }, `one incident: ${percent(target.dominance)} of harm`)
        : null,
    ),
  );
}
