/** Where the service's vector tiles are. */

import type { VectorSourceSpecification } from "maplibre-gl";

import { address } from "../api/http";
import type { Run } from "../api/types";

/** The deepest that is asked for: closer up, what these tiles hold is drawn larger. */
const DEEPEST = 16;

/** The most features that the service puts in a tile: of the first ranks, where there are more. */
export const MOST_IN_TILE = 10_000;

type Collection = "units" | "streets" | "boundaries" | "incidents";

export function tilesOf(
  collection: Collection,
  chosen: Record<string, string>,
  more: Partial<VectorSourceSpecification> = {},
): VectorSourceSpecification {
  const tile = "tiles/WebMercatorQuad/{z}/{y}/{x}";
  return {
    type: "vector",
    tiles: [
      `${address(".")}ogc/collections/${collection}/${tile}?${new URLSearchParams({ ...chosen, f: "mvt" })}`,
    ],
    maxzoom: DEEPEST,
    ...more,
  };
}

/** A network or layer that a run used, in the version that it used. */
export function referenceOf(run: Run, kind: "network" | "districts"): string | null {
  const used = run.references?.[kind];
  if (used) return `${used.name}@${used.version}`;
  return run.parameters[kind];
}
