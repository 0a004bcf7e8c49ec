/** What the comparison of two runs says; a section of `words`. */

import { integer } from "./format";

const runs = (many: number) => `${integer(many)} ${many === 1 ? "run" : "runs"}`;

export const comparison = {
  with: "Compare with",
  lead: "Another run on the same kind of unit:",
  stop: "Stop comparing",
  noOther: "There is no other run yet. Ask a new analysis, then compare.",
  shown: "the run that is shown",
  otherUnit: (unit: string, shown: string) => `made of ${unit}; the shown run is made of ${shown}`,
  older: (many: number) => `and ${runs(many)} of other kinds`,

  title: "What changed",
  besideTitle: "Side by side",
  how: "How to compare",
  difference: "Difference",
  beside: "Side by side",
  from: "from",
  to: "to",
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
  } as Record<string, string>,
  counted: (name: string, many: number) => `${name}: ${integer(many)}`,

  columns: { place: "Place", rank: "Rank", harm: "Harm" },
  was: (rank: string) => `was ${rank}`,
  noRank: "–",
  before: (harm: string) => `before ${harm}`,
  ranks: "Ranks",
  ofShown: "Shown",
  ofOther: "Other",
  otherTargets: "Targets of the other run",
};
