/** Says what chose and what orders a run's targets, so that no test is told as their reason that was not. */

import type { Run, Target } from "../api/types";
import { gettext } from "./catalogue";
import { words } from "./en";
import { harm, integer, percent } from "./format";

/** By what targets are chosen and ranked; null: their analysis does not say. */
export type Order = "expected" | "hot-spot" | "top" | null;

type Asked = Pick<Run, "parameters">;

export function orderOf({ parameters }: Asked): Order {
  // Runs of before its name was changed hold the old one.
  const strategy = String(parameters["strategy"] ?? "");
  if (strategy === "significant") return "hot-spot";
  return strategy === "expected" || strategy === "hot-spot" || strategy === "top" ? strategy : null;
}

const ofIncidents = ({ parameters }: Asked) => parameters.value === "count";

/** For which time harm is expected: what tests a list does not say it. */
export const aheadWords = ({ horizon }: Pick<Run, "horizon">) =>
  words.expectation.within[String(horizon?.["step"])] ?? words.expectation.next;

/** What chose the places of a list, and what more is known of it; null: its analysis does not say. */
export function choiceWords(run: Run): { by: string; how: string } | null {
  const { chosen } = words;
  const what = ofIncidents(run) ? "count" : "harm";
  switch (orderOf(run)) {
    case "expected":
      return { by: chosen.expected[what], how: run.horizon ? aheadWords(run) : "" };
    case "hot-spot":
      return { by: chosen.hotSpots, how: testWords(run) };
    case "top":
      return { by: chosen.window[what], how: chosen.untested };
    case null:
      return null;
  }
}

/** How a statistic was tested, in short. */
export function testWords({ inference: found }: Pick<Run, "inference">): string {
  if (!found) return "";
  const level = `q ≤ ${found["alpha"]}`;
  return found["inference"] === "permutation"
    ? words.facts.permutations(integer(Number(found["permutations"])), level)
    : words.facts.analytic(level);
}

/** What orders a list, in a sentence. */
export function orderWords(run: Run): string | null {
  const { ordered } = words;
  const order = orderOf(run);
  if (order === null) return null;
  if (order === "expected") {
    const ahead = aheadWords(run);
    return ofIncidents(run) ? ordered.expectedCount(ahead) : ordered.expectedHarm(ahead);
  }
  return ofIncidents(run) ? ordered.count : ordered.harm;
}

/** What stands first of a target: that which ranks it where it is known, else its harm. */
export interface Lead {
  said: string;
  interval: string | null;
  /** What the number is. */
  name: string;
}

export function leadOf(target: Target, run: Run): Lead {
  const unit = run.harm_index.unit;
  const most = target.expected_harm;
  if (orderOf(run) === "expected" && most != null) {
    const [low, high] = target.expected_interval ?? [];
    return {
      said: `${harm(most)} ${unit}`,
      interval:
        low === undefined || high === undefined ? null : gettext("{low} to {high}", { low: harm(low), high: harm(high) }),
      name: words.ranking.expected(aheadWords(run)),
    };
  }
  return ofIncidents(run) && orderOf(run) !== null
    ? { said: words.evidence.incidents(target.count), interval: null, name: words.ranking.countOf }
    : { said: `${harm(target.harm)} ${unit}`, interval: null, name: words.ranking.harmOf };
}

/** What else a target holds, without that which stands first: its evidence tells more. */
export const alsoOf = (target: Target, run: Run): string[] =>
  [words.ranking.ofHarm(percent(target.harm_share)), words.evidence.incidents(target.count)].filter(
    (one) => one !== leadOf(target, run).said,
  );
