/** "Compare": which other run, among those that can be compared with the shown one. */

import { useRef } from "preact/hooks";

import type { RunSummary } from "../api/types";
import { at, go, known, shown } from "../state/store";
import { words } from "../words/en";
import { runWords } from "../words/runs";
import "./compare.css";
import { type References, type Side, hindrance } from "./places";

export function Compare() {
  const menu = useRef<HTMLDetailsElement>(null);
  const now = shown.value?.run;
  if (!now) return null;
  const close = () => {
    if (!menu.current) return;
    menu.current.open = false;
    menu.current.querySelector("summary")?.focus();
  };
  const choose = (compare: string | null) => {
    go({ compare, beside: compare !== null && at.peek().beside });
    close();
  };
  const others = known.value.filter((one) => one.id !== now.id);
  const compared = at.value.compare;
  return (
    <details
      ref={menu}
      class="menu compare"
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
              {others.map((one) => (
                <li key={one.id}>
                  <Other
                    run={{ ...one, references: referencesOf(one) }}
                    shownRun={now}
                    pressed={one.id === compared}
                    onChoose={() => choose(one.id)}
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
  shownRun,
  pressed,
  onChoose,
}: {
  run: Side;
  shownRun: Side;
  pressed: boolean;
  onChoose: () => void;
}) {
  const why = hindrance(shownRun, run);
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
      {fits ? null : <span class="why">{why}</span>}
    </button>
  );
}
