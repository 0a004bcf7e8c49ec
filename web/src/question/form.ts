/** What the parts of the form share: the fields, what they hold, what is wrong, how to change it. */

import type { Offers } from "../api/offers";
import type { Complaint } from "./asking";
import type { Draft, Fault, Faults } from "./draft";
import type { Field } from "./inputs";
import { words } from "../words/en";
import { significant } from "../words/format";

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
  return fault ? [faultWords(fault), ...said] : said;
}

export function faultWords(fault: Fault): string {
  const { faults } = words.question;
  if (fault.kind !== "range") return faults[fault.kind];
  const [min, max] = [fault.min, fault.max];
  if (min !== null && max !== null) return faults.between(significant(min), significant(max));
  return max === null ? faults.least(significant(min ?? 0)) : faults.most(significant(max));
}

export const identifier = (name: string) => `ask-${name}`;
