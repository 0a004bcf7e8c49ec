/** Draws targets: an outline over areas or a band beneath streets; and the areas to patrol. */

import type { FilterSpecification, LayerSpecification } from "maplibre-gl";

import { FONT, from, whenState } from "./expressions";
import { middleOf, zoomAt } from "./ground";
import { MOST_PINS, type Scene } from "./scene";
import { isLinear, pinPlace } from "./shapes";
import type { Drawing } from "./style";

export const TARGETS = "targets";
/** Metres to a pixel beyond which a target is a dozen pixels wide. */
const FAR_M = 8.3;
const ROUND = { "line-cap": "round", "line-join": "round" } as const;

const lines: FilterSpecification = ["==", ["geometry-type"], "LineString"];
const areas: FilterSpecification = ["==", ["geometry-type"], "Polygon"];

/** `beneath` lies under streets. */
export function targetsOf(scene: Scene): { beneath: Drawing; above: Drawing } {
  const { targets, palette } = scene;
  const near = zoomAt(1, FAR_M, middleOf(scene.run.study_area.bbox));
  const colour = whenState("selected", palette.accent, palette.pin);
  const width = (far: number, close: number, hovered: [number, number], selected: [number, number]) =>
    from(
      near,
      whenState("selected", selected[0], whenState("hovered", hovered[0], far)),
      whenState("selected", selected[1], whenState("hovered", hovered[1], close)),
    );
  const source = { source: TARGETS } as const;
  return {
    beneath: {
      sources: {
        [TARGETS]: {
          type: "geojson",
          promoteId: "target_id",
          data: {
            type: "FeatureCollection",
            features: targets.features.map(({ geometry, properties }) => ({
              type: "Feature",
              geometry,
              properties: {
                target_id: properties.target_id,
                rank: properties.rank,
                label: properties.label,
              },
            })),
          },
        },
      },
      layers: [
        {
          id: "targets-band-halo",
          type: "line",
          ...source,
          filter: lines,
          layout: ROUND,
          paint: { "line-color": palette.halo, "line-width": from(near, 11, 26) },
        },
        {
          id: "targets-band",
          type: "line",
          ...source,
          filter: lines,
          layout: ROUND,
          paint: { "line-color": colour, "line-width": width(7.5, 21, [11, 23], [11, 23]) },
        },
      ],
    },
    above: {
      sources: targets.features.length > MOST_PINS ? { ranks: ranksOf(scene) } : {},
      layers: [
        {
          id: "targets-area",
          type: "fill",
          ...source,
          filter: areas,
          // Only for the pointer to find it: what is inside keeps its colours.
          paint: { "fill-color": palette.pin, "fill-opacity": 0 },
        },
        {
          id: "targets-halo",
          type: "line",
          ...source,
          filter: areas,
          layout: ROUND,
          paint: { "line-color": palette.halo, "line-width": width(2.5, 4.5, [4.5, 6], [6, 7]) },
        },
        {
          id: "targets-edge",
          type: "line",
          ...source,
          filter: areas,
          layout: ROUND,
          paint: { "line-color": colour, "line-width": width(1.1, 2, [2.5, 3.5], [3, 4]) },
        },
        ...(targets.features.length > MOST_PINS ? [rankLayer(scene)] : []),
      ],
    },
  };
}

const ranksOf = ({ targets }: Scene) => ({
  type: "geojson" as const,
  data: {
    type: "FeatureCollection" as const,
    features: targets.features.map(({ geometry, properties }) => ({
      type: "Feature" as const,
      geometry: { type: "Point" as const, coordinates: pinPlace(geometry) },
      properties: { rank: properties.rank },
    })),
  },
});

/** Numbers where there are too many targets for pins; lower ranks give way. */
const rankLayer = ({ palette }: Scene): LayerSpecification => ({
  id: "targets-rank",
  type: "symbol",
  source: "ranks",
  layout: {
    "text-field": ["to-string", ["get", "rank"]],
    "text-font": FONT,
    "text-size": 12,
    "text-padding": 3,
    "symbol-sort-key": ["get", "rank"],
  },
  paint: { "text-color": palette.pin, "text-halo-color": palette.halo, "text-halo-width": 2 },
});

export function patrolAreasOf({ targets, palette }: Scene): Drawing {
  const features = targets.features.flatMap(({ patrol_area, properties }): GeoJSON.Feature[] =>
    patrol_area
      ? [{ type: "Feature", geometry: patrol_area, properties: { rank: properties.rank } }]
      : [],
  );
  if (!features.length) return { sources: {}, layers: [] };
  return {
    sources: {
      "patrol-areas": { type: "geojson", data: { type: "FeatureCollection", features } },
    },
    layers: [
      {
        id: "patrol-areas",
        type: "line",
        source: "patrol-areas",
        paint: { "line-color": palette.patrol, "line-width": 1.8, "line-dasharray": [3.3, 1.7] },
      },
    ],
  };
}

export const linearTargets = ({ targets }: Scene): boolean =>
  targets.features.some(({ geometry }) => isLinear(geometry));
