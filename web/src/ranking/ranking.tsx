/** The ranked list of targets: one button each, with what decides at a glance. */

import { useEffect, useRef } from "preact/hooks";

import type { Run, Target } from "../api/types";
import { ClassMark, TrendMark } from "../page/marks";
import { at, choose, hovered, shown } from "../state/store";
import { words } from "../words/en";
import { chance, harm, percent } from "../words/format";
import { DOMINATED, extent } from "../words/runs";
import "./ranking.css";

export function Ranking() {
  const now = shown.value;
  if (now === null) return null;
  const { targets, run } = now;
  return (
    <section class="ranking" aria-labelledby="targets-title">
      <header>
        <h2 id="targets-title">{words.ranking.title}</h2>
        <p aria-hidden="true">{words.ranking.share}</p>
        <p id="targets-sum">{targets.length ? sumWords(targets, run) : null}</p>
      </header>
      <ol id="targets" class="targets" onKeyDown={step}>
        {targets.length === 0 ? (
          <li class="none">{run.message ?? words.ranking.none}</li>
        ) : (
          targets.map((target) => (
            <li key={target.target_id}>
              <Row target={target} run={run} />
            </li>
          ))
        )}
      </ol>
    </section>
  );
}

function sumWords(targets: Target[], { study_area }: Run): string {
  const sum = (of: (target: Target) => number | undefined) =>
    targets.reduce((total, target) => total + (of(target) ?? 0), 0);
  const { area_km2, length_km = 1 } = study_area;
  const size =
    area_km2 == null
      ? words.ranking.ofLength(percent(sum((one) => one.length_m) / 1000 / length_km))
      : words.ranking.ofArea(percent(sum((one) => one.area_km2) / area_km2));
  return words.ranking.sum(targets.length, percent(sum((one) => one.harm_share)), size);
}

function Row({ target, run }: { target: Target; run: Run }) {
  const button = useRef<HTMLButtonElement>(null);
  const id = target.target_id;
  const pressed = at.value.target === id;
  useEffect(() => {
    if (pressed) button.current?.scrollIntoView({ block: "nearest" });
  }, [pressed]);
  const point = () => (hovered.value = id);
  const leave = () => (hovered.value = null);
  return (
    <button
      ref={button}
      type="button"
      class={`row${hovered.value === id ? " hovered" : ""}`}
      data-id={id}
      aria-pressed={pressed}
      onClick={() => choose(id)}
      onPointerEnter={point}
      onPointerLeave={leave}
      onFocus={point}
      onBlur={leave}
    >
      <span class="rank">{target.rank}</span>
      <span class="place">
        <span class="label">{target.label}</span>
        <span class="share" title={words.ranking.shareOf}>
          {percent(target.harm_share)}
        </span>
      </span>
      <span class="amounts">
        {[
          `${harm(target.harm)} ${run.harm_index.unit}`,
          words.evidence.incidents(target.count),
          target.length_m == null ? null : extent(target),
          expected(target, run),
        ]
          .filter(Boolean)
          .join(" · ")}
      </span>
      <span class="signs">
        {target.class ? <ClassMark kind={target.unit} name={target.class} short /> : null}
        {target.q_min === undefined ? null : (
          <span class="q" title={words.ranking.q}>
            q {chance(target.q_min)}
          </span>
        )}
        {target.trend === undefined ? null : <TrendMark trend={target.trend} />}
        <Busiest target={target} />
        {target.district ? <span class="district">{target.district}</span> : null}
        {target.dominance !== undefined && target.dominance > DOMINATED && target.count > 1 ? (
          <span class="flag">{words.ranking.oneIncident(percent(target.dominance))}</span>
        ) : null}
      </span>
    </button>
  );
}

/** What is expected, where it ranks. */
const expected = ({ expected_harm: most }: Target, run: Run) =>
  most == null || run.parameters["strategy"] !== "expected"
    ? null
    : words.expectation.short(harm(most));

function Busiest({ target }: { target: Target }) {
  const first = target.peak?.windows[0];
  if (!first) return null;
  return (
    <span class="busiest" title={words.ranking.busiest}>
      {first.day} {first.start}–{first.end}
    </span>
  );
}

/** Up and down go from row to row, as in any list. */
function step(event: KeyboardEvent) {
  const list = event.currentTarget;
  if (!(list instanceof HTMLElement)) return;
  const rows = [...list.querySelectorAll<HTMLElement>(".row")];
  const from = rows.findIndex((row) => row === event.target);
  const goals: Record<string, number> = {
    ArrowDown: from + 1,
    ArrowUp: from - 1,
    Home: 0,
    End: rows.length - 1,
  };
  const goal = rows[goals[event.key] ?? -1];
  if (from < 0 || !goal) return;
  event.preventDefault();
  goal.focus();
}
