/** Marks the target that is chosen and the one under the pointer, without drawing others anew. */

import { effect } from "@preact/signals";
import type { Map as MapLibre } from "maplibre-gl";

import { at, hovered, shown } from "../state/store";
import { TARGETS } from "./target-layers";

export function mark(map: MapLibre): () => void {
  let marked: string[] = [];
  const stop = effect(() => {
    const states = new Map<string, Record<string, boolean>>();
    const say = (id: string | null, state: string) => {
      if (id !== null) states.set(id, { ...states.get(id), [state]: true });
    };
    void shown.value;
    say(at.value.target, "selected");
    say(hovered.value, "hovered");
    if (!map.getSource(TARGETS)) return;
    for (const id of marked) map.removeFeatureState({ source: TARGETS, id });
    for (const [id, state] of states) map.setFeatureState({ source: TARGETS, id }, state);
    marked = [...states.keys()];
  });
  return stop;
}
