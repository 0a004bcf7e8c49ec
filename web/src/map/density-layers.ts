/** Draws where the run's incidents lie thick, for installations that let them be shown. */

import { covering } from "./palette";
import type { Scene } from "./scene";
import type { Drawing } from "./style";
import { incidentsOf, tilesOf } from "./tiles";

/** Closer up, a density would show single incidents. */
const DEEPEST = 13;

export function densityOf({ run, palette }: Scene): Drawing {
  const dark = palette.bar;
  return {
    sources: {
      incidents: tilesOf("incidents", { filter: incidentsOf(run) }, { maxzoom: DEEPEST }),
    },
    layers: [
      {
        id: "density",
        type: "heatmap",
        source: "incidents",
        "source-layer": "incidents",
        paint: {
          "heatmap-radius": ["interpolate", ["exponential", 1.7], ["zoom"], 8, 5, 11, 12, 16, 130],
          "heatmap-intensity": ["interpolate", ["linear"], ["zoom"], 8, 0.25, 12, 0.5, 16, 1.2],
          "heatmap-color": [
            "interpolate",
            ["linear"],
            ["heatmap-density"],
            0,
            covering(dark, 0),
            0.15,
            covering(dark, 0.12),
            0.5,
            covering(dark, 0.45),
            1,
            covering(dark, 0.8),
          ],
        },
      },
    ],
  };
}
