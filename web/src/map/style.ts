/** Writes the style of the map for what it shows: the library finds what changed in it by itself. */

import type {
  LayerSpecification,
  SourceSpecification,
  StyleSpecification,
} from "maplibre-gl";

import type { LayerName } from "../state/address";
import { densityOf } from "./density-layers";
import { differencesOf } from "./difference-layers";
import { figuresOf } from "./figure-layers";
import { boundariesOf, streetsOf } from "./ground-layers";
import { type Scene, isShown } from "./scene";
import { patrolAreasOf, targetsOf } from "./target-layers";
import { unitsOf } from "./unit-layers";

/** Sources and layers of one kind of thing, the lowest first. */
export interface Drawing {
  sources: Record<string, SourceSpecification>;
  layers: LayerSpecification[];
}

export const LINEAR_BAND = "targets-band";
/** What the pointer can find, the uppermost first. */
export const TOUCHED = { targets: ["targets-area", LINEAR_BAND], units: ["units-fill", "units-line"] };

export function styleOf(scene: Scene): StyleSpecification {
  const targets = targetsOf(scene);
  const streets = streetsOf(scene);
  const units = unitsOf(scene);
  const parts: (Drawing & { of?: LayerName })[] = [
    ...(scene.basemap ? [scene.basemap.draw(scene.palette)] : []),
    // A band is wider than its street, which lies above it and keeps its colour.
    { of: "targets", ...targets.beneath },
    { of: "units", ...units.ground },
    { of: "streets", ...streets },
    { of: "units", ...units.above },
    ...(scene.incidents ? [{ of: "density" as const, ...densityOf(scene) }] : []),
    { of: "figures", ...figuresOf(scene) },
    { of: "boundaries", ...boundariesOf(scene) },
    { of: "patrol_areas", ...patrolAreasOf(scene) },
    { of: "targets", ...targets.above },
    ...(scene.differences ? [differencesOf(scene.differences, scene.palette)] : []),
  ];
  return {
    version: 8,
    sources: Object.assign({}, ...parts.map((part) => part.sources)) as StyleSpecification["sources"],
    layers: [
      { id: "ground", type: "background", paint: { "background-color": scene.palette.map } },
      ...parts.flatMap(({ of, layers }) =>
        of === undefined || isShown(scene, of) ? layers : layers.map(putAway),
      ),
    ],
  };
}

/** Of a hidden layer neither is anything drawn nor are tiles asked for. */
const putAway = (layer: LayerSpecification): LayerSpecification =>
  ({ ...layer, layout: { ...layer.layout, visibility: "none" } }) as LayerSpecification;
