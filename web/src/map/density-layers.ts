/** Draws where the run's incidents lie thick, for installations that let them be shown. */

import { growing } from "./expressions";
import { groundOf, middleOf, zoomAt } from "./ground";
import { covering } from "./palette";
import type { Scene } from "./scene";
import type { Drawing } from "./style";
import { tilesOf } from "./tiles";

/** Closer up, tiles would tell no more: the density is as smooth there. */
const DEEPEST = 13;
/** So far an incident counts: near enough to tell places apart, too far to tell addresses. */
const RADIUS_M = 200;
const LEAST_PX = 3;
const MOST_PX = 100;
/** How dark the average of the study area is, in shares of the darkest. */
const AVERAGE = 0.15;
/** The weight that incidents have within the radius, on average, against one in its middle. */
const KERNEL = 0.36;

export function densityOf({ run, palette }: Scene): Drawing {
  const dark = palette.bar;
  const latitude = middleOf(run.study_area.bbox);
  const zoomOf = (px: number) => zoomAt(px, RADIUS_M, latitude);
  const ground_m2 = groundOf(run) * run.study_area.units;
  const within = (run.incidents.used * Math.PI * RADIUS_M ** 2) / Math.max(ground_m2, 1);
  return {
    sources: {
      incidents: tilesOf("incidents", { run_id: run.id }, { maxzoom: DEEPEST }),
    },
    layers: [
      {
        id: "density",
        type: "heatmap",
        source: "incidents",
        "source-layer": "incidents",
        paint: {
          // The same on the ground at every zoom, and so is the number of incidents within it.
          "heatmap-radius": growing(zoomOf(LEAST_PX), LEAST_PX, zoomOf(MOST_PX), MOST_PX),
          "heatmap-intensity": AVERAGE / Math.max(within * KERNEL, AVERAGE),
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
