/** What changed between two runs, for the map to draw; the comparison sets it. */

import { signal } from "@preact/signals";

export const STATUSES = ["new", "up", "same", "down", "left", "gone"] as const;
/** What became of a target: new, not listed any more, gone, or at another or the same rank. */
export type Status = (typeof STATUSES)[number];

/** Features with a property `status`; null: nothing is compared. */
export const differences = signal<GeoJSON.FeatureCollection | null>(null);

/** Beside its colour, so that it can be told without. */
export const SIGNS: Readonly<Record<Status, string>> = {
  new: "+",
  up: "▲",
  same: "=",
  down: "▼",
  left: "○",
  gone: "−",
};
