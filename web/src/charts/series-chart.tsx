/** How a target went, week by week (or month by month), with the window marked. */

import { scaleBand, scaleLinear } from "d3-scale";

import type { Series } from "../api/types";
import { words } from "../words/en";
import { date, harm, integer, monthOf } from "../words/format";
import { DataTable } from "./data-table";

const WIDTH = 330;
const HEIGHT = 96;
const LEFT = 26;
const TOP = 8;
const BASE = HEIGHT - 16;

export function SeriesChart({ series, unit }: { series: Series; unit: string }) {
  const { from, count, harm: harms, window_from } = series;
  const across = scaleBand(from, [LEFT, WIDTH]).paddingInner(0.18);
  const most = Math.max(...count, 1);
  const up = scaleLinear([0, most], [BASE, TOP]).nice(3);
  const ticks = up.ticks(3).filter(Number.isInteger);
  const first = from.find((one) => one >= window_from);
  const window = first === undefined ? WIDTH : (across(first) ?? LEFT);
  const label = (one: string) => (series.step === "month" ? monthOf(one) : date(one));
  const inside = from.map((one) => one >= window_from);
  // The week in which the window begins is shaded as far as it belongs to it.
  const bars = (at: number): [string, number][] => {
    const [many, within] = [count[at] ?? 0, series.count_within?.[at] ?? 0];
    if (inside[at]) return [["amount", many]];
    return within ? [["amount before", many], ["part", within]] : [["amount before", many]];
  };
  const mean = (within: boolean) => {
    const chosen = count.filter((_, at) => inside[at] === within);
    return chosen.length ? chosen.reduce((sum, one) => sum + one, 0) / chosen.length : null;
  };
  return (
    <figure class="series">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={words.evidence.seriesLabel(series.step, mean(false), mean(true))}
      >
        <rect
          class="window"
          x={window}
          y={TOP - 4}
          width={Math.max(WIDTH - window, 0)}
          height={BASE - TOP + 4}
        />
        {ticks.map((tick) => (
          <g key={tick}>
            <line class="grid" x1={LEFT} x2={WIDTH} y1={up(tick)} y2={up(tick)} />
            <text class="tick" x={LEFT - 5} y={up(tick) + 3.5}>
              {integer(tick)}
            </text>
          </g>
        ))}
        {from.map((one, at) => (
          <g key={one}>
            <title>{`${label(one)}: ${words.evidence.incidents(count[at] ?? 0)}, ${harm(harms[at] ?? 0)} ${unit}`}</title>
            {bars(at).map(([kind, many]) => (
              <rect
                key={kind}
                class={kind}
                x={across(one)}
                y={up(many)}
                width={across.bandwidth()}
                height={BASE - up(many)}
              />
            ))}
          </g>
        ))}
        <text class="from" x={LEFT} y={HEIGHT - 3}>
          {label(from[0] ?? window_from)}
        </text>
        <text class="to" x={WIDTH} y={HEIGHT - 3}>
          {label(from.at(-1) ?? window_from)}
        </text>
      </svg>
      <figcaption>{words.evidence.seriesCaption(series.step, date(window_from))}</figcaption>
      <DataTable
        head={[words.evidence.steps[series.step], words.evidence.incidentsName, `${words.evidence.harm} (${unit})`]}
        rows={from.map((one, at) => [label(one), integer(count[at] ?? 0), harm(harms[at] ?? 0)])}
      />
    </figure>
  );
}
