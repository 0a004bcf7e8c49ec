/** Draws streets and boundaries, so that people know where they are. */

import type { FilterSpecification, LayerSpecification } from "maplibre-gl";

import { UNIT_KINDS } from "../api/generated";
import { FONT, growing } from "./expressions";
import type { Scene } from "./scene";
import type { Drawing } from "./style";
import { referenceOf, tilesOf } from "./tiles";

/** Parts of the names of roads' classes that lead through a town, as most sources call them. */
const MAIN = ["motorway", "trunk", "primary", "secondary", "a road", "b road"];
/** Further out, small streets would cover the cells, and be too many for a tile. */
const ALL_FROM_ZOOM = 12;
const NAMES_FROM_ZOOM = 13;

const NONE: Drawing = { sources: {}, layers: [] };

const isMain: FilterSpecification = [
  "any",
  ...MAIN.map((part) => ["in", part, ["downcase", ["to-string", ["get", "road_class"]]]]),
] as unknown as FilterSpecification;

export function streetsOf({ run, palette, basemap }: Scene): Drawing {
  const network = referenceOf(run, "network");
  // Where the units are streets themselves, these would only lie beneath them.
  if (network === null || UNIT_KINDS[run.parameters.unit].shape === "line") return NONE;
  const likeMain = MAIN.map((part) => `CASEI(road_class) LIKE CASEI('%${part}%')`).join(" OR ");
  const line = (
    id: string,
    source: string,
    filter: FilterSpecification | null,
    widths: [number, number],
  ): LayerSpecification => ({
    id,
    type: "line",
    source,
    "source-layer": "streets",
    ...(filter ? { filter } : {}),
    layout: { "line-cap": "round", "line-join": "round" },
    paint: {
      "line-color": palette.street,
      "line-width": growing(10, widths[0], 17, widths[1]),
    },
  });
  const drawn: LayerSpecification[] = basemap
    ? []
    : [
        { ...line("streets-far", "main-streets", null, [0.9, 2]), maxzoom: ALL_FROM_ZOOM },
        line("streets-small", "streets", ["!", isMain] as FilterSpecification, [0.5, 3]),
        line("streets-main", "streets", isMain, [1, 6]),
      ];
  return {
    sources: {
      // Those that matter at a distance alone: a tile could not hold them all.
      "main-streets": tilesOf("streets", { network, filter: likeMain }, { maxzoom: ALL_FROM_ZOOM }),
      streets: tilesOf("streets", { network }, { minzoom: ALL_FROM_ZOOM }),
    },
    layers: [
      ...drawn,
      {
        id: "streets-name",
        type: "symbol",
        source: "streets",
        "source-layer": "streets",
        minzoom: NAMES_FROM_ZOOM,
        layout: {
          "symbol-placement": "line",
          "symbol-spacing": 320,
          // Close up there is room for the names of small streets too.
          "text-field": [
            "step",
            ["zoom"],
            ["case", isMain, ["to-string", ["get", "name"]], ""],
            NAMES_FROM_ZOOM + 2,
            ["to-string", ["get", "name"]],
          ] as never,
          "text-font": FONT,
          "text-size": 11.5,
        },
        paint: {
          "text-color": palette.ink,
          "text-halo-color": palette["class-not-significant"],
          "text-halo-width": 1.6,
        },
      },
    ],
  };
}

export function boundariesOf({ run, outline, palette }: Scene): Drawing {
  const districts = referenceOf(run, "districts");
  const within = districts === null ? null : { source: "districts", "source-layer": "boundaries" };
  return {
    sources: {
      "study-area": {
        type: "geojson",
        data: { type: "FeatureCollection", features: [...outline] },
      },
      ...(districts === null ? {} : { districts: tilesOf("boundaries", { layer: districts }) }),
    },
    layers: [
      ...(within
        ? ([
            {
              id: "districts",
              type: "line",
              ...within,
              paint: {
                "line-color": palette.boundary,
                "line-width": 1.1,
                "line-dasharray": [4, 3],
              },
            },
            {
              id: "districts-name",
              type: "symbol",
              ...within,
              minzoom: 9,
              maxzoom: 14,
              layout: {
                "text-field": ["to-string", ["get", "name"]],
                "text-font": FONT,
                "text-size": 12,
                "text-letter-spacing": 0.06,
                "text-max-width": 8,
              },
              paint: {
                "text-color": palette.muted,
                "text-halo-color": palette["class-not-significant"],
                "text-halo-width": 1.6,
              },
            },
          ] satisfies LayerSpecification[])
        : []),
      {
        id: "study-area",
        type: "line",
        source: "study-area",
        layout: { "line-join": "round" },
        paint: { "line-color": palette.boundary, "line-width": 1.7 },
      },
    ],
  };
}
