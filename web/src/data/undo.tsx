/** A batch that should not have been is undone: asked first, and told what came of it. */

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import type { Refusal } from "../api/http";
import * as incidents from "../api/incidents";
import type { BatchReport } from "../api/incidents";
import { words } from "../words/data";
import { dateTime, integer } from "../words/format";
import { asRefusal, readBatches } from "./state";
import { Trouble } from "./trouble";

interface Asked {
  report: BatchReport;
  refusal: Refusal | null;
  busy: boolean;
}

const asked = signal<Asked | null>(null);
const reason = signal("");
const outcome = signal("");

export function UndoButton({ report }: { report: BatchReport }) {
  const said = words.undo;
  if (report.batch_id === null) return null;
  if (report.undone) {
    const { at, by, reason: why } = report.undone;
    return (
      <span class="hint">
        {said.since(dateTime(at), by)}
        {why ? ` ${why}` : ""}
      </span>
    );
  }
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

/** What the last undoing did, for those who see it and those who hear it. */
export function UndoOutcome() {
  return <div role="status">{outcome.value ? <p class="hint">{outcome.value}</p> : null}</div>;
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
    outcome.value = words.undo.done(
      done.batches.map((one) => one.batch_id).join(", "),
      integer(done.removed),
      integer(done.restored),
    );
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
