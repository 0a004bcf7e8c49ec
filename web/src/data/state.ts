/** What the data page knows: the chosen files, how they are read, and what became of them. */

import { batch, computed, effect, signal } from "@preact/signals";

import { Refusal } from "../api/http";
import * as incidents from "../api/incidents";
import type { BatchReport, Preview, ProfileAbout } from "../api/incidents";
import { installation } from "../api/service";
import { words } from "../words/data";
import { draftOf, nameFor, withGuesses, writtenOf } from "./draft";
import type { Draft } from "./draft";

export type Stage =
  | { kind: "waiting" }
  | { kind: "sending"; share: number }
  | { kind: "reading"; rows: number }
  | { kind: "done"; report: BatchReport }
  | { kind: "undone"; report: BatchReport }
  | { kind: "failed"; refusal: Refusal }
  | { kind: "cancelled" };

export interface Chosen {
  id: number;
  file: File;
  /** The same for every try to send this file by one profile, so that it is stored once. */
  key: string;
  stage: Stage;
}

/** How rows are read: by a profile that has a name, or by one in the making. */
export type Choice = { kind: "named"; profile: string } | { kind: "own" };

export const limitMb = signal<number | null>(null);
export const files = signal<Chosen[]>([]);
/** Files that were not taken, and why. */
export const refused = signal<string[]>([]);
/** Which of the files is looked at. */
export const looked = signal(0);
export const preview = signal<Preview | null>(null);
export const previewRefusal = signal<Refusal | null>(null);
export const looking = signal(false);
/** Null: the profile that fits best, once that is known. */
export const choice = signal<Choice | null>(null);
export const draft = signal<Draft | null>(null);
export const profileName = signal("");
export const profiles = signal<ProfileAbout[]>([]);
export const storing = signal<{ stored: string } | { refusal: Refusal } | null>(null);
export const sending = signal(false);
export const earlier = signal<BatchReport[] | null>(null);
export const connected = signal(true);

export const file = computed(() => files.value.find((one) => one.id === looked.value)?.file);
export const reports = computed(() =>
  files.value.flatMap(({ stage }) => ("report" in stage ? [stage.report] : [])),
);
/** The profile that files would be sent by. */
export const profile = computed(() =>
  choice.value?.kind === "named" ? choice.value.profile : null,
);

let numbered = 0;

/** Take files, in the order of their names: later months then update earlier ones. */
export function take(given: readonly File[]): void {
  const megabytes = limitMb.peek();
  const fits = (one: File) => megabytes === null || one.size <= megabytes * 1024 * 1024;
  const usable = given.filter((one) => fits(one) && one.size > 0);
  batch(() => {
    refused.value = given
      .filter((one) => !usable.includes(one))
      .map((one) =>
        one.size
          ? words.files.tooLarge(one.name, bytes(one.size), bytes((megabytes ?? 0) * 1024 * 1024))
          : words.files.empty(one.name),
      );
    // What is done belongs to an earlier round; its report is among the batches below.
    const kept = files.peek().filter(({ stage }) => !("report" in stage));
    if (usable.length && !kept.length) {
      // The next round may be of another source, which another profile fits.
      choice.value = null;
      draft.value = null;
      storing.value = null;
    }
    const added = [...usable]
      .sort((one, other) => one.name.localeCompare(other.name, "en"))
      .map((one) => ({ id: ++numbered, file: one, key: key(), stage: { kind: "waiting" } as const }));
    files.value = [...kept, ...added];
    if (!files.value.some(({ id }) => id === looked.peek())) looked.value = files.value[0]?.id ?? 0;
  });
}

export function remove(id: number): void {
  batch(() => {
    files.value = files.peek().filter((one) => one.id !== id);
    if (looked.peek() === id) looked.value = files.value[0]?.id ?? 0;
  });
}

export function clear(): void {
  batch(() => {
    files.value = [];
    refused.value = [];
    looked.value = 0;
    choice.value = null;
    draft.value = null;
  });
}

export const bytes = (size: number) =>
  new Intl.NumberFormat(navigator.languages, {
    style: "unit",
    unit: size < 1024 * 1024 ? "kilobyte" : "megabyte",
    maximumFractionDigits: 1,
  }).format(size < 1024 * 1024 ? size / 1024 : size / 1024 / 1024);

/** A key that nobody has used; `randomUUID` is missing where the page is not served securely. */
const key = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) =>
    one.toString(16).padStart(2, "0"),
  ).join("");

