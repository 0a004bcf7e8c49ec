/** Two runs of targets compared: the shape of the answer. */

import { get } from "./http";

export type ChangeStatus = "new" | "gone" | "up" | "down" | "same";

/** What became of a target; what it was before is null where there was none, and the other way. */
export interface Change {
  status: ChangeStatus;
  target_id: string | null;
  /** Of the target in the earlier list. */
  target_id_before: string | null;
  label: string;
  rank: number | null;
  rank_before: number | null;
  harm: number | null;
  harm_before: number | null;
  /** What became of it, in a sentence or some. */
  note: string;
}

export interface Comparison {
  type: "FeatureCollection";
  summary: Record<string, number>;
  sentence: string;
  cautions: string[];
  features: (GeoJSON.Feature & { properties: Change })[];
}

/** What a later run has made of the targets of an earlier one. */
export const comparison = (later: string, earlier: string, signal?: AbortSignal) =>
  get<Comparison>(
    `api/v1/runs/${encodeURIComponent(later)}/comparison?with=${encodeURIComponent(earlier)}`,
    signal,
  );
