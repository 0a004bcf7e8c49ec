// Says what a run asked and what its answer rests on: in short above the map, in full beside it.

import { h } from "./elements.js";
import {
  date,
  dateTime,
  inferenceWords,
  integer,
  percent,
  plural,
  reasonWords,
  studyExtent,
  unitNames,
} from "./words.js";

/** @typedef {import("./types.js").Run} Run */
/** @typedef {import("./types.js").RunSummary} RunSummary */

/** @param {Run} run */
const windowWords = (run) => `${date(run.window.from)} – ${date(run.window.to)}`;

/** @param {Run} run */
const areaWords = (run) => run.study_area.name ?? "none named";

/** @param {Run} run @returns {Node[]} */
export function factsOf(run) {
  const { used, outside, in_window } = run.incidents;
  const excluded = sum(run.incidents.excluded);
  return [
    fact("Window", windowWords(run)),
    fact("Study area", areaWords(run), studyExtent(run.study_area)),
    fact("Harm index", run.harm_index.name, `${run.harm_index.version}, ${run.harm_index.unit}`),
    fact(
      "Incidents",
      `${integer(used)} used`,
      `of ${integer(in_window)}; ${integer(outside)} outside, ${integer(excluded)} excluded`,
    ),
    fact("Inference", "Gi*", shortInference(run)),
  ];
}

/** @param {Run} run */
const shortInference = (run) =>
  run.inference?.inference === "permutation"
    ? `${integer(run.inference.permutations)} permutations, q ≤ ${run.inference.alpha}`
    : `normal approximation, q ≤ ${run.inference?.alpha}`;

/** @param {string} name @param {string} value @param {string} [detail] */
const fact = (name, value, detail) =>
  h("div", {}, h("dt", {}, name), h("dd", {}, value, detail ? h("span", {}, detail) : null));

/**
 * @param {Run} run
 * @param {RunSummary | undefined} summary
 * @param {boolean} any whether there are targets
 */
export function aboutRun(run, summary, any) {
  const area = run.study_area;
  return h(
    "article",
    { class: "about" },
    h("h2", {}, "What this map shows"),
    h("p", {}, methodWords(run)),
    any
      ? h(
          "p",
          { class: "hint" },
          "Choose a target, in the list or on the map, to see its evidence.",
        )
      : null,
    h("h3", {}, "Incidents"),
    account(run),
    h("h3", {}, "What it rests on"),
    h(
      "dl",
      { class: "ground" },
      ...entry(
        "Study area",
        `${areaWords(run)}${area.version == null ? "" : `, version ${area.version}`}: ` +
          `${plural(area.units, ...unitNames(run))}, ${studyExtent(area)}`,
      ),
      ...entry("Streets", referenceWords(run, "network")),
      ...entry("Districts", referenceWords(run, "districts")),
      ...entry("Window", `${windowWords(run)}, ${run.window.time_zones.join(", ")}`),
      ...entry("Harm index", `${run.harm_index.title}, version ${run.harm_index.version}`),
      ...entry("Source", run.harm_index.citation),
      ...entry("Inference", inferenceWords(run)),
      ...entry("Incidents from", run.sources.join(", ")),
      ...entry("Run", `${run.id}, seed ${run.seed}`),
      ...entry("Made", summary ? dateTime(summary.created_at) : null),
      ...entry("Versions", `data ${run.data_version}, software ${run.software_version}`),
    ),
    h(
      "p",
      { class: "links" },
      h(
        "a",
        { href: `api/v1/runs/${encodeURIComponent(run.id)}/export?format=geojson` },
        "Targets as GeoJSON",
      ),
      h("a", { href: "docs" }, "HTTP interface"),
    ),
  );
}

/** @param {string} name @param {string | null} value */
const entry = (name, value) => (value ? [h("dt", {}, name), h("dd", {}, value)] : []);

/** @param {Run} run @param {string} what */
function referenceWords(run, what) {
  const found = run.references?.[what];
  return found ? `${found.name}, version ${found.version}` : null;
}

/** @param {Run} run */
function methodWords(run) {
  const [unit, units] = unitNames(run);
  const what = run.parameters.value === "count" ? "more incidents" : "more harm";
  if (run.parameters.strategy === "top") {
    return `The ${units} with ${what} than all others, merged where they touch and ranked. They were not chosen for being more than chance would explain.`;
  }
  const found = run.inference ?? {};
  const test =
    found.inference === "permutation"
      ? `shuffling the city ${integer(found.permutations)} times`
      : "the normal approximation";
  return (
    `Each ${unit} was asked whether it and its neighbours hold ${what} than chance would put there (${found.statistic}, ${test}). ` +
    `Of the ${units} found so, no more than ${percent(Number(found.alpha))} are expected to be false. ` +
    "They were merged where they touch and ranked."
  );
}

/** @param {Run} run */
function account(run) {
  const rows = [
    ["used", run.incidents.used],
    ["outside the study area", run.incidents.outside],
    ...Object.entries(run.incidents.excluded).map(([reason, many]) => [reasonWords(reason), many]),
  ];
  return h(
    "table",
    { class: "account" },
    h(
      "tbody",
      {},
      ...rows.map(([words, many]) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, String(words)),
          h("td", { class: "number" }, integer(Number(many))),
        ),
      ),
    ),
    h(
      "tfoot",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "row" }, "in the window"),
        h("td", { class: "number" }, integer(run.incidents.in_window)),
      ),
    ),
  );
}

/** @param {Record<string, number>} counts */
const sum = (counts) => Object.values(counts).reduce((total, one) => total + one, 0);
