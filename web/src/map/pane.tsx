/** One map: it shows a scene, reads out what is under the pointer, and can be printed. */

import { type ReadonlySignal, type Signal, useSignal, useSignalEffect } from "@preact/signals";
import type { Map as MapLibre } from "maplibre-gl";
import { useEffect, useRef } from "preact/hooks";

import { words } from "../words/en";
import { unrolled } from "./ground";
import { type PointerEvents, followPointer } from "./pointer";
import { followPrint } from "./print";
import type { Scene } from "./scene";
import { Scale } from "./scale";
import { styleOf } from "./style";
import { UNITS } from "./unit-layers";

const PAINTED = "units painted";

interface Props {
  scene: ReadonlySignal<Scene | null>;
  /** What screen readers call it. */
  name: string;
  /** Which run it shows, where there are two. */
  title?: string | undefined;
  /** False until all that is in view is drawn. */
  drawn?: Signal<boolean>;
  /** What it says when a part cannot be drawn. */
  onTrouble?: (said: string) => void;
  /** Called once it can be used; what is returned, when it goes. */
  onMap: (map: MapLibre) => () => void;
  pointer?: Pick<PointerEvents, "onHover" | "onChoose">;
}

/** For those who measure: when the first units could be seen. */
function markFirstPaint(map: MapLibre) {
  const come = ({ sourceId, tile }: { sourceId?: string; tile?: unknown }) => {
    if (sourceId !== UNITS || !tile) return;
    map.off("sourcedata", come);
    map.once("render", () => performance.mark(PAINTED));
  };
  map.on("sourcedata", come);
}

export function MapPane({ scene, name, title, drawn, onTrouble, onMap, pointer }: Props) {
  const stage = useRef<HTMLDivElement>(null);
  const picture = useRef<HTMLImageElement>(null);
  const map = useSignal<MapLibre | null>(null);
  const readout = useSignal("");
  const failure = useSignal(false);

  useEffect(() => {
    const first = scene.peek();
    if (!stage.current || !first) return;
    const container = stage.current;
    let made: MapLibre | null = null;
    let gone = false;
    let release = () => {};
    const begin = async () => {
      const { makeMap } = await import("./library");
      if (gone) return;
      made = makeMap({
        container,
        style: styleOf(scene.peek() ?? first),
        bounds: unrolled(first.run.study_area.bbox),
        locale: { "Map.Title": name },
      });
      const ready = made;
      ready.on("error", ({ error }) => onTrouble?.(error.message));
      ready.on("idle", () => {
        if (drawn && ready.isStyleLoaded()) drawn.value = true;
      });
      markFirstPaint(ready);
      followPointer(ready, {
        run: () => scene.peek()?.run ?? null,
        onReadout: (said) => (readout.value = said),
        ...pointer,
      });
      await ready.once("style.load");
      if (gone) return;
      const unprint = picture.current ? followPrint(ready, picture.current) : () => {};
      const leave = onMap(ready);
      release = () => {
        unprint();
        leave();
      };
      map.value = ready;
    };
    begin().catch(() => {
      // Without WebGL the list, the evidence and the tables tell all that the map does.
      failure.value = true;
      if (drawn) drawn.value = true;
    });
    return () => {
      gone = true;
      release();
      made?.remove();
    };
  }, []);

  useSignalEffect(() => {
    const [ready, now] = [map.value, scene.value];
    if (ready && now) ready.setStyle(styleOf(now), { diff: true });
  });
  useSignalEffect(() => {
    const now = scene.value;
    const said = now ? words.map.stage(name, now.targets.features.length) : name;
    const canvas = map.value?.getCanvas();
    canvas?.setAttribute("aria-label", said);
    // Screen readers then leave the arrow keys to it.
    canvas?.setAttribute("role", "application");
  });

  return (
    <div class="pane">
      <div class="stage" ref={stage} hidden={failure.value} />
      {title ? <p class="pane-title">{title}</p> : null}
      <img class="printed" ref={picture} alt="" hidden />
      {failure.value ? (
        <p class="no-webgl" role="alert">
          {words.map.noWebGl}
        </p>
      ) : null}
      {map.value ? <Scale map={map.value} /> : null}
      <p class="readout">{readout.value}</p>
    </div>
  );
}
