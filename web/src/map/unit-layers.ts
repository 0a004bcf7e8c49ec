/** Draws cells, areas and streets by their class or their harm, from tiles. */

import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";

import { UNIT_KINDS } from "../api/generated";
import { FONT, from, growing } from "./expressions";
import { groundOf, middleOf, zoomAt } from "./ground";
import type { Scene } from "./scene";
import { colourOf, ofStep } from "./shading";
import type { Drawing } from "./style";
import { referenceOf, tilesOf } from "./tiles";

export const UNITS = "units";
const IN_TILES = { source: UNITS, "source-layer": UNITS };

const EDGES_FROM_PX = 9;
/** Those that are not picked out. */
const PALE = 0.22;
/** Width of a street: as on the ground, but within these pixels, so that it can be seen. */
const STREET = { metres: 9, least_px: 0.7, most_px: 5 };

/** `above` lies over streets. */
export function unitsOf(scene: Scene): { ground: Drawing; above: Drawing } {
  const none: Drawing = { sources: {}, layers: [] };
  if (!scene.units) return { ground: none, above: none };
  const sources = { [UNITS]: tilesOf(UNITS, { run_id: scene.run.id, v: scene.writtenAs }) };
  return UNIT_KINDS[scene.run.parameters.unit].shape === "line"
    ? { ground: none, above: { sources, layers: streets(scene) } }
    : {
        ground: { sources, layers: areas(scene) },
        above: { sources: {}, layers: picked(scene) },
      };
}

function areas(scene: Scene): LayerSpecification[] {
  const { run, shading, palette } = scene;
  const colour = ofStep(shading, (step) => colourOf(step, palette, false));
  const beneath = referenceOf(run, "network") !== null || scene.basemap !== null;
  const edge = palette[beneath ? "cell-edge-quiet" : "cell-edge"];
  const width_m = Math.sqrt(groundOf(run));
  const edges = zoomAt(EDGES_FROM_PX, width_m, middleOf(run.study_area.bbox));
  return [
    {
      id: "units-fill",
      type: "fill",
      ...IN_TILES,
      paint: {
        "fill-color": colour,
        "fill-outline-color": from(edges, colour, edge),
        "fill-opacity": faded(scene, scene.basemap ? over(scene) : 1),
      },
    },
  ];
}

/** On a basemap, units that say nothing let it be seen. */
const over = ({ shading }: Scene): ExpressionSpecification =>
  ofStep(shading, (step) => (step.weight > 1 ? 0.8 : 0.3));

/** Picked out is told by an edge too, not by strength alone. */
function picked({ places, palette }: Scene): LayerSpecification[] {
  if (places === null) return [];
  return [
    {
      id: "units-picked",
      type: "line",
      ...IN_TILES,
      filter: ["<=", ["get", "rank"], places],
      layout: { "line-join": "round" },
      paint: { "line-color": palette.pin, "line-width": growing(10, 0.6, 16, 2) },
    },
  ];
}

function streets(scene: Scene): LayerSpecification[] {
  const { run, shading, palette } = scene;
  const latitude = middleOf(run.study_area.bbox);
  const least = zoomAt(STREET.least_px, STREET.metres, latitude);
  const most = zoomAt(STREET.most_px, STREET.metres, latitude);
  const times = (px: number, more = 0) => ofStep(shading, ({ weight }) => px * weight + more);
  const layout = {
    "line-cap": "round",
    "line-join": "round",
    // What stands out lies above what does not.
    "line-sort-key": ofStep(shading, ({ weight }) => weight),
  } as const;
  const opacity = faded(scene, 1);
  return [
    {
      id: "units-casing",
      type: "line",
      ...IN_TILES,
      layout,
      paint: {
        "line-color": palette.street,
        "line-width": growing(least, times(STREET.least_px, 0.4), most, times(STREET.most_px, 1.4)),
        "line-opacity": opacity,
      },
    },
    {
      id: "units-line",
      type: "line",
      ...IN_TILES,
      layout,
      paint: {
        "line-color": ofStep(shading, (step) => colourOf(step, palette, true)),
        "line-width": growing(least, times(STREET.least_px), most, times(STREET.most_px)),
        "line-opacity": opacity,
      },
    },
    ...picked(scene).map((layer) => ({
      ...layer,
      paint: { "line-color": palette.pin, "line-width": growing(10, 0.8, 16, 2.2), "line-gap-width": growing(least, 2, most, 12) },
    }) as LayerSpecification),
    {
      id: "units-name",
      type: "symbol",
      ...IN_TILES,
      minzoom: 14,
      layout: {
        "symbol-placement": "line",
        "symbol-spacing": 320,
        "text-field": ["get", "label"],
        "text-font": FONT,
        "text-size": 11.5,
      },
      paint: {
        "text-color": palette.ink,
        "text-halo-color": palette.map,
        "text-halo-width": 1.6,
      },
    },
  ];
}

/** Opacity, less where units are not among those picked out. */
function faded(
  { places }: Scene,
  full: number | ExpressionSpecification,
): number | ExpressionSpecification {
  if (places === null) return full;
  return [
    "case",
    ["<=", ["get", "rank"], places],
    full,
    PALE,
  ] as unknown as ExpressionSpecification;
}
