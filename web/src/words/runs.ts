/** Says runs, units, trends and inference in plain words. */

import type { Parameters, Run, Target, Trend } from "../api/types";
import { UNIT_KINDS } from "../api/generated";
import { gettext } from "./catalogue";
import { words } from "./en";
import { area, date, distance, harm, integer, monthOf } from "./format";

/** Share of a target's harm above which its worst incident is a reason for caution. */
export const DOMINATED = 0.5;

const DAY_MS = 86_400_000;

/** One unit of a run, and several. */
export const unitNames = ({ parameters }: Pick<Run, "parameters">): [string, string] =>
  [gettext(UNIT_KINDS[parameters.unit].one), gettext(UNIT_KINDS[parameters.unit].several)];

/** A number of a run's units. */
export function countedUnits(many: number, run: Pick<Run, "parameters">): string {
  const [one, several] = unitNames(run);
  return gettext("{many} {units}", { many: integer(many), units: many === 1 ? one : several });
}

/** In which units a run was made. */
export const unitWords = (asked: Parameters): string =>
  gettext(UNIT_KINDS[asked.unit].of_run, valuesOf(asked));

/** How many units a run has, and of what. */
export const everyUnit = ({ parameters, study_area }: Run): string =>
  gettext(UNIT_KINDS[parameters.unit].counted, {
    many: integer(study_area.units),
    ...valuesOf(parameters),
  });

const valuesOf = ({ resolution, network, layer }: Parameters) => ({
  resolution: String(resolution),
  network: network ?? "",
  layer: layer ?? "",
});

export const windowWords = ({ from, to }: { from: string; to: string }) =>
  `${date(from)} – ${date(to)}`;

/** A window in a list of runs: whole years and months by their names. */
export function shortWindow({ from, to }: { from: string; to: string }): string {
  const after = new Date(Date.parse(`${to}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
  if (!from.endsWith("-01") || !after.endsWith("-01")) return windowWords({ from, to });
  const [first, last] = [monthOf(from), monthOf(to)];
  const [year, month] = [from.slice(0, 4), from.slice(5, 7)];
  if (year === to.slice(0, 4)) {
    if (month === "01" && to.slice(5, 7) === "12") return year;
    if (first === last) return first;
    return `${first.replace(` ${year}`, "")}–${last}`;
  }
  return month === "01" && to.slice(5, 7) === "12" ? `${year}–${to.slice(0, 4)}` : `${first} – ${last}`;
}

/** A run in a list of runs. */
export const runWords = ({ id, parameters }: { id: string; parameters: Parameters }): string =>
  [
    unitWords(parameters),
    shortWindow(parameters),
    parameters.study_area,
    parameters.offences ? parameters.offences.join(", ") : null,
    id.slice(0, 8),
  ]
    .filter(Boolean)
    .join(" · ");

export const classWords = (name: string) => words.classes[name] ?? name;

export const reasonWords = (reason: string) =>
  words.reasons[reason] ?? reason.replaceAll("_", " ");

export const studyExtent = ({ area_km2, length_km }: Run["study_area"]) =>
  area_km2 == null
    ? gettext("{km} km of streets", { km: integer(length_km ?? 0) })
    : `${integer(area_km2)} km²`;

export const extent = (target: Pick<Target, "area_km2" | "length_m">) =>
  target.area_km2 == null ? distance(target.length_m ?? 0) : area(target.area_km2);

/** How thick harm lies. */
export function densityWords({ harm_per_100m, harm_per_km2 }: Target, unit: string) {
  if (harm_per_100m != null) return gettext("{harm} {unit} per 100 m", { harm: harm(harm_per_100m), unit });
  return harm_per_km2 == null
    ? undefined
    : gettext("{harm} {unit} per km²", { harm: harm(harm_per_km2), unit });
}

export interface TrendWords {
  direction: "up" | "down" | "steady" | "unknown";
  arrow: string;
  short: string;
}

/** How a target changed: only an interval that excludes 1 is called a change. */
export function trendWords(trend: Trend | null): TrendWords {
  if (!trend) return { direction: "unknown", arrow: "", short: gettext("no earlier data") };
  const [low, high] = trend.interval;
  const change = trend.ratio == null ? "" : `${integer(Math.abs(trend.ratio - 1) * 100)}%`;
  if (low > 1) return { direction: "up", arrow: "↑", short: gettext("up {change}", { change }).trim() };
  if (high != null && high < 1) return { direction: "down", arrow: "↓", short: gettext("down {change}", { change }).trim() };
  return { direction: "steady", arrow: "→", short: gettext("no clear change") };
}

export function inferenceWords(run: Run): string {
  const found = run.inference;
  if (!found) return gettext("none");
  const source =
    found["inference"] === "permutation"
      ? gettext("{many} permutations", { many: integer(Number(found["permutations"])) })
      : gettext("normal approximation");
  const control = found["correction"] === "by" ? "Benjamini-Yekutieli" : "Benjamini-Hochberg";
  return `${found["statistic"]}, ${source}, ${control} q ≤ ${found["alpha"]}`;
}

