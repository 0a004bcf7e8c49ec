/** The end of the form: ask, see how far it is, cancel, read why it failed. */

import { useEffect, useRef } from "preact/hooks";

import type { Job } from "../api/types";
import { words } from "../words/en";
import { type Complaint, asking, cancel } from "./asking";
import { nameOf } from "./form";

/** How far the job is, and a way to end it. */
export function Progress({ job, silent, focused = false }: { job: Job | null; silent: boolean; focused?: boolean }) {
  const button = useRef<HTMLButtonElement>(null);
  const waits = job === null;
  useEffect(() => {
    // The button that asked is gone; the keyboard goes on from the one in its place.
    if (focused && !waits) button.current?.focus();
  }, [focused, waits]);
  return (
    <div class="job">
      <p role="status">
        {silent ? words.question.silent : job === null ? words.question.submitting : said(job)}
      </p>
      <progress max={100} value={job?.progress ?? 0} aria-label={words.question.progress} />
      <button ref={button} type="button" disabled={waits} onClick={() => void cancel()}>
        {words.question.cancel}
      </button>
    </div>
  );
}

function said({ status, message, progress }: Job): string {
  if (status === "accepted") return words.question.waiting;
  return `${message.charAt(0).toUpperCase()}${message.slice(1)} · ${progress}%`;
}

/** Why the last question has no answer. */
export function Outcome({ fields }: { fields: ReadonlySet<string> }) {
  const now = asking.value;
  const refusal = useRef<HTMLDivElement>(null);
  const refused = now.kind === "refused" ? now : null;
  useEffect(() => {
    if (refused) refusal.current?.focus();
  }, [refused]);
  if (now.kind === "dismissed") return <p role="status">{words.question.dismissed}</p>;
  if (refused === null) return null;
  return (
    <div class="refused" role="alert" tabIndex={-1} ref={refusal}>
      <h3>{refused.title}</h3>
      <p>{refused.detail}</p>
      {refused.status === 401 || refused.status === 403 ? <p>{words.question.notAllowed}</p> : null}
      <Errors errors={refused.errors} fields={fields} />
    </div>
  );
}

/** Each place that the service names, as a way to its field where there is one. */
function Errors({ errors, fields }: { errors: Complaint[]; fields: ReadonlySet<string> }) {
  if (!errors.length) return null;
  return (
    <ul>
      {errors.map(({ field, message }) => (
        <li key={`${field}${message}`}>
          {field !== null && fields.has(field) ? (
            <button type="button" class="link" onClick={() => lead(field)}>
              {nameOf(field)}
            </button>
          ) : (
            <code>{field}</code>
          )}
          {": "}
          {message}
        </li>
      ))}
    </ul>
  );
}

/** Go to a field, wherever it is folded away. */
export function lead(field: string): void {
  const control = document.getElementById(`ask-${field}`);
  control?.closest("details")?.setAttribute("open", "");
  control?.focus();
  control?.scrollIntoView({ block: "center" });
}
