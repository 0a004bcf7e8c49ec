/** The ranked list of targets: one button each, with what decides at a glance. */

import { useEffect, useRef } from "preact/hooks";

import type { Run, Target } from "../api/types";
import { ClassMark, TrendMark } from "../page/marks";
import { at, choose, hovered, shown } from "../state/store";
import { words } from "../words/en";
import { chance, percent } from "../words/format";
import { alsoOf, leadOf, orderOf, orderWords } from "../words/ordering";
import { DOMINATED, extent } from "../words/runs";
import { Tested } from "./tested";
import "./ranking.css";

export function Ranking() {
  const now = shown.value;
  if (now === null) return null;
  const { targets, run } = now;
  return (
    <section class="ranking" aria-labelledby="targets-title">
      <header>
        <h2 id="targets-title">{words.ranking.title}</h2>
        {targets.length ? (
          <>
            <p class="order">{orderWords(run)}</p>
            <p id="targets-sum">{sumWords(targets, run)}</p>
            <Tested />
          </>
        ) : null}
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
    const list = button.current?.closest(".targets");
    // Where the page scrolls instead of the list, it goes to the evidence.
    if (pressed && list && list.scrollHeight > list.clientHeight) {
      button.current?.scrollIntoView({ block: "nearest" });
    }
  }, [pressed]);
  const lead = leadOf(target, run);
  const order = orderOf(run);
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
        <span class="lead" title={lead.name}>
          {lead.said}
          {lead.interval ? <span class="interval">{lead.interval}</span> : null}
        </span>
      </span>
      <span class="amounts">
        {[...alsoOf(target, run), ...(target.length_m == null ? [] : [extent(target)])].join(" · ")}
      </span>
      <span class="signs">
        {order === "hot-spot" || order === null ? <Statistic target={target} /> : null}
        {order === "expected" && target.basis !== undefined ? (
          <span class="basis" title={words.ranking.basis}>
            {words.expectation.stands[target.basis]}
          </span>
        ) : null}
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

/** The statistic that chose it: of lists that another rule chose, the evidence tells it. */
function Statistic({ target }: { target: Target }) {
  return (
    <>
      {target.class ? <ClassMark kind={target.unit} name={target.class} short /> : null}
      {target.q_min === undefined ? null : (
        <span class="q" title={words.ranking.q}>
          q {chance(target.q_min)}
        </span>
      )}
    </>
  );
}

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
