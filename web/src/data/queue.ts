/** Sends the chosen files, one after another, so that each can update what came before it. */

import { signal } from "@preact/signals";

import * as incidents from "../api/incidents";
import { asRefusal, files, load, profile, sending } from "./state";
import type { Chosen, Stage } from "./state";

/** The number of the file that is being sent, for those who listen to the page. */
export const now = signal<{ name: string; number: number; count: number } | null>(null);

let stop = new AbortController();

const isOpen = ({ stage }: Chosen) => stage.kind !== "done";

/** The profile by which the files' keys were last sent. */
let sentBy: string | null = null;

/** Send all files that are not stored yet; one that fails does not keep the others. */
export async function sendAll(): Promise<void> {
  const by = profile.peek();
  if (by === null || sending.peek()) return;
  stop = new AbortController();
  if (sentBy !== null && sentBy !== by) renew();
  sentBy = by;
  sending.value = true;
  const open = files.peek().filter(isOpen);
  for (const { id } of open) stage(id, { kind: "waiting" });
  for (const [index, one] of open.entries()) {
    now.value = { name: one.file.name, number: index + 1, count: open.length };
    await sendOne(one.id, by, stop.signal);
  }
  now.value = null;
  sending.value = false;
  await load();
  document.getElementById("report")?.scrollIntoView();
}

/** Stop: what is on its way is undone, what waits is not sent, what is stored stays. */
export const cancel = () => stop.abort();

async function sendOne(id: number, by: string, signal: AbortSignal): Promise<void> {
  const chosen = files.peek().find((one) => one.id === id);
  if (!chosen) return;
  if (signal.aborted) return stage(id, { kind: "cancelled" });
  try {
    const report = await incidents.upload(
      chosen.file,
      { profile: by, key: chosen.key },
      (progress) =>
        stage(
          id,
          progress.kind === "sent"
            ? { kind: "sending", share: Math.min(progress.bytes / chosen.file.size, 1) }
            : { kind: "reading", rows: progress.rows },
        ),
      signal,
    );
    stage(id, { kind: "done", report });
  } catch (error) {
    stage(
      id,
      signal.aborted ? { kind: "cancelled" } : { kind: "failed", refusal: asRefusal(error) },
    );
  }
}

function stage(id: number, next: Stage): void {
  files.value = files.peek().map((one) => (one.id === id ? { ...one, stage: next } : one));
}

/** Another profile makes other incidents of a file: what it is stored by is another key. */
function renew(): void {
  files.value = files.peek().map((one) => ({ ...one, key: `${one.key.slice(0, 32)}-${++renewed}` }));
}

let renewed = 0;