export function chooseProfile(name: string): void {
  choice.value = { kind: "named", profile: name };
}

/** Match columns oneself, beginning with a profile or with what the service guessed. */
export async function chooseOwn(from: string | null = null): Promise<void> {
  const written = from === null ? preview.peek()?.suggestion : await incidents.profile(from);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  batch(() => {
    if (from !== null || draft.peek() === null) {
      draft.value = draftOf(written ?? {}, zone, from === null);
      const name = nameFor(file.peek()?.name ?? "");
      profileName.value = from === null ? name : "";
    }
    storing.value = null;
    choice.value = { kind: "own" };
  });
}

export async function storeProfile(): Promise<void> {
  const now = draft.peek();
  const name = profileName.peek().trim();
  if (!now) return;
  try {
    await incidents.storeProfile(name, writtenOf(now));
    profiles.value = await incidents.profiles();
    batch(() => {
      storing.value = { stored: name };
      choice.value = { kind: "named", profile: name };
    });
  } catch (error) {
    storing.value = { refusal: asRefusal(error) };
  }
}

export const asRefusal = (error: unknown): Refusal =>
  error instanceof Refusal ? error : new Refusal(words.failed, String(error), 500);

let asking = new AbortController();
const PAUSE_MS = 350;

/** Ask how the file that is looked at would be read. */
export async function look(pause = 0): Promise<void> {
  asking.abort();
  asking = new AbortController();
  const { signal: stop } = asking;
  const now = file.peek();
  const how = choice.peek();
  const own = how?.kind === "own" ? draft.peek() : null;
  if (!now) {
    batch(() => {
      preview.value = null;
      previewRefusal.value = null;
      looking.value = false;
    });
    return;
  }
  looking.value = true;
  try {
    if (pause) await new Promise((resolve) => setTimeout(resolve, pause));
    if (stop.aborted) return;
    const by = own
      ? { draft: writtenOf(own) }
      : how?.kind === "named"
        ? { profile: how.profile }
        : null;
    const found = await incidents.preview(now, by, stop);
    if (stop.aborted) return;
    batch(() => {
      preview.value = found;
      previewRefusal.value = null;
      looking.value = false;
      if (how === null && found.profile !== null) {
        choice.value = { kind: "named", profile: found.profile };
      }
    });
    if (how === null && found.profile === null) await chooseOwn();
    if (own) draft.value = withGuesses(own, found.suggestion);
  } catch (error) {
    if (stop.aborted) return;
    batch(() => {
      preview.value = null;
      previewRefusal.value = asRefusal(error);
      looking.value = false;
    });
  }
}

const BATCHES = 20;
const AGAIN_MS = 3000;

/** Read what the service knows already; again after it was gone. */
export async function load(): Promise<void> {
  try {
    const [about, known, newest] = await Promise.all([
      installation(),
      incidents.profiles(),
      incidents.batches(BATCHES),
    ]);
    batch(() => {
      limitMb.value = about.max_upload_mb;
      profiles.value = known;
      earlier.value = newest;
      connected.value = true;
    });
  } catch (error) {
    if (asRefusal(error).status !== 0) throw error;
    connected.value = false;
    setTimeout(() => void load(), AGAIN_MS);
  }
}

export const moreBatches = () => readBatches(BATCHES);

/** Tell the files of batches that were undone so. */
export function tellUndone(undone: readonly BatchReport[]): void {
  files.value = files.peek().map((one) => {
    const { stage } = one;
    if (stage.kind !== "done") return one;
    const report = undone.find(({ batch_id }) => batch_id === stage.report.batch_id);
    return report ? { ...one, stage: { kind: "undone", report } as const } : one;
  });
}

/** Read the list of batches again, and some more of it. */
export async function readBatches(more = 0): Promise<void> {
  const shown = Math.max(BATCHES, earlier.peek()?.length ?? 0);
  earlier.value = await incidents.batches(shown + more);
}

/** Begin: look whenever the file or the way it is read changes. */
export function start(): void {
  let before: unknown[] = [];
  effect(() => {
    const now = [file.value, profile.value, choice.value?.kind, draft.value];
    const known = preview.peek();
    // A choice that the service itself just made is what the preview shows already.
    const told = known !== null && known.profile !== null && known.profile === profile.value;
    const sameFile = before[0] === now[0];
    const typed = sameFile && before[2] === "own" && now[2] === "own";
    before = now;
    if (sameFile && told) return;
    void look(typed ? PAUSE_MS : 0);
  });
  void load();
}
