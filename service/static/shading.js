// Decides the colour of a unit: by class, or by which part of all harm it belongs to.

import { CLASSES, classWords } from "./words.js";

/** @typedef {import("./types.js").Score} Score */
/** @typedef {import("./types.js").Run} Run */
/**
 * One step of a scale: the CSS custom property of its colour, what it means, and how much wider
 * than others its streets are drawn.
 * @typedef {{colour: string, words: string, weight: number}} Step
 */
/** @typedef {{title: string, steps: Step[], stepOf: (score: Score) => number}} Shading */

/** By the confidence that ends a class's name. @type {Record<string, number>} */
const WEIGHTS = { 99: 2.6, 95: 2.3, 90: 1.9 };

/** @param {Run} run @returns {Shading} */
export function byClass(run) {
  const asked = run.parameters.tail ?? "hot";
  const shown = CLASSES.filter(
    (name) =>
      name === "not_significant" ||
      (name.startsWith("hot") && asked !== "cold") ||
      (name.startsWith("cold") && asked !== "hot"),
  );
  return {
    title: "Class",
    steps: shown.map((name) => ({
      colour: `--class-${name.replaceAll("_", "-")}`,
      words: classWords(name).replace(" spot", ""),
      weight: WEIGHTS[name.slice(-2)] ?? 1,
    })),
    stepOf: (score) => {
      const at = shown.indexOf(score.class);
      return at < 0 ? shown.indexOf("not_significant") : at;
    },
  };
}

/** Steps of harm: units, the most harmful first, until they hold this share of it. */
const SHARES = [0.25, 0.5, 0.75, 1];

/** @returns {Shading} */
export function byHarm() {
  const words = ["First quarter of all harm", "second", "third", "last quarter"];
  return {
    title: "Harm",
    steps: [
      ...words.map((word, at) => ({
        colour: `--harm-${at + 1}`,
        words: word,
        weight: 2.6 - 0.4 * at,
      })),
      { colour: "--harm-none", words: "none", weight: 1 },
    ],
    stepOf: (score) => {
      if (!(score.harm > 0)) return SHARES.length;
      const at = SHARES.findIndex((share) => score.cumulative_harm_share <= share);
      return at < 0 ? SHARES.length - 1 : at;
    },
  };
}
