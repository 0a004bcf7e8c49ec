/** Says runs, units, trends and inference in plain words. */

import type { Parameters, Run, Target, Trend } from "../api/types";
import { words } from "./en";
import { area, date, distance, harm, integer } from "./format";

/** Share of a target's harm above which its worst incident is a reason for caution. */
export const DOMINATED = 0.5;

/** One unit of a run, and several. */
export const unitNames = ({ parameters }: Pick<Run, "parameters">): [string, string] =>
  words.units[parameters.unit] ?? ["unit", "units"];

/** In which units a run was made. */
export function unitWords({ unit, resolution, layer }: Parameters): string {
  if (unit === "h3") return `cells, resolution ${resolution}`;
  return unit === "polygon" ? `areas of ${layer}` : (words.units[unit]?.[1] ?? "units");
}

export const windowWords = ({ from, to }: { from: string; to: string }) =>
  `${date(from)} – ${date(to)}`;

/** A run in a list of runs. */
export const runWords = ({ id, parameters }: { id: string; parameters: Parameters }): string =>
  [
    unitWords(parameters),
    windowWords(parameters),
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
  area_km2 == null ? `${integer(length_km ?? 0)} km of streets` : `${integer(area_km2)} km²`;

export const extent = (target: Pick<Target, "area_km2" | "length_m">) =>
  target.area_km2 == null ? distance(target.length_m ?? 0) : area(target.area_km2);

/** How thick harm lies. */
export function densityWords({ harm_per_100m, harm_per_km2 }: Target, unit: string) {
  if (harm_per_100m != null) return `${harm(harm_per_100m)} ${unit} per 100 m`;
  return harm_per_km2 == null ? undefined : `${harm(harm_per_km2)} ${unit} per km²`;
}

export interface TrendWords {
  direction: "up" | "down" | "steady" | "unknown";
  arrow: string;
  short: string;
}

/** How a target changed: only an interval that excludes 1 is called a change. */
export function trendWords(trend: Trend | null): TrendWords {
  if (!trend) return { direction: "unknown", arrow: "", short: "no earlier data" };
  const [low, high] = trend.interval;
  const change = trend.ratio == null ? "" : ` ${integer(Math.abs(trend.ratio - 1) * 100)}%`;
  if (low > 1) return { direction: "up", arrow: "↑", short: `up${change}` };
  if (high != null && high < 1) return { direction: "down", arrow: "↓", short: `down${change}` };
  return { direction: "steady", arrow: "→", short: "no clear change" };
}

export function inferenceWords(run: Run): string {
  const found = run.inference;
  if (!found) return "none";
  const source =
    found["inference"] === "permutation"
      ? `${integer(Number(found["permutations"]))} permutations`
      : "normal approximation";
  const control = found["correction"] === "by" ? "Benjamini-Yekutieli" : "Benjamini-Hochberg";
  return `${found["statistic"]}, ${source}, ${control} q ≤ ${found["alpha"]}`;
}

