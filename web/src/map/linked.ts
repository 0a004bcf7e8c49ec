/** Lets maps that stand side by side look at the same place. */

import type { Map } from "maplibre-gl";

const linked = new Set<Map>();
let leading = false;

/**
 * Link a map to all others; what is returned takes it out again.
 *
 * @param leads whether the others look where this one does, or this one where they do
 */
export function link(map: Map, leads: boolean): () => void {
  for (const other of linked) {
    if (leads) stand(other, map);
    else stand(map, other);
  }
  linked.add(map);
  const lead = () => {
    if (leading) return;
    leading = true;
    for (const one of linked) if (one !== map) stand(one, map);
    leading = false;
  };
  map.on("move", lead);
  return () => {
    map.off("move", lead);
    linked.delete(map);
  };
}

const stand = (map: Map, like: Map) =>
  map.jumpTo({ center: like.getCenter(), zoom: like.getZoom() });
