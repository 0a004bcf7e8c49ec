/** Follows a job to its end: told by the service as it happens, or asked for where that breaks. */

import { address, Refusal } from "./http";
import { job as read } from "./service";
import type { Job } from "./types";

const ASK_AGAIN_MS = 1500;

export interface Listener {
  /** The job as it is now. */
  onChange: (job: Job) => void;
  /** The service does not answer; it is asked again. */
  onSilence: () => void;
  /** It is of no use to ask again: there is no such job any more. */
  onLoss: (refusal: Refusal) => void;
}

export const finished = ({ status }: Pick<Job, "status">) =>
  status === "successful" || status === "failed" || status === "dismissed";

/** Follow a job; what is returned ends it. */
export function follow(id: string, listener: Listener): () => void {
  let over = false;
  let later: ReturnType<typeof setTimeout> | undefined;
  const events = new EventSource(address(`api/v1/jobs/${encodeURIComponent(id)}/events`));

  const stop = () => {
    over = true;
    events.close();
    clearTimeout(later);
  };
  const take = (job: Job) => {
    if (over) return;
    if (finished(job)) stop();
    listener.onChange(job);
  };
  const told = (event: MessageEvent<string>) => take(JSON.parse(event.data) as Job);

  const ask = async () => {
    try {
      take(await read(id));
    } catch (error) {
      if (over) return;
      if (error instanceof Refusal && error.status !== 0 && error.status < 500) {
        stop();
        listener.onLoss(error);
        return;
      }
      listener.onSilence();
    }
    if (!over) later = setTimeout(() => void ask(), ASK_AGAIN_MS);
  };

  events.addEventListener("progress", told);
  events.addEventListener("finished", told);
  // A browser would try the stream again and again without saying so: asking tells what is the case.
  events.addEventListener("error", () => {
    events.close();
    if (!over) void ask();
  });
  return stop;
}
