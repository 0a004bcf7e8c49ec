/** "Compare": which other run, among those that can be compared with the shown one. */

import { useRef } from "preact/hooks";

import type { RunSummary } from "../api/types";
import { nameOf } from "../question/form";
import { at, go, known, shown } from "../state/store";
import { words } from "../words/en";
import { dateTime } from "../words/format";
import { runWords } from "../words/runs";
import "./compare.css";
import { type References, differing, hindrance } from "./places";

export function Compare() {
  const menu = useRef<HTMLDetailsElement>(null);
  const now = shown.value?.run;
  if (!now || !shown.value?.told.places.includes("targets")) return null;
  const close = () => {
    if (!menu.current) return;
    menu.current.open = false;
    menu.current.querySelector("summary")?.focus();
  };
  const choose = (compare: string | null) => {
    go({ compare, beside: compare !== null && at.peek().beside });
    close();
  };
  const others = known.value
    .filter((one) => one.id !== now.id && one.places.includes("targets"))
    .map((one) => ({ ...one, references: referencesOf(one) }))
    .map((one) => ({ run: one, why: hindrance(now, one) }))
    .sort((a, b) => Number(a.why !== null) - Number(b.why !== null));
  const compared = at.value.compare;
  return (
    <details
      ref={menu}
      name="menu" class="menu compare"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !menu.current?.open) return;
        event.preventDefault();
        close();
      }}
    >
      <summary>{words.masthead.compare}</summary>
      <div>
        {others.length ? (
          <>
            <p id="compare-lead">{words.comparison.lead}</p>
            <ul aria-labelledby="compare-lead">
              {others.map(({ run, why }) => (
                <li key={run.id}>
                  <Other
                    run={run}
                    why={why}
                    differs={differing(now.parameters, run.parameters)}
                    pressed={run.id === compared}
                    onChoose={() => choose(run.id)}
                  />
                </li>
              ))}
            </ul>
          </>
        ) : (
          <p>{words.comparison.noOther}</p>
        )}
        {compared ? (
          <button type="button" onClick={() => choose(null)}>
            {words.comparison.stop}
          </button>
        ) : null}
      </div>
    </details>
  );
}

const referencesOf = ({ provenance }: RunSummary): References =>
  (provenance["references"] ?? {}) as References;

/** A run to compare with; one of another kind of unit stays in the list, and says why it cannot be. */
function Other({
  run,
  why,
  differs,
  pressed,
  onChoose,
}: {
  run: RunSummary;
  why: string | null;
  differs: string[];
  pressed: boolean;
  onChoose: () => void;
}) {
  const fits = why === null;
  return (
    <button
      type="button"
      class="other"
      aria-pressed={pressed}
      aria-disabled={!fits}
      onClick={() => fits && onChoose()}
    >
      {runWords(run)}
      <span class="why">
        {why ?? words.comparison.differs(dateTime(run.created_at), differs.map(nameOf))}
      </span>
    </button>
  );
}
