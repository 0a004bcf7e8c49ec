/** A batch that should not have been is undone: asked first, and told what came of it. */

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import type { Refusal } from "../api/http";
import * as incidents from "../api/incidents";
import type { BatchReport } from "../api/incidents";
import { words } from "../words/data";
import { dateTime } from "../words/format";
import { asRefusal, readBatches, tellUndone } from "./state";
import { Trouble } from "./trouble";

interface Asked {
  report: BatchReport;
  refusal: Refusal | null;
  busy: boolean;
}

/** As whom the page undoes. */
const BY = "web";

const asked = signal<Asked | null>(null);
const reason = signal("");
const outcome = signal<string[]>([]);

export function UndoButton({ report }: { report: BatchReport }) {
  const said = words.undo;
  if (report.batch_id === null) return null;
  if (report.undone) return <WasUndone was={report.undone} />;
  return (
    <button
      type="button"
      aria-label={said.of(nameOf(report))}
      onClick={() => {
        reason.value = "";
        asked.value = { report, refusal: null, busy: false };
      }}
    >
      {said.button}
    </button>
  );
}

/** When and by whom a batch was undone, what came of it, and why. */
export function WasUndone({ was }: { was: incidents.WasUndone }) {
  const said = words.undo;
  const when = dateTime(was.at);
  const what = whatCame(was);
  return (
    <span class="hint">
      {was.by === BY ? said.sinceHere(when) : said.since(when, was.by)}
      {what ? `: ${what}.` : "."}
      {was.reason ? ` ${was.reason}` : ""}
    </span>
  );
}

/** What became of the incidents of a batch that was undone. */
export function whatCame({ removed, restored, kept }: incidents.WasUndone): string {
  if (removed === null) return "";
  const said = words.undo;
  const parts = [
    removed ? said.removed(removed) : "",
    restored ? said.restored(restored) : "",
    kept ? said.kept(kept) : "",
  ];
  return parts.filter(Boolean).join("; ") || said.nothing;
}

/** What the last undoing did, for those who see it and those who hear it. */
export function UndoOutcome() {
  return (
    <div role="status">
      {outcome.value.map((one) => (
        <p key={one} class="hint">
          {one}
        </p>
      ))}
    </div>
  );
}

export function UndoDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const now = asked.value;
  useEffect(() => {
    if (now && !dialog.current?.open) dialog.current?.showModal();
    if (!now) dialog.current?.close();
  }, [now]);
  const said = words.undo;
  const later = laterBatches(now?.refusal ?? null);
  return (
    <dialog
      ref={dialog}
      class="undo"
      aria-labelledby="undo-title"
      onClose={() => (asked.value = null)}
    >
      {now ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void undo(now, later.length > 0);
          }}
        >
          <h2 id="undo-title">{said.title(nameOf(now.report))}</h2>
          <p>{said.what}</p>
          <label for="undo-reason">{said.reason}</label>
          <input
            id="undo-reason"
            type="text"
            maxLength={1000}
            autocomplete="off"
            value={reason.value}
            onInput={(event) => (reason.value = event.currentTarget.value)}
          />
          {now.refusal ? <Trouble refusal={now.refusal} /> : null}
          <p class="ways">
            {now.refusal && !later.length ? null : (
              <button type="submit" class="main" disabled={now.busy}>
                {later.length ? said.withLater(later.length + 1) : said.confirm}
              </button>
            )}
            <button type="button" onClick={() => (asked.value = null)}>
              {said.cancel}
            </button>
          </p>
        </form>
      ) : null}
    </dialog>
  );
}

async function undo(now: Asked, withLater: boolean): Promise<void> {
  const { batch_id: batch } = now.report;
  if (batch === null) return;
  asked.value = { ...now, busy: true };
  try {
    const done = await incidents.undo(batch, reason.peek().trim(), withLater);
    asked.value = null;
    outcome.value = done.batches.map((one) =>
      words.undo.done(nameOf(one), one.undone ? whatCame(one.undone) : ""),
    );
    tellUndone(done.batches);
    await readBatches();
  } catch (error) {
    asked.value = { ...now, refusal: asRefusal(error), busy: false };
  }
}

const nameOf = (report: BatchReport) =>
  words.undo.name(String(report.batch_id), report.file ?? words.report.unnamed);

/** The batches that are to be undone first, as a refusal names them. */
const laterBatches = (refusal: Refusal | null) =>
  (refusal?.errors ?? []).filter(({ where }) => where.startsWith("batches/"));
