/** What the comparison of two runs says; a section of `words`. */

import { integer } from "./format";

export const comparison = {
  lead: "Compare the shown run with another one on the same units:",
  stop: "Stop comparing",
  noOther: "There is no other run yet. Ask a new analysis, then compare.",
  shown: "shown",
  otherUnit: (unit: string, shown: string) =>
    `Cannot be compared: it is made of ${unit}, the shown run of ${shown}.`,

  otherVersion: (unit: string) =>
    `Cannot be compared: the ${unit} of the two runs come from other versions.`,

  differs: (made: string, names: string[]) =>
    names.length ? `Made ${made}. Asked differently: ${names.join(", ")}.` : `Made ${made}, of other data.`,

  title: "What changed",
  besideTitle: "Side by side",
  how: "How to compare",
  difference: "Difference",
  beside: "Side by side",
  earlier: "Before",
  later: "Now",
  loading: "Comparing…",
  cautions: "Cautions",
  nothing: "Neither run has a target.",
  unreadable: "The runs cannot be compared",

  statuses: {
    new: "New",
    gone: "Gone",
    up: "Moved up",
    down: "Moved down",
    same: "At the same rank",
  },
  counted: (name: string, many: number) => `${name} (${integer(many)})`,

  columns: { place: "Place and harm", before: "Rank before", now: "Rank now" },
  noRank: "–",
  harm: (before: string | null, now: string | null) =>
    before !== null && now !== null ? `harm ${before} → ${now}` : `harm ${now ?? before ?? "–"}`,
};
