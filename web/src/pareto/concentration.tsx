/** How few places hold how much: the curve, the sentence, and a brush that picks them out. */

import { useEffect, useState } from "preact/hooks";

import { Refusal } from "../api/http";
import type { Run } from "../api/types";
import { DataTable } from "../charts/data-table";
import "../charts/charts.css";
import { at, go, shown } from "../state/store";
import { words } from "../words/en";
import { integer, percent, significant } from "../words/format";
import { unitNames } from "../words/runs";
import { LorenzChart } from "./lorenz-chart";
import { type Concentration as Measured, heldBy, measure } from "./measure";
import "./pareto.css";

type State = { kind: "asking" } | { kind: "refused"; why: string } | { kind: "found"; of: Measured };

export function Concentration() {
  const run = shown.value?.run;
  const [state, setState] = useState<State>({ kind: "asking" });
  useEffect(() => {
    if (!run) return undefined;
    const asking = new AbortController();
    setState({ kind: "asking" });
    measure(run, asking.signal).then(
      (of) => setState({ kind: "found", of }),
      (error: unknown) => {
        if (asking.signal.aborted) return;
        const why = error instanceof Refusal ? error.message : String(error);
        setState({ kind: "refused", why });
      },
    );
    return () => asking.abort();
  }, [run]);
  if (!run) return null;
  if (state.kind === "asking") return <p role="status">{words.concentration.measuring}</p>;
  if (state.kind === "refused") return <p role="alert">{state.why}</p>;
  return <Found run={run} found={state.of} />;
}

function Found({ run, found }: { run: Run; found: Measured }) {
  const { result } = found;
  const names = unitNames(run);
  const said = words.concentration;
  const half = result.shares.find((one) => one.share_of_total === 0.5);
  const what = result.value === "harm" ? said.harm : said.incidents;
  const places = at.value.places;
  // A run that stores no units has none that could be picked out on the map.
  const hasUnits = shown.value?.told.places.includes("units") ?? false;
  const brush = (many: number | null) => hasUnits && go({ places: many }, "replace");
  return (
    <article class="concentration">
      <h2>{half ? said.half(integer(half.units), integer(result.units), names[1], what) : said.title}</h2>
      {half ? (
        <p>
          {said.against(
            percent(half.share_of_units),
            percent(half.interval[0]),
            percent(half.interval[1]),
            percent(half.share_of_units_at_random),
          )}
        </p>
      ) : null}
      {found.data_version === run.data_version ? null : (
        <p class="caution">{said.otherData(found.data_version, run.data_version)}</p>
      )}
      <figure class="lorenz">
        <LorenzChart found={found} places={hasUnits ? places : null} onBrush={brush} />
        <figcaption>
          <Key />
        </figcaption>
      </figure>
      {hasUnits ? (
        <Brush found={found} places={places} names={names} what={what} onBrush={brush} />
      ) : null}
      <h3>{said.shares}</h3>
      <table class="shares">
        <thead>
          <tr>
            <th scope="col">{said.ofTotal(what)}</th>
            <th scope="col">{names[1]}</th>
            <th scope="col">{said.interval(percent(result.confidence))}</th>
            <th scope="col">{said.byChance}</th>
          </tr>
        </thead>
        <tbody>
          {result.shares.map((one) => (
            <tr key={one.share_of_total}>
              <th scope="row">
                <button type="button" class="pick" onClick={() => brush(one.units)}>
                  {percent(one.share_of_total)}
                </button>
              </th>
              <td class="number">
                {integer(one.units)} ({percent(one.share_of_units)})
              </td>
              <td class="number">
                {percent(one.interval[0])} – {percent(one.interval[1])}
              </td>
              <td class="number">{percent(one.share_of_units_at_random)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="gini">
        {said.gini(
          significant(result.gini.value),
          significant(result.gini.interval[0]),
          significant(result.gini.interval[1]),
        )}
      </p>
      <DataTable
        head={[said.across, what, said.low, said.high, said.byChance]}
        rows={curveRows(found)}
      />
    </article>
  );
}

/** Of the slider, whose places go by the square: the few are what matters. */
const STEPS = 200;

function Brush({
  found,
  places,
  names,
  what,
  onBrush,
}: {
  found: Measured;
  places: number | null;
  names: [string, string];
  what: string;
  onBrush: (places: number | null) => void;
}) {
  const { units, lorenz } = found.result;
  const said = words.concentration;
  return (
    <div class="brushing">
      <label for="places">{said.pick(names[1])}</label>
      <div class="amount-of-places">
        <input
          type="range"
          aria-label={said.pick(names[1])}
          min={0}
          max={STEPS}
          value={Math.round(Math.sqrt((places ?? 0) / units) * STEPS)}
          aria-valuetext={places ? said.picked(integer(places), names[1]) : said.none}
          onInput={(event) => {
            const share = (Number(event.currentTarget.value) / STEPS) ** 2;
            onBrush(Math.ceil(share * units) || null);
          }}
        />
        <input
          type="number"
          id="places"
          min={0}
          max={units}
          value={places ?? ""}
          onInput={(event) => {
            const many = Math.round(event.currentTarget.valueAsNumber);
            onBrush(many > 0 ? Math.min(many, units) : null);
          }}
        />
      </div>
      <p role="status">
        {places === null
          ? said.none
          : said.held(
              integer(places),
              places === 1 ? names[0] : names[1],
              percent(heldBy(lorenz, lorenz.share_of_total, places / units)),
              what,
              places === 1,
            )}{" "}
        {places === null ? null : (
          <button type="button" onClick={() => onBrush(null)}>
            {said.clear}
          </button>
        )}
      </p>
    </div>
  );
}

function Key() {
  const said = words.concentration.key;
  return (
    <ul class="curve-key">
      {(["curve", "band", "chance", "equal"] as const).map((one) => (
        <li key={one}>
          <svg viewBox="0 0 26 10" aria-hidden="true">
            {one === "band" ? (
              <rect class="band" y={2} width={26} height={6} />
            ) : (
              <path class={one} d="M0 5H26" />
            )}
          </svg>
          {said[one]}
        </li>
      ))}
    </ul>
  );
}

/** Every tenth of the units, which is enough to read the curve by. */
function curveRows({ result: { lorenz } }: Measured): string[][] {
  const tenths = [0.01, 0.02, 0.05, ...Array.from({ length: 10 }, (_, at) => (at + 1) / 10)];
  const read = (values: number[] | undefined, share: number) =>
    values ? percent(heldBy(lorenz, values, share)) : "–";
  return tenths.map((share) => [
    percent(share),
    read(lorenz.share_of_total, share),
    read(lorenz.low, share),
    read(lorenz.high, share),
    read(lorenz.at_random, share),
  ]);
}
