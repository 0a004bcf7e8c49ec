/** The concentration of the run that is shown: asked with the same question, read off its curve. */

import { get } from "../api/http";
import type { Run } from "../api/types";

export interface Estimate {
  value: number;
  interval: [number, number];
}

export interface Share {
  share_of_total: number;
  units: number;
  share_of_units: number;
  interval: [number, number];
  share_of_units_at_random: number;
  marginal: number;
  marginal_interval: [number, number];
  share_of_length?: number;
}

/** The most harmful units first; `low`, `high` and `at_random` at the same shares of units. */
export interface Lorenz {
  share_of_units: number[];
  share_of_total: number[];
  low?: number[];
  high?: number[];
  at_random?: number[];
}

export interface Concentration {
  id: string;
  harm_index: { name: string; version: string };
  data_version: number;
  result: {
    value: "harm" | "count";
    units: number;
    incidents: number;
    total: number;
    shares: Share[];
    gini: Estimate;
    generalised_gini: Estimate | null;
    lorenz: Lorenz;
    bootstrap: number;
    confidence: number;
  };
}

/** What both questions have: which incidents, weighed how, on which units. */
const SHARED = [
  "unit",
  "resolution",
  "network",
  "max_snap_m",
  "layer",
  "districts",
  "study_area",
  "index",
  "from",
  "to",
  "sources",
  "offences",
  "detections",
  "max_unmapped_share",
  "max_report_delay_days",
  "seed",
  "value",
] as const;

/** The address of the concentration that belongs to a run of targets. */
export function questionOf(run: Run, index = run.parameters.index): string {
  const asked = new URLSearchParams();
  for (const name of SHARED) {
    const value = run.parameters[name];
    if (value === null || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) asked.append(name, String(one));
  }
  asked.set("index", index);
  return `api/v1/concentration?${asked}`;
}

/** Ask as the run did, which is answered from the store; then with its index's own version. */
export async function measure(run: Run, signal: AbortSignal): Promise<Concentration> {
  const found = await get<Concentration>(questionOf(run), signal);
  const { name, version } = run.harm_index;
  if (found.harm_index.version === version) return found;
  return get<Concentration>(questionOf(run, `${name}@${version}`), signal);
}

/** Which share of the total so large a share of the units holds, between the curve's points. */
export function heldBy(
  { share_of_units: across }: Lorenz,
  values: readonly number[],
  share: number,
): number {
  const after = across.findIndex((one) => one >= share);
  if (after < 0) return values.at(-1) ?? 0;
  if (after === 0) return values[0] ?? 0;
  const [x0 = 0, x1 = 0] = [across[after - 1], across[after]];
  const [y0 = 0, y1 = 0] = [values[after - 1], values[after]];
  return x1 === x0 ? y1 : y0 + ((y1 - y0) * (share - x0)) / (x1 - x0);
}
