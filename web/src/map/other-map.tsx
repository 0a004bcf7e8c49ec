/** The map of the run that the shown one is compared with, looking at the same place. */

import { computed, useSignal } from "@preact/signals";
import { render } from "preact";
import { useEffect, useMemo } from "preact/hooks";

import { type Told, told as ask } from "../api/figures";
import { outline, targets } from "../api/service";
import type { TargetCollection } from "../api/types";
import { words } from "../words/en";
import { runWords } from "../words/runs";
import { link } from "./linked";
import { MapPane } from "./pane";
import { Pins } from "./pins";
import { sceneOf } from "./scenes";

interface Loaded {
  collection: TargetCollection;
  told: Told;
  outline: GeoJSON.Feature[];
}

export function OtherMap({ runId }: { runId: string }) {
  const loaded = useSignal<Loaded | null>(null);
  const refused = useSignal<string | null>(null);
  const scene = useMemo(
    () =>
      computed(() => {
        const now = loaded.value;
        return now ? sceneOf(now.collection.run, now.told, now.collection, now.outline) : null;
      }),
    [],
  );
  useEffect(() => {
    const asking = new AbortController();
    loaded.value = refused.value = null;
    load(runId, asking.signal).then(
      (found) => (loaded.value = found),
      (error: unknown) => {
        if (!asking.signal.aborted) refused.value = error instanceof Error ? error.message : String(error);
      },
    );
    return () => asking.abort();
  }, [runId]);

  const now = loaded.value;
  if (!now) {
    return (
      <div class="pane" role="status">
        <p class="pane-title">{refused.value ?? words.loading}</p>
      </div>
    );
  }
  return (
    <MapPane
      key={now.collection.run.id}
      scene={scene}
      name={words.map.other}
      title={runWords({ id: now.collection.run.id, parameters: now.collection.run.parameters })}
      onMap={(map) => {
        const unlink = link(map, false);
        const layer = map.getCanvasContainer().appendChild(document.createElement("div"));
        render(<Pins map={map} scene={scene} apart />, layer);
        return () => {
          unlink();
          render(null, layer);
        };
      }}
    />
  );
}

async function load(run: string, signal: AbortSignal): Promise<Loaded> {
  const [collection, told] = await Promise.all([targets(run, signal), ask(run, signal)]);
  const { name } = collection.run.study_area;
  return { collection, told, outline: name === null ? [] : await outline(name, signal) };
}
