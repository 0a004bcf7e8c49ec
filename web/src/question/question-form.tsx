/** "New analysis": the button, and the drawer with the form. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { Refusal } from "../api/http";
import { type Offers, offers } from "../api/offers";
import { at, go, phase } from "../state/store";
import { words } from "../words/en";
import { asking, process, resume } from "./asking";
import { Progress } from "./footer";
import "./question.css";
import { Sheet } from "./sheet";

const close = () => go({ question: null });

export function QuestionForm() {
  const button = useRef<HTMLButtonElement>(null);
  const open = at.value.question !== null;
  const was = useRef(open);
  useEffect(() => void resume(), []);
  useEffect(() => {
    if (was.current && !open) button.current?.focus();
    was.current = open;
  }, [open]);
  const now = asking.value;
  return (
    <>
      <button
        ref={button}
        type="button"
        class="main"
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => go({ question: {} })}
      >
        {words.masthead.ask}
      </button>
      {open ? <Drawer /> : now.kind === "asked" ? <Progress job={now.job} silent={now.silent} /> : null}
    </>
  );
}

function Drawer() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="question"
      aria-labelledby="question-title"
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      // A second Escape closes a dialog whatever its page says. The event comes late: a drawer that
      // is gone by then must not close the one that a step back has opened again.
      onClose={(event) => event.currentTarget.isConnected && at.peek().question !== null && close()}
    >
      <header>
        <h2 id="question-title">{words.question.title}</h2>
        <button type="button" class="close" aria-label={words.close} onClick={close}>
          <svg viewBox="0 0 16 16" width={16} height={16} aria-hidden="true">
            <path d="M3 3 13 13M13 3 3 13" />
          </svg>
        </button>
        <p class="help">{words.question.lead}</p>
      </header>
      {phase.value.kind === "loading" ? <p role="status">{words.question.loading}</p> : <Offered />}
    </dialog>
  );
}

/** Asks what can be asked, then shows the form, or why there is none. */
function Offered() {
  const found = useSignal<Offers | null>(null);
  const refusal = useSignal<Refusal | null>(null);
  const tries = useSignal(0);
  useEffect(() => {
    const reading = new AbortController();
    refusal.value = null;
    found.value = null;
    offers(process.value, reading.signal).then(
      (all) => (found.value = all),
      (error: unknown) => {
        if (reading.signal.aborted) return;
        refusal.value =
          error instanceof Refusal ? error : new Refusal(words.failed, String(error), 500);
      },
    );
    return () => reading.abort();
  }, [tries.value, process.value]);

  if (refusal.value) {
    const { title, message, status } = refusal.value;
    return (
      <div class="absent" role="alert">
        <h3>{title}</h3>
        <p>{message}</p>
        {status === 401 || status === 403 ? <p>{words.question.notAllowed}</p> : null}
        <button type="button" onClick={() => (tries.value += 1)}>
          {words.question.again}
        </button>
      </div>
    );
  }
  if (found.value === null) return <p role="status">{words.question.loading}</p>;
  if (found.value.coverage.incidents === 0) {
    return (
      <div class="absent">
        <h3>{words.question.emptyTitle}</h3>
        <p>{words.question.empty}</p>
        <a class="button main" href="data">
          {words.question.toData}
        </a>
      </div>
    );
  }
  return <Sheet offers={found.value} />;
}
