/** Decides the colour of a unit: by class, or by which part of all harm it belongs to. */

import type { ExpressionSpecification } from "maplibre-gl";

import type { ClassName, Run } from "../api/types";
import type { Shading as Kind } from "../state/address";
import { words } from "../words/en";
import { harm } from "../words/format";
import { classWords } from "../words/runs";
import type { ColourName, Palette } from "./palette";

/** One step of a scale. */
export interface Step {
  colour: ColourName;
  words: string;
  /** How much wider than others its streets are drawn. */
  weight: number;
}

export interface Shading {
  kind: Kind;
  steps: Step[];
  /** The number of a unit's step, from the properties that tiles carry. */
  stepOf: ExpressionSpecification;
}

/**
 * Where the quarters of all harm end: the rank of the last unit of the first, second and third, and
 * its harm.
 */
export type Quarters = readonly { rank: number; harm: number }[];

const CLASSES: readonly ClassName[] = [
  "hot_99",
  "hot_95",
  "hot_90",
  "not_significant",
  "cold_90",
  "cold_95",
  "cold_99",
];

/** By the confidence that ends a class's name. */
const WEIGHTS: Readonly<Record<string, number>> = { 99: 2.6, 95: 2.3, 90: 1.9 };
const PALE: readonly ColourName[] = ["class-not-significant", "harm-none"];

export function byClass(run: Run): Shading {
  const tail = run.parameters["tail"] ?? "hot";
  const shown = CLASSES.filter(
    (name) =>
      name === "not_significant" ||
      (name.startsWith("hot") && tail !== "cold") ||
      (name.startsWith("cold") && tail !== "hot"),
  );
  const pairs = shown.flatMap((name, at): (string | number)[] => [name, at]);
  return {
    kind: "class",
    steps: shown.map((name) => ({
      colour: `class-${name.replaceAll("_", "-")}` as ColourName,
      words: classWords(name).replace(" spot", ""),
      weight: WEIGHTS[name.slice(-2)] ?? 1,
    })),
    stepOf: [
      "match",
      ["get", "class"],
      ...pairs,
      shown.indexOf("not_significant"),
    ] as unknown as ExpressionSpecification,
  };
}

export function byHarm(quarters: Quarters): Shading {
  const said = words.map.quarters;
  const ends = quarters.map(({ rank }, at): [ExpressionSpecification, number] => [
    ["<=", ["get", "rank"], rank],
    at,
  ]);
  return {
    kind: "harm",
    steps: [
      ...said.names.map((name, at) => {
        const limit = quarters[at];
        return {
          colour: `harm-${at + 1}` as ColourName,
          // A quarter that no unit ends has no limit of its own.
          words: limit && limit.rank > 0 ? said.from(name, harm(limit.harm)) : name,
          weight: 2.6 - 0.4 * at,
        };
      }),
      { colour: "harm-none", words: said.none, weight: 1 },
    ],
    stepOf: [
      "case",
      ["!", [">", ["get", "harm"], 0]],
      said.names.length,
      ...ends.flat(),
      said.names.length - 1,
    ] as unknown as ExpressionSpecification,
  };
}

/** Choose a value by a unit's step. */
export const ofStep = <T extends string | number>(
  shading: Shading,
  of: (step: Step) => T,
): ExpressionSpecification => {
  const [first, ...others] = shading.steps;
  if (first === undefined) throw new Error("a shading has steps");
  const rest = others.flatMap((step, at): (T | number)[] => [at + 1, of(step)]);
  return ["step", shading.stepOf, of(first), ...rest] as unknown as ExpressionSpecification;
};

/** The colour of a step; what is white as a cell among cells would be lost as a line on the ground. */
export const colourOf = (step: Step, palette: Palette, linear: boolean): string =>
  palette[linear && PALE.includes(step.colour) ? "street-none" : step.colour];
