/** Which runs have the same units of place, and can be compared for that reason. */

import { UNIT_KINDS } from "../api/generated";
import type { Parameters } from "../api/types";
import { words } from "../words/en";
import { unitWords } from "../words/runs";

/** As much of a run as is needed to tell of it beside another. */
export interface Side {
  id: string;
  parameters: Parameters;
  /** Versions of the networks and layers that it was made with, by what they are for. */
  references?: References;
}

export type References = Record<string, { name: string; version: number } | undefined>;

/** The units of a run, the same text for the same units. */
function placesOf({ parameters, references }: Side): string {
  const { unit, resolution } = parameters;
  // Another version of what they are parts of numbers its parts anew.
  const from = UNIT_KINDS[unit].made_of;
  const version = from === null ? undefined : references?.[from];
  return [unit, resolution, version ? `${version.name}@${version.version}` : ""].join(" ");
}

/** Why two runs cannot be compared; null: they can. */
export function hindrance(shown: Side, other: Side): string | null {
  if (placesOf(shown) === placesOf(other)) return null;
  const [one, two] = [unitWords(other.parameters), unitWords(shown.parameters)];
  return one === two ? words.comparison.otherVersion(one) : words.comparison.otherUnit(one, two);
}

/** What two runs were asked differently, by the names of the parameters. */
export const differing = (one: Parameters, other: Parameters): string[] =>
  Object.keys({ ...one, ...other }).filter(
    (name) => JSON.stringify(one[name] ?? null) !== JSON.stringify(other[name] ?? null),
  );

/** The run whose window ends first, or begins first, comes first; else the one that is not shown. */
export function inOrder(shown: Side, other: Side): [earlier: Side, later: Side] {
  const key = ({ parameters: { from, to } }: Side) => `${to} ${from}`;
  return key(other) > key(shown) ? [shown, other] : [other, shown];
}
