/** A field of squares, shaded by their value. */

import type { StripFigure } from "../api/figures";
import { labelled, shortened } from "./labels";
import { reading } from "./reading";

const WIDTH = 330;
const LEFT = 64;
const HIGH = 14;
const MOST_NAMED = 8;
const MOST_LETTERS = 10;

export function Strip({ figure: { title, rows, columns, values, value } }: { figure: StripFigure }) {
  const wide = (WIDTH - LEFT) / Math.max(columns.length, 1);
  const most = Math.max(...values.flat().map((one) => Math.abs(one ?? 0)), 1e-9);
  const last = columns.length - 1;
  const places = columns.map((_, at) => LEFT + (at === 0 ? 0 : at === last ? at + 1 : at + 0.5) * wide);
  const names = labelled(
    places,
    columns.map((one) => shortened(one, MOST_LETTERS)),
    MOST_NAMED,
  );
  const base = rows.length * HIGH;
  return (
    <svg class="drawing" viewBox={`0 0 ${WIDTH} ${base + 14}`} role="img" aria-label={title}>
      {rows.map((name, down) => (
        <g key={down}>
          <text class="end" x={LEFT - 5} y={down * HIGH + 10.5}>
            {shortened(name, MOST_LETTERS)}
          </text>
          {columns.map((column, across) => {
            const held = values[down]?.[across] ?? null;
            const place = { x: LEFT + across * wide, y: down * HIGH, width: Math.max(wide - 1, 0.5), height: HIGH - 1 };
            return (
              <g key={across}>
                <rect class="groove" {...place} />
                {held ? (
                  <rect class="amount" opacity={(0.12 + (0.88 * Math.abs(held)) / most).toFixed(3)} {...place} />
                ) : null}
                <title>{`${name}, ${column}: ${reading(held, value.reads)}`}</title>
              </g>
            );
          })}
        </g>
      ))}
      {names.map(({ index, said, anchor }) => (
        <text key={index} class={anchor} x={places[index]} y={base + 11}>
          {said}
        </text>
      ))}
    </svg>
  );
}
