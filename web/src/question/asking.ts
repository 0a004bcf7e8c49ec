/** The question that is being computed: asked, followed, cancelled, found again after a reload. */

import { batch, computed, effect, signal } from "@preact/signals";

import { Refusal } from "../api/http";
import { finished, follow } from "../api/jobs";
import * as service from "../api/service";
import type { Job } from "../api/types";
import { at, openRun, shown } from "../state/store";
import { words } from "../words/en";

/** What is asked where no run is shown. */
const FIRST = "targets";
const KEPT = "harmspot.job";

export type Asking =
  | { kind: "nothing" }
  | { kind: "asked"; job: Job | null; silent: boolean }
  | { kind: "refused"; title: string; detail: string; errors: Complaint[]; status: number }
  | { kind: "dismissed" };

/** What the service says of one field, or of the whole question. */
export interface Complaint {
  field: string | null;
  message: string;
}

export const asking = signal<Asking>({ kind: "nothing" });
/** What came of the last question, for those who closed the form too. */
export const news = signal("");

let leave = () => {};

/** Under which name a draft holds the analysis that was chosen. */
export const ANALYSIS = "analysis";

/** The analysis of the run that is shown, with which a form begins. */
export const first = computed(() => shown.value?.run.process ?? FIRST);

/** The analysis that the form asks: the chosen one. */
export const process = computed(() => at.value.question?.[ANALYSIS] ?? first.value);

/** Ask; what was asked before is forgotten. */
export async function ask(parameters: Record<string, unknown>): Promise<void> {
  leave();
  news.value = "";
  asking.value = { kind: "asked", job: null, silent: false };
  try {
    watch(await service.submit(process.peek(), parameters));
  } catch (error) {
    refuse(error);
  }
}

/** Give up the question that is being computed. */
export async function cancel(): Promise<void> {
  const now = asking.peek();
  if (now.kind !== "asked" || now.job === null) return;
  try {
    take(await service.dismiss(now.job.id));
  } catch (error) {
    refuse(error);
  }
}

/** Follow the job that was asked for before the page was loaded again. */
export async function resume(): Promise<void> {
  const id = sessionStorage.getItem(KEPT);
  if (id === null || asking.peek().kind === "asked") return;
  try {
    watch(await service.job(id));
  } catch (error) {
    // A job that is gone is nobody's any more; a service that is gone comes back.
    if (error instanceof Refusal && error.status === 0) listen(id);
    else sessionStorage.removeItem(KEPT);
  }
}

/** Forget what was said about the last question. */
export function forget(): void {
  if (asking.peek().kind !== "asked") asking.value = { kind: "nothing" };
}

function watch(job: Job): void {
  sessionStorage.setItem(KEPT, job.id);
  take(job);
  if (!finished(job)) listen(job.id);
}

function listen(id: string): void {
  leave();
  if (asking.peek().kind !== "asked") asking.value = { kind: "asked", job: null, silent: true };
  leave = follow(id, {
    onChange: take,
    onSilence: () => {
      const now = asking.peek();
      if (now.kind === "asked") asking.value = { ...now, silent: true };
    },
    onLoss: refuse,
  });
}

function take(job: Job): void {
  if (!finished(job)) {
    asking.value = { kind: "asked", job, silent: false };
    return;
  }
  end();
  if (job.status === "dismissed") {
    batch(() => {
      asking.value = { kind: "dismissed" };
      news.value = words.question.dismissed;
    });
  } else if (job.status === "successful" && job.run_id !== null) {
    void open(job, job.run_id);
  } else {
    const { problem } = job;
    refuse(problem ? Refusal.of(problem) : new Refusal(words.question.failed, job.message, 500));
  }
}

/** Show the run that answers, and say whether it was computed or known. */
async function open(job: Job, id: string): Promise<void> {
  const run = await service.run(id).catch(() => null);
  const known = run !== null && Date.parse(run.created_at) < Date.parse(job.created_at);
  batch(() => {
    asking.value = { kind: "nothing" };
    news.value = known ? words.question.known : words.question.answered;
    openRun(id);
  });
}

function refuse(error: unknown): void {
  end();
  const refusal =
    error instanceof Refusal ? error : new Refusal(words.question.failed, String(error), 500);
  asking.value = {
    kind: "refused",
    title: refusal.title,
    detail: refusal.message,
    errors: (refusal.errors ?? []).map(complaintOf),
    status: refusal.status,
  };
  // With the form closed nobody would see why nothing comes.
  if (at.peek().question === null) news.value = `${refusal.title}. ${refusal.message}`;
}

/** A place as the service names it: `parameters.from`, `from`, `offences.2`. */
export function complaintOf({ where, message }: { where: string; message: string }): Complaint {
  const [first = ""] = where.replace(/^(parameters|inputs)\.?/, "").split(".");
  return { field: first || null, message };
}

function end(): void {
  leave();
  leave = () => {};
  sessionStorage.removeItem(KEPT);
}

// Going back to a form that was left shows it as it was, without what was said of it then.
effect(() => {
  if (at.value.question === null) forget();
});
