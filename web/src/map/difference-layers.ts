/** Draws what changed between two runs: a sign and a dash say it beside the colour. */

import type { ExpressionSpecification, FilterSpecification, LayerSpecification } from "maplibre-gl";

import { SIGNS, STATUSES, type Status } from "./differences";
import { FONT } from "./expressions";
import type { ColourName, Palette } from "./palette";
import { pinPlace } from "./shapes";
import type { Drawing } from "./style";

export const STATUS_COLOURS: Readonly<Record<Status, ColourName>> = {
  new: "up",
  up: "up",
  same: "ink",
  down: "down",
  left: "ink",
  gone: "down",
};

/** In widths of the line; those that stay in place are drawn through. */
const DASHES: Readonly<Record<Status, number[]>> = {
  new: [],
  up: [5, 1.2],
  same: [],
  down: [2.4, 1.2],
  left: [1.6, 1.8],
  gone: [0.6, 1.4],
};

export function differencesOf(changes: GeoJSON.FeatureCollection, palette: Palette): Drawing {
  const byStatus = (of: (status: Status) => string): ExpressionSpecification =>
    [
      "match",
      ["get", "status"],
      ...STATUSES.flatMap((status) => [status, of(status)]),
      of("same"),
    ] as unknown as ExpressionSpecification;
  const colour = byStatus((status) => palette[STATUS_COLOURS[status]]);
  const line = (status: Status): LayerSpecification => ({
    id: `differences-${status}`,
    type: "line",
    source: "differences",
    filter: ["==", ["get", "status"], status] as FilterSpecification,
    layout: { "line-join": "round" },
    paint: {
      "line-color": palette[STATUS_COLOURS[status]],
      "line-width": status === "new" ? 4.5 : 3,
      ...(DASHES[status].length ? { "line-dasharray": DASHES[status] } : {}),
    },
  });
  return {
    sources: {
      differences: { type: "geojson", data: changes },
      "difference-signs": {
        type: "geojson",
        data: {
          type: "FeatureCollection",
          features: changes.features.map(({ geometry, properties }) => ({
            type: "Feature",
            properties: { status: properties?.["status"] as unknown },
            geometry: { type: "Point", coordinates: pinPlace(geometry) },
          })),
        },
      },
    },
    layers: [
      {
        id: "differences-halo",
        type: "line",
        source: "differences",
        paint: { "line-color": palette.halo, "line-width": 6.5 },
      },
      ...STATUSES.map(line),
      {
        id: "differences-sign",
        type: "symbol",
        source: "difference-signs",
        layout: {
          "text-field": byStatus((status) => SIGNS[status]),
          "text-font": FONT,
          "text-size": 17,
          // Beside the pin that stands there.
          "text-anchor": "left",
          "text-offset": [0.85, -0.9],
          "text-allow-overlap": true,
        },
        paint: { "text-color": colour, "text-halo-color": palette.halo, "text-halo-width": 2.2 },
      },
    ],
  };
}
