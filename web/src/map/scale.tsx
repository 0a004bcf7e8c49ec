/** The scale bar: a round length on the ground, in the middle of the map. */

import { useSignal } from "@preact/signals";
import type { Map as MapLibre } from "maplibre-gl";
import { useEffect } from "preact/hooks";

import { distance } from "../words/format";
import { metresPerPixel, roundLength } from "./ground";

const MOST_PX = 110;

export function Scale({ map }: { map: MapLibre }) {
  const length = useSignal(0);
  const share = useSignal(0);
  useEffect(() => {
    const measure = () => {
      const metres = metresPerPixel(map.getZoom(), map.getCenter().lat);
      length.value = roundLength(MOST_PX * metres);
      share.value = length.value / metres / Math.max(map.getContainer().clientWidth, 1);
    };
    measure();
    map.on("move", measure);
    map.on("resize", measure);
    return () => {
      map.off("move", measure);
      map.off("resize", measure);
    };
  }, [map]);
  return (
    <p class="scale">
      {/* A share of the map's width: on paper the map has another one. */}
      <span class="bar" style={{ width: `${share.value * 100}cqw` }} aria-hidden="true" />
      {distance(length.value)}
    </p>
  );
}
