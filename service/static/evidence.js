// The evidence for one target: the sentence that says why, and the figures behind it.

import { offenceBars, weekHeat } from "./charts.js";
import { h, s } from "./elements.js";
import { classMark, trendMark } from "./marks.js";
import {
  DOMINATED,
  chance,
  densityWords,
  extent,
  harm,
  integer,
  percent,
  plural,
  significant,
  unitNames,
} from "./words.js";

/** @typedef {import("./types.js").Target} Target */
/** @typedef {import("./types.js").Trend} Trend */
/** @typedef {import("./types.js").Run} Run */

/**
 * @param {Target} target
 * @param {Run} run
 * @param {Map<string, string>} names of offences
 * @param {() => void} close
 */
export function evidenceOf(target, run, names, close) {
  const unit = run.harm_index.unit;
  const back = h(
    "button",
    {
      type: "button",
      class: "close",
      "aria-label": "Back to all targets",
      title: "Back to all targets (Esc)",
    },
    s(
      "svg",
      { viewBox: "0 0 20 20", "aria-hidden": "true" },
      s("path", { d: "M5 5L15 15M15 5L5 15" }),
    ),
  );
  back.addEventListener("click", close);
  return h(
    "article",
    { class: "evidence", "data-id": target.target_id },
    h(
      "header",
      {},
      h("span", { class: "rank" }, String(target.rank)),
      h("h2", { tabindex: -1 }, target.label),
      back,
    ),
    h(
      "p",
      { class: "standing" },
      classMark(run.parameters.unit, target.class),
      target.district ? h("span", { class: "district" }, target.district) : null,
    ),
    h("p", { class: "note" }, target.note),
    caution(target),
    h("h3", {}, "When"),
    target.peak
      ? weekHeat(target.peak)
      : h(
          "p",
          { class: "absent" },
          "No hours: the time of most incidents here is known only to the day or month.",
        ),
    h("h3", {}, "What happens"),
    offenceBars(target, names, unit),
    h("h3", {}, "In figures"),
    h(
      "dl",
      { class: "figures" },
      figure(
        "Harm",
        `${harm(target.harm)} ${unit}`,
        `${percent(target.harm_share)} of the study area's`,
        densityWords(target, unit),
      ),
      figure(
        "Incidents",
        integer(target.count),
        `${percent(target.count_share)} of the study area's`,
      ),
      figure(
        "Size",
        extent(target),
        plural(target.members.length, ...unitNames(run)),
      ),
      figure(
        "Hot spot",
        `q ${chance(target.q_min)}`,
        `z ${significant(target.z_max)}, p ${chance(target.p_min)}`,
      ),
      figure(
        "Worst incident",
        `${percent(target.dominance)} of the harm`,
        `${significant(target.effective_incidents)} effective incidents`,
      ),
      figure("Trend", trendMark(target.trend), trendDetail(target.trend)),
    ),
    h(
      "details",
      { class: "members" },
      h("summary", {}, `${target.target_id}: ${plural(target.members.length, "member")}`),
      h("ul", {}, ...target.members.map((member) => h("li", {}, h("code", {}, member)))),
    ),
  );
}

/** @param {string} name @param {Node | string} value @param {...(string | undefined)} details */
const figure = (name, value, ...details) =>
  h(
    "div",
    {},
    h("dt", {}, name),
    h("dd", {}, value),
    ...details.map((detail) => (detail ? h("dd", { class: "detail" }, detail) : null)),
  );

/** @param {Target} target */
const caution = (target) =>
  target.dominance > DOMINATED && target.count > 1
    ? h(
        "p",
        { class: "caution" },
        `One incident makes up ${percent(target.dominance)} of the harm: judge the place without it too.`,
      )
    : null;

/** @param {Trend | null} trend */
function trendDetail(trend) {
  if (!trend) return undefined;
  const before = `${integer(trend.previous_count)} before`;
  if (trend.ratio == null) return before;
  const [low, high] = trend.interval;
  const to = high == null ? "unbounded" : significant(high);
  return `${before}; ratio ${significant(trend.ratio)} (${significant(low)} to ${to})`;
}
