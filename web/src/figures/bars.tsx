/** A bar for each of some things, with its interval. */

import { scaleLinear } from "d3-scale";

import type { BarsFigure } from "../api/figures";
import { shortened, widthOf } from "./labels";
import { reading } from "./reading";

const WIDTH = 330;
const RIGHT = 56;
const HIGH = 18;
const MOST_LETTERS = 24;
const GAP = 6;

export function Bars({ figure: { title, bars, value } }: { figure: BarsFigure }) {
  const names = bars.map(([name]) => shortened(name, MOST_LETTERS));
  const left = Math.max(...names.map(widthOf), 0) + GAP;
  const held = bars.flatMap(([, number, interval]) => [number, ...(interval ?? [])]);
  const known = held.filter((one) => one !== null);
  const across = scaleLinear(
    [Math.min(0, ...known), Math.max(0, ...known) || 1],
    [left, WIDTH - RIGHT],
  );
  const [least, most] = across.domain() as [number, number];
  return (
    <svg class="drawing" viewBox={`0 0 ${WIDTH} ${bars.length * HIGH + 2}`} role="img" aria-label={title}>
      {bars.map(([name, number, interval], at) => {
        const y = at * HIGH;
        const [from, to] = [across(Math.min(0, number ?? 0)), across(Math.max(0, number ?? 0))];
        return (
          <g key={at}>
            <text class="end" x={left - GAP} y={y + 13}>
              {names[at]}
              <title>{name}</title>
            </text>
            {number === null ? null : (
              <rect class="amount" x={from} y={y + 3} width={Math.max(to - from, 0.5)} height={HIGH - 6} />
            )}
            {interval === null ? null : (
              <line
                class="reach"
                x1={across(interval[0] ?? least)}
                x2={across(interval[1] ?? most)}
                y1={y + HIGH / 2}
                y2={y + HIGH / 2}
              />
            )}
            <text x={WIDTH - RIGHT + 6} y={y + 13}>
              {reading(number, value.reads)}
            </text>
          </g>
        );
      })}
      <line class="axis" x1={across(0)} x2={across(0)} y1={0} y2={bars.length * HIGH} />
    </svg>
  );
}
