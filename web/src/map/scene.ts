/** What a map shows: all that its style is made from. */

import type { LayerFigure } from "../api/figures";
import type { Run, TargetCollection } from "../api/types";
import type { LayerName } from "../state/address";
import type { Basemap } from "./basemap";
import type { Palette } from "./palette";
import type { Shading } from "./shading";
import type { Shading as Kind } from "../state/address";

export interface Scene {
  run: Run;
  /** Whether the run stored its units, so that there are tiles of them. */
  units: boolean;
  /** How its units can be shaded. */
  shadings: readonly Kind[];
  /** Layers that its analysis declares as figures. */
  figures: readonly LayerFigure[];
  targets: TargetCollection;
  outline: readonly GeoJSON.Feature[];
  shading: Shading;
  /** So many of the most harmful units are picked out. */
  places: number | null;
  hidden: readonly LayerName[];
  /** Whether this installation lets incidents be shown. */
  incidents: boolean;
  /** How the service writes the tiles of a run, which are kept for as long as it does. */
  writtenAs: string;
  basemap: Basemap | null;
  palette: Palette;
  differences: GeoJSON.FeatureCollection | null;
}

/** More targets than this are numbered by the map itself, not by buttons. */
export const MOST_PINS = 200;

export const isShown = ({ hidden }: Scene, layer: LayerName): boolean => !hidden.includes(layer);
