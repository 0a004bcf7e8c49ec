/** What the parts of the form share: the fields, what they hold, what is wrong, how to change it. */

import type { Offers } from "../api/offers";
import type { Complaint } from "./asking";
import type { Draft, Fault, Faults } from "./draft";
import type { Field } from "./inputs";
import { words } from "../words/en";
import { integer, significant } from "../words/format";

export interface Form {
  offers: Offers;
  fields: ReadonlyMap<string, Field>;
  draft: Draft;
  faults: Faults;
  /** What the service said of fields the last time. */
  complaints: readonly Complaint[];
  set: (changes: Draft) => void;
}

/** What a field is called; one that is not known here goes by its own name. */
export const nameOf = (name: string): string =>
  words.question.names[name] ?? sentence(name.replaceAll("_", " "));

export const choiceName = (value: string): string =>
  words.question.choices[value] ?? sentence(value.replaceAll("_", " "));

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** All that is wrong with a field: what the page sees, and what the service said. */
export function complaintsOf(form: Form, name: string): string[] {
  const fault = form.faults[name];
  const said = form.complaints.filter((one) => one.field === name).map((one) => one.message);
  return fault ? [faultWords(fault, PERCENT.has(name) ? 100 : 1), ...said] : said;
}

/** Shares that the form asks for in percent. */
const PERCENT: ReadonlySet<string> = new Set(["harm_share"]);

function faultWords(fault: Fault, scale: number): string {
  const { faults } = words.question;
  if (fault.kind !== "range") return faults[fault.kind];
  const bound = (value: number | null) => (value === null ? null : bounds(value * scale));
  const [min, max] = [bound(fault.min), bound(fault.max)];
  if (min === null) return max === null ? faults.number : faults.most(max);
  if (max === null) return fault.openMin ? faults.above(min) : faults.least(min);
  return fault.openMin ? faults.aboveTo(min, max) : faults.between(min, max);
}

/** A bound to its last digit, since rounded it would be another one. */
const bounds = (value: number) => (Number.isInteger(value) ? integer(value) : significant(value));

export const identifier = (name: string) => `ask-${name}`;
