/** Tells what is under the pointer, and chooses what is clicked. */

import type { MapMouseEvent, Map as MapLibre, PointLike } from "maplibre-gl";

import type { Run } from "../api/types";
import { words } from "../words/en";
import { chance, harm, integer } from "../words/format";
import { classWords } from "../words/runs";
import { TOUCHED } from "./style";

/** Around a street, that the pointer may find it. */
const REACH_PX = 6;

export interface PointerEvents {
  run: () => Run | null;
  onReadout: (said: string) => void;
  /** Left out for a map whose targets are not those of the list. */
  onHover?: (target: string | null) => void;
  onChoose?: (target: string) => void;
}

export function followPointer(map: MapLibre, events: PointerEvents): void {
  let next = 0;
  let over: string | null = null;

  const hover = (target: string | null) => {
    if (target === over) return;
    over = target;
    map.getCanvas().style.cursor = target ? "pointer" : "";
    events.onHover?.(target);
  };
  const tell = (event: MapMouseEvent) => {
    // The mouse tells more often than frames are drawn.
    cancelAnimationFrame(next);
    next = requestAnimationFrame(() => {
      const { x, y } = event.point;
      const target = found(map, TOUCHED.targets, [x, y])?.["target_id"];
      if (events.onChoose) hover(typeof target === "string" ? target : null);
      const around: [PointLike, PointLike] = [
        [x - REACH_PX, y - REACH_PX],
        [x + REACH_PX, y + REACH_PX],
      ];
      const unit = found(map, ["units-fill"], [x, y]) ?? found(map, ["units-line"], around);
      const run = events.run();
      events.onReadout(unit && run ? readoutWords(unit, run) : "");
    });
  };
  map.on("mousemove", tell);
  map.on("mouseout", () => {
    cancelAnimationFrame(next);
    hover(null);
    events.onReadout("");
  });
  map.on("click", (event) => {
    const target = found(map, TOUCHED.targets, event.point)?.["target_id"];
    if (typeof target === "string") events.onChoose?.(target);
  });
}

type Properties = Record<string, unknown>;

function found(
  map: MapLibre,
  layers: string[],
  where: PointLike | [PointLike, PointLike],
): Properties | undefined {
  const there = layers.filter((layer) => map.getLayer(layer));
  if (!there.length) return undefined;
  return map.queryRenderedFeatures(where, { layers: there })[0]?.properties;
}

/** A unit in words, from the properties that tiles carry. */
export function readoutWords(unit: Properties, run: Run): string {
  const { label, count, harm: total, q, rank, class: name } = unit;
  return words.map.readout({
    label: typeof label === "string" ? label : null,
    count: Number(count),
    harm: harm(Number(total)),
    unit: run.harm_index.unit,
    // Not every analysis that scores units tests them.
    test: name == null ? null : { className: classWords(String(name)).replace(/,.*/, ""), q: chance(Number(q)) },
    rank: rank === undefined ? null : integer(Number(rank)),
    of: integer(run.study_area.units),
  });
}
