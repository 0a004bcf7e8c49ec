/** Two runs of targets compared: the shape of the answer. */

import type { ComparedTarget, ComparedTargetCollection } from "./generated";
import { get } from "./http";

export type Change = ComparedTarget;
export type Comparison = ComparedTargetCollection;

/** What a later run has made of the targets of an earlier one. */
export const comparison = (later: string, earlier: string, signal?: AbortSignal) =>
  get<Comparison>(
    `api/v1/runs/${encodeURIComponent(later)}/comparison?with=${encodeURIComponent(earlier)}`,
    signal,
  );
