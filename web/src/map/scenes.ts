/** Puts together what maps show, from what the page knows. */

import { computed, effect, signal } from "@preact/signals";

import { type Told, layersOf } from "../api/figures";
import type { Run, TargetCollection } from "../api/types";
import type { Shading as Kind } from "../state/address";
import { at, installation, shown } from "../state/store";
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

// The address changes with every move of the map; what is drawn hangs on these parts of it alone.
const kind = computed(() => at.value.shading);
const places = computed(() => at.value.places);
const hidden = computed(() => at.value.hidden);
const compares = computed(() => at.value.compare !== null);

/** What the maps do without, in words. */
export const missing = signal<ReadonlySet<string>>(new Set());

const report = (said: string) => (missing.value = new Set([...missing.peek(), said]));

/** Open the basemap once it is known which; the map is drawn without it until then. */
effect(() => {
  const about = installation.value?.basemap;
  if (!about) return;
  openBasemap(about).then(
    (found) => (basemap.value = found),
    () => report(words.map.noBasemap(about.url ?? "")),
  );
});

/** By what the reader wants units shaded, of the ways that a run has. */
export const wantedOf = (shadings: readonly Kind[]): Kind =>
  shadings.includes(kind.value) ? kind.value : (shadings[0] ?? "class");

/** A run by class, or by harm once its quarters are known. */
export function shadingOf(run: Run, shadings: readonly Kind[]): Shading {
  if (wantedOf(shadings) === "class") return byClass(run);
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
    missing.value = new Set([...missing.peek()].filter((one) => one !== words.map.noQuarters));
  } catch {
    asked.delete(run);
    report(words.map.noQuarters);
  }
}

/** What units are shaded by is what is told of them. */
export const shadingsOf = ({ unit_properties: told }: Told): Kind[] =>
  (["class", "harm"] as const).filter((one) =>
    told.includes(one === "class" ? "class" : "cumulative_harm_share"),
  );

export const sceneOf = (
  run: Run,
  told: Told,
  targets: TargetCollection,
  outline: readonly GeoJSON.Feature[],
): Scene => ({
  run,
  units: told.places.includes("units"),
  figures: layersOf(told),
  targets,
  outline,
  shadings: shadingsOf(told),
  shading: shadingOf(run, shadingsOf(told)),
  places: places.value,
  hidden: hidden.value,
  incidents: installation.value?.incidents ?? false,
  writtenAs: installation.value?.representation ?? "",
  basemap: basemap.value,
  palette: palette.value,
  differences: null,
});

/** What the page's own map shows. */
export const scene = computed<Scene | null>(() => {
  const now = shown.value;
  if (now === null) return null;
  return {
    ...sceneOf(now.run, now.told, now.collection, now.outline),
    differences: compares.value ? differences.value : null,
  };
});
