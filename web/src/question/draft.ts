/** A question on its way: what the shown run asked, and what was changed in it since. */

import type { Coverage } from "../api/offers";
import { type Field, isFor, split, written } from "./inputs";
import { neededBy } from "./units";
import { lastDays, lastMonths } from "./windows";

export type Draft = Readonly<Record<string, string>>;

/** What is wrong with a value, by the name of its field. */
export type Faults = Readonly<Record<string, Fault>>;
export type Fault =
  | { kind: "missing" }
  | { kind: "none" }
  | { kind: "number" }
  | { kind: "whole" }
  | { kind: "range"; min: number | null; max: number | null; openMin: boolean }
  | { kind: "backwards" };

/** How many targets there should be, each way by the parameter that says it. */
export const WAYS = ["top", "harm_share", "patrol_minutes"] as const;
export type Way = (typeof WAYS)[number];
/** Holds the way chosen, so that an emptied amount is missed and not taken for another way. */
const WAY = "way";

/** What choices were called before: links and stored runs still say so. */
const EARLIER: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  strategy: { significant: "hot-spot" },
};

const asToday = (draft: Draft): Draft =>
  Object.fromEntries(
    Object.entries(draft).map(([name, value]) => [name, EARLIER[name]?.[value] ?? value]),
  );

/** The values that a form begins with: those of a run, or for want of one the usual ones. */
export function begin(
  fields: ReadonlyMap<string, Field>,
  parameters: Readonly<Record<string, unknown>> | null,
  coverage: Coverage,
  index: string | null,
): Draft {
  const first: Record<string, string> = {};
  for (const { name, standard, nullable } of fields.values()) {
    const given = parameters?.[name];
    // A stored run says null for what means nothing in its unit.
    first[name] = given == null && !(nullable && given === null) ? standard : written(given);
  }
  if (parameters === null) {
    first["index"] = index ?? "";
    const year = coverage.last_day === null ? null : usual(coverage.last_day, coverage);
    first["from"] = later(year?.from ?? "", coverage.first_day ?? "");
    first["to"] = year?.to ?? "";
  }
  first[WAY] = wayOf(first);
  return asToday(first);
}

/** A year; of whole months where the data know no days. */
const usual = (last: string, { by_month: months, incidents }: Coverage) =>
  months * 2 > incidents ? lastMonths(last, 12) : lastDays(last, 365);

const later = (one: string, other: string) => (one > other ? one : other);

/** What the form holds: the beginning, and over it what was changed. */
export const whole = (first: Draft, changed: Draft): Draft => asToday({ ...first, ...changed });

/** Changes with some more; what is back at its beginning is no change. */
export function change(first: Draft, changed: Draft, more: Draft): Draft {
  const all = Object.entries({ ...changed, ...more });
  return Object.fromEntries(all.filter(([name, value]) => first[name] !== value));
}

/** Which way the number of targets is said. */
export function wayOf(draft: Draft): Way {
  const chosen = WAYS.find((one) => one === draft[WAY]);
  return chosen ?? (["harm_share", "patrol_minutes"] as const).find((one) => draft[one]) ?? "top";
}

/** Say the number of targets another way; the others then limit nothing. */
export function turn(way: Way): Draft {
  const usual: Record<Way, string> = { top: "20", harm_share: "0.5", patrol_minutes: "240" };
  const amounts = WAYS.map((one) => [one, one === way ? usual[one] : ""]);
  return { ...Object.fromEntries(amounts), [WAY]: way };
}

/** What cannot be asked so. */
export function faults(fields: ReadonlyMap<string, Field>, draft: Draft): Faults {
  const found: Record<string, Fault> = {};
  for (const field of fields.values()) {
    if (!isFor(field, draft["unit"] ?? "")) continue;
    const fault = faultOf(field, draft[field.name] ?? "");
    if (fault) found[field.name] = fault;
  }
  const needed = neededBy(draft["unit"]);
  if (needed !== null && !draft[needed]) found[needed] = { kind: "missing" };
  const way = wayOf(draft);
  if (way !== "top" && fields.has(way) && !draft[way]) found[way] = { kind: "missing" };
  const { from = "", to = "" } = draft;
  if (from && to && from > to) found["to"] = { kind: "backwards" };
  return found;
}

function faultOf(field: Field, value: string): Fault | null {
  if (field.kind === "choices" || field.kind === "list") {
    return split(value)?.length === 0 ? { kind: "none" } : null;
  }
  if (value === "") return field.required ? { kind: "missing" } : null;
  if (field.kind !== "number") return null;
  const number = Number(value);
  if (!Number.isFinite(number)) return { kind: "number" };
  const { min, max } = field;
  const low = min !== null && (field.openMin ? number <= min : number < min);
  const high = max !== null && (field.openMax ? number >= max : number > max);
  if (low || high) return { kind: "range", min, max, openMin: field.openMin };
  return field.whole && !Number.isInteger(number) ? { kind: "whole" } : null;
}

/** The parameters to ask with: what is not as usual, of what means something for the unit. */
export function parametersOf(
  fields: ReadonlyMap<string, Field>,
  draft: Draft,
): Record<string, unknown> {
  const asked: Record<string, unknown> = {};
  for (const field of fields.values()) {
    const value = draft[field.name] ?? "";
    const usual = !field.required && value === field.standard;
    if (usual || !isFor(field, draft["unit"] ?? "")) continue;
    if (value === "" && !field.nullable) continue; // left empty: as usual
    asked[field.name] = valueOf(field, value);
  }
  return asked;
}

function valueOf(field: Field, value: string): unknown {
  if (value === "") return null;
  if (field.kind === "number") return Number(value);
  return field.kind === "choices" || field.kind === "list" ? split(value) : value;
}
