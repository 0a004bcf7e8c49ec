/** The inputs of a process as fields of a form: what each takes, and what it is called. */

import type { InputDescription } from "../api/offers";
import type { UnitKind } from "../api/types";

export type Kind = "number" | "choice" | "choices" | "list" | "date" | "text";

/** One input as a field. */
export interface Field {
  name: string;
  kind: Kind;
  /** The service's own words about it. */
  description: string;
  required: boolean;
  /** Whether it may be left empty, which means something of its own. */
  nullable: boolean;
  /** Its default, written as in a draft. */
  standard: string;
  /** What can be chosen, where that is closed. */
  choices: readonly string[];
  min: number | null;
  max: number | null;
  /** The bound itself is not allowed. */
  openMin: boolean;
  openMax: boolean;
  whole: boolean;
  unit: string | null;
  /** Which units of place it is for; null: all. */
  onlyFor: readonly string[] | null;
}

const YES_OR_NO = ["true", "false"];

export function fieldOf(name: string, input: InputDescription): Field {
  const { description, schema, minOccurs } = input;
  return {
    name,
    kind: kindOf(schema),
    description,
    required: minOccurs > 0,
    nullable: schema.nullable ?? false,
    standard: written(schema.default),
    choices: schema.enum ?? schema.items?.enum ?? (schema.type === "boolean" ? YES_OR_NO : []),
    min: schema.minimum ?? null,
    max: schema.maximum ?? null,
    openMin: schema.exclusiveMinimum ?? false,
    openMax: schema.exclusiveMaximum ?? false,
    whole: schema.type === "integer",
    unit: besides(input, "ogc-unit")?.[0] ?? null,
    onlyFor: besides(input, "only-for-unit"),
  };
}

const besides = (input: InputDescription, name: string): readonly string[] | null =>
  input.additionalParameters?.parameters.find((one) => one.name === name)?.value ?? null;

export const fieldsOf = (inputs: Record<string, InputDescription>): Map<string, Field> =>
  new Map(Object.entries(inputs).map(([name, one]) => [name, fieldOf(name, one)]));

export const isFor = (field: Field, unit: UnitKind | string): boolean =>
  field.onlyFor === null || field.onlyFor.includes(unit);

function kindOf(schema: InputDescription["schema"]): Kind {
  if (schema.type === "array") return schema.items?.enum ? "choices" : "list";
  if (schema.enum || schema.type === "boolean") return "choice";
  if (schema.type === "integer" || schema.type === "number") return "number";
  return schema.format === "date" ? "date" : "text";
}

/** Several values in one text: a comma between them, and those within them escaped. */
export const joined = (values: readonly string[]): string =>
  values.length === 0
    ? NONE
    : values.map((one) => one.replace(/[%,]/g, encodeURIComponent)).join(",");

/** None of them, which is not the same as "not said". */
export const NONE = ",";

/** The values in such a text; null: not said. */
export const split = (text: string): string[] | null =>
  text === "" ? null : text.split(",").filter(Boolean).map(decoded);

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // somebody wrote the address by hand
  }
}

/** A parameter as a draft writes it. */
export function written(value: unknown): string {
  if (value === null || value === undefined) return "";
  return Array.isArray(value) ? joined(value.map(String)) : String(value);
}
