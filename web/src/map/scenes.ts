/** Puts together what maps show, from what the page knows. */

import { computed, effect, signal } from "@preact/signals";

import type { Run, TargetCollection } from "../api/types";
import { at, installation, shown, troubles } from "../state/store";
import { words } from "../words/en";
import { type Basemap, openBasemap } from "./basemap";
import { differences } from "./differences";
import { quartersOf } from "./quarters";
import type { Scene } from "./scene";
import { palette } from "./scheme";
import { type Quarters, type Shading, byClass, byHarm } from "./shading";

const basemap = signal<Basemap | null>(null);
const quarters = signal<ReadonlyMap<string, Quarters>>(new Map());
const asked = new Set<string>();

const report = (words: string) => {
  if (!troubles.peek().includes(words)) troubles.value = [...troubles.peek(), words];
};

/** Open the basemap once it is known which; the map is drawn without it until then. */
effect(() => {
  const about = installation.value?.basemap;
  if (!about) return;
  openBasemap(about).then(
    (found) => (basemap.value = found),
    () => report(words.map.noBasemap(about.url ?? "")),
  );
});

/** A run by class, or by harm once its quarters are known. */
export function shadingOf(run: Run): Shading {
  if (at.value.shading === "class") return byClass(run);
  const known = quarters.value.get(run.id);
  if (!known) void learn(run.id);
  return known ? byHarm(known) : byClass(run);
}

async function learn(run: string): Promise<void> {
  if (asked.has(run)) return;
  asked.add(run);
  try {
    const found = await quartersOf(run, new AbortController().signal);
    quarters.value = new Map([...quarters.peek(), [run, found]]);
  } catch {
    asked.delete(run);
    report(words.map.noQuarters);
  }
}

export const sceneOf = (
  run: Run,
  targets: TargetCollection,
  outline: readonly GeoJSON.Feature[],
): Scene => ({
  run,
  targets,
  outline,
  shading: shadingOf(run),
  places: at.value.places,
  hidden: at.value.hidden,
  incidents: installation.value?.incidents ?? false,
  basemap: basemap.value,
  palette: palette.value,
  differences: null,
});

/** What the page's own map shows. */
export const scene = computed<Scene | null>(() => {
  const now = shown.value;
  if (now === null) return null;
  return {
    ...sceneOf(now.run, now.collection, now.outline),
    differences: at.value.compare === null ? null : differences.value,
  };
});
