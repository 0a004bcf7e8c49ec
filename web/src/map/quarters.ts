/** Asks where the quarters of a run's harm end, in the order of its units' ranks. */

import { get } from "../api/http";
import type { Quarters } from "./shading";

interface Items {
  numberMatched: number;
  features: { properties: { rank: number; harm: number } }[];
}

const SHARES = [0.25, 0.5, 0.75];

const units = (run: string, filter: string, signal: AbortSignal) =>
  get<Items>(
    `ogc/collections/units/items?${new URLSearchParams({ run_id: run, filter, limit: "3", f: "json" })}`,
    signal,
  );

export async function quartersOf(run: string, signal: AbortSignal): Promise<Quarters> {
  const counted = await Promise.all(
    SHARES.map((share) =>
      units(run, `cumulative_harm_share <= ${share} AND harm > 0`, signal),
    ),
  );
  const ranks = counted.map((one) => one.numberMatched);
  const found = await units(run, `rank IN (${ranks.join(",")})`, signal);
  const harmOf = new Map(
    found.features.map(({ properties }) => [properties.rank, properties.harm]),
  );
  return ranks.map((rank) => ({ rank, harm: harmOf.get(rank) ?? 0 }));
}
