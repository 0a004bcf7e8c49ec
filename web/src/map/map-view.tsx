/** The map of the shown run: its panes, its controls and its key. */

import { useSignal, useSignalEffect } from "@preact/signals";
import type { Map as MapLibre } from "maplibre-gl";
import { render } from "preact";
import { useRef } from "preact/hooks";

import { at, choose, hovered, shown } from "../state/store";
import { words } from "../words/en";
import { runWords } from "../words/runs";
import { type Camera, steer } from "./camera";
import { Controls } from "./controls";
import { LayersMenu } from "./layers-menu";
import { Legend } from "./legend";
import { link } from "./linked";
import "./map.css";
import { mark } from "./marks";
import { OtherMap } from "./other-map";
import { MapPane } from "./pane";
import { Pins } from "./pins";
import { missing, scene } from "./scenes";

export function MapView() {
  const drawn = useSignal(false);
  const trouble = useSignal<string | null>(null);
  const zoom = useSignal(22);
  const held = useRef<{ map: MapLibre; camera: Camera } | null>(null);
  const now = scene.value;
  const run = now?.run.id;
  const beside = at.value.beside ? at.value.compare : null;

  useSignalEffect(() => {
    void shown.value;
    drawn.value = false;
    trouble.value = null;
  });

  const begin = (map: MapLibre) => {
    const camera = steer(map);
    held.current = { map, camera };
    const layer = map.getCanvasContainer().appendChild(document.createElement("div"));
    render(<Pins map={map} scene={scene} />, layer);
    const ends = [link(map, true), mark(map), camera.stop, () => render(null, layer)];
    const settle = () => (zoom.value = map.getZoom());
    map.on("moveend", settle);
    settle();
    map.getCanvas().addEventListener("keydown", (event) => {
      if (event.key === "0" && !event.ctrlKey && !event.metaKey && !event.altKey) camera.showAll();
    });
    return () => {
      held.current = null;
      for (const end of ends) end();
    };
  };

  if (!now) return <section class="map" id="map" aria-label={words.map.name} aria-busy />;
  return (
    <section class="map" id="map" aria-label={words.map.name} aria-busy={!drawn.value}>
      <div class={`panes${beside ? " beside" : ""}`}>
        <MapPane
          scene={scene}
          name={words.map.name}
          title={beside && run ? runWords({ id: run, parameters: now.run.parameters }) : undefined}
          drawn={drawn}
          onTrouble={(said) => (trouble.value = said)}
          onMap={begin}
          pointer={{ onHover: (id) => (hovered.value = id), onChoose: choose }}
        />
        {beside ? <OtherMap key={beside} runId={beside} /> : null}
      </div>
      <Controls
        onZoomIn={() => held.current?.camera.zoom(1)}
        onZoomOut={() => held.current?.camera.zoom(-1)}
        onShowAll={() => held.current?.camera.showAll()}
      />
      <LayersMenu scene={now} />
      <footer class="key">
        <Legend scene={now} zoom={zoom} />
        <div class="trouble" role="status">
          {[...missing.value].map((said) => (
            <p key={said}>{said}</p>
          ))}
          {trouble.value ? <p>{words.map.trouble(trouble.value)}</p> : null}
        </div>
      </footer>
    </section>
  );
}
