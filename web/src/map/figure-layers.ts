/** Draws the layers that an analysis declares as figures of its run. */

import type { LayerSpecification, SourceSpecification } from "maplibre-gl";

import { type Scene } from "./scene";
import type { Drawing } from "./style";

export function figuresOf({ figures, palette }: Scene): Drawing {
  const sources: Record<string, SourceSpecification> = {};
  const layers: LayerSpecification[] = [];
  for (const { name, shape, places } of figures) {
    const source = `figure-${name}`;
    sources[source] = {
      type: "geojson",
      data: {
        type: "FeatureCollection",
        features: places.map(({ geometry, values }) => ({
          type: "Feature",
          geometry,
          properties: { name: values[0] ?? "" },
        })),
      },
    };
    if (shape === "polygon") {
      layers.push({
        id: `${source}-fill`,
        type: "fill",
        source,
        paint: { "fill-color": palette.figure, "fill-opacity": 0.25 },
      });
    }
    layers.push({
      id: `${source}-line`,
      type: "line",
      source,
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": palette.figure, "line-width": shape === "polygon" ? 1.4 : 2.4 },
    });
  }
  return { sources, layers };
}
