/** What the page knows and shows; parts of it read these signals and call these actions. */

import { batch, computed, effect, signal } from "@preact/signals";

import { type Test, type Told, layersOf, told as ask } from "../api/figures";
import { Refusal } from "../api/http";
import * as service from "../api/service";
import type { Installation, Run, RunSummary, Target, TargetCollection } from "../api/types";
import { words } from "../words/en";
import * as addresses from "./address";
import type { Address } from "./address";

/** Whether there is something to show, and if not, why. */
export type Phase =
  | { kind: "loading" }
  | { kind: "empty" }
  | { kind: "refused"; refusal: Refusal }
  | { kind: "ready" };

/** A run with all that is needed to tell of it. */
export interface Shown {
  run: Run;
  told: Told;
  collection: TargetCollection;
  targets: Target[];
  outline: GeoJSON.Feature[];
  offenceNames: Map<string, string>;
}

export const at = signal<Address>(addresses.read(location.search));
export const phase = signal<Phase>({ kind: "loading" });
export const installation = signal<Installation | null>(null);
export const known = signal<RunSummary[]>([]);
export const shown = signal<Shown | null>(null);
/** The target under the pointer or the focus, in the list or on the map. */
export const hovered = signal<string | null>(null);
/** How good lists like the shown one were, as far as that is known; it can become known later. */
export const test = signal<Test | null>(null);
/** What could not be had of a run that is shown none the less. */
export const troubles = signal<string[]>([]);
/** False while the service does not answer; the page asks again by itself. */
export const connected = signal(true);

export const selected = computed<Target | null>(
  () => shown.value?.targets.find((one) => one.target_id === at.value.target) ?? null,
);

/** Whether anything of the run has a place: what tests a list has none, and no map is empty. */
export const mapped = computed(() => {
  const told = shown.value?.told;
  if (told === undefined) return false;
  return told.places.length > 0 || layersOf(told).length > 0 || at.value.compare !== null;
});

/** Change what the page shows; the address follows, as a step back or without one. */
export function go(change: Partial<Address>, how: "push" | "replace" = "push"): void {
  const next = { ...at.peek(), ...change };
  const search = addresses.write(next);
  if (search === location.search) {
    at.value = next;
    return;
  }
  const path = location.pathname + search;
  if (how === "push") history.pushState(null, "", path);
  else history.replaceState(null, "", path);
  at.value = next;
}

export const choose = (target: string | null) => go({ target, panel: "evidence" });

/** Give the choice back, and the focus to the row that it came from. */
export function leave(): void {
  const was = at.peek().target;
  if (was === null) return;
  choose(null);
  document.querySelector<HTMLElement>(`.row[data-id="${CSS.escape(was)}"]`)?.focus();
}

export const openRun = (run: string) =>
  go({ run, target: null, places: null, question: null, view: null });

/** Begin: follow the address, load what it names. */
export function start(): void {
  addEventListener("popstate", () => (at.value = addresses.read(location.search)));
  addEventListener("keydown", (event) => {
    const elsewhere = event.defaultPrevented || document.querySelector("dialog[open]");
    if (event.key === "Escape" && !elsewhere) leave();
  });
  const wanted = computed(() => at.value.run);
  effect(() => {
    const run = wanted.value;
    void load(run);
  });
}

/** Read again what is known of how good the shown list is. */
export async function learnTest(): Promise<void> {
  const now = shown.peek();
  if (now === null) return;
  const told = await ask(now.run.id).catch(() => null);
  // Another run may be shown meanwhile.
  if (told !== null && shown.peek() === now) test.value = told.backtest ?? null;
}

let loading = new AbortController();
const AGAIN_MS = 3000;

/** Load a run, or the newest, again after the service was gone. */
export async function load(asked: string | null): Promise<void> {
  if (asked !== null && shown.peek()?.run.id === asked && phase.peek().kind === "ready") return;
  loading.abort();
  loading = new AbortController();
  const { signal } = loading;
  if (shown.peek() === null) phase.value = { kind: "loading" };
  try {
    const [about, ofTargets, latest] = await Promise.all([
      installation.peek() ?? service.installation(signal),
      service.runs("targets", signal),
      service.runs(null, signal),
    ]);
    const newest = ofTargets[0] ?? (asked ? undefined : latest[0]);
    const others = latest.filter((one) => !ofTargets.some(({ id }) => id === one.id));
    const id = asked ?? newest?.id;
    batch(() => {
      installation.value = about;
      known.value = [...ofTargets, ...others];
      connected.value = true;
      if (id === undefined) phase.value = { kind: "empty" };
    });
    if (id === undefined) return;
    const [collection, told] = await Promise.all([service.targets(id, signal), ask(id, signal)]);
    const missing: string[] = [];
    const optional = async <T>(asking: Promise<T>, otherwise: T): Promise<T> => {
      try {
        return await asking;
      } catch (error) {
        if (signal.aborted) throw error;
        missing.push(error instanceof Error ? error.message : String(error));
        return otherwise;
      }
    };
    const { run } = collection;
    const area = run.study_area.name;
    const [outline, offenceNames] = await Promise.all([
      area === null ? [] : optional(service.outline(area, signal), []),
      optional(service.offenceNames(run.harm_index, signal), new Map<string, string>()),
    ]);
    batch(() => {
      shown.value = {
        run,
        told,
        collection,
        targets: collection.features.map((feature) => feature.properties),
        outline,
        offenceNames,
      };
      test.value = told.backtest ?? null;
      troubles.value = missing;
      phase.value = { kind: "ready" };
      if (at.peek().run === null) go({ run: id }, "replace");
    });
  } catch (error) {
    if (signal.aborted) return;
    const refusal =
      error instanceof Refusal ? error : new Refusal(words.failed, String(error), 500);
    if (refusal.status === 0) {
      connected.value = false;
      setTimeout(() => loading.signal === signal && void load(at.peek().run), AGAIN_MS);
      if (shown.peek() !== null) return; // what is shown stays, with a word on top
    }
    phase.value = { kind: "refused", refusal };
  }
}
