/** What a map shows: all that its style is made from. */

import type { Run, TargetCollection } from "../api/types";
import type { LayerName } from "../state/address";
import type { Basemap } from "./basemap";
import type { Palette } from "./palette";
import type { Shading } from "./shading";

export interface Scene {
  run: Run;
  targets: TargetCollection;
  outline: readonly GeoJSON.Feature[];
  shading: Shading;
  /** So many of the most harmful units are picked out. */
  places: number | null;
  hidden: readonly LayerName[];
  /** Whether this installation lets incidents be shown. */
  incidents: boolean;
  basemap: Basemap | null;
  palette: Palette;
  differences: GeoJSON.FeatureCollection | null;
}

/** More targets than this are numbered by the map itself, not by buttons. */
export const MOST_PINS = 200;

export const isShown = ({ hidden }: Scene, layer: LayerName): boolean => !hidden.includes(layer);
