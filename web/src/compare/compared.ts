/** The comparison that the address asks for: which run came first, and what changed since. */

import { batch, computed, effect, signal } from "@preact/signals";

import { type Comparison, comparison } from "../api/comparison";
import { Refusal } from "../api/http";
import * as service from "../api/service";
import { differences } from "../map/differences";
import { at, known, shown } from "../state/store";
import { words } from "../words/en";
import { type Side, inOrder } from "./places";

export interface Compared {
  earlier: Side;
  later: Side;
  found: Comparison;
}

export type Comparing =
  | { kind: "nothing" }
  | { kind: "loading" }
  | { kind: "refused"; refusal: Refusal }
  | { kind: "ready"; compared: Compared };

export const comparing = signal<Comparing>({ kind: "nothing" });

const wanted = computed(() => at.value.compare);
const run = computed(() => shown.value?.run ?? null);
let reading = new AbortController();

effect(() => {
  const [other, now] = [wanted.value, run.value];
  reading.abort();
  reading = new AbortController();
  if (other === null || now === null) show({ kind: "nothing" });
  else void read(now, other, reading.signal);
});

async function read(now: Side, id: string, signal: AbortSignal): Promise<void> {
  show({ kind: "loading" });
  try {
    const other = known.peek().find((one) => one.id === id) ?? (await service.run(id, signal));
    const [earlier, later] = inOrder(now, other);
    const found = await comparison(later.id, earlier.id, signal);
    show({ kind: "ready", compared: { earlier, later, found } });
  } catch (error) {
    if (signal.aborted) return;
    const refusal =
      error instanceof Refusal ? error : new Refusal(words.failed, String(error), 500);
    show({ kind: "refused", refusal });
  }
}

function show(now: Comparing): void {
  batch(() => {
    comparing.value = now;
    differences.value = now.kind === "ready" ? now.compared.found : null;
  });
}
