/** A field of squares, shaded by their value. */

import type { StripFigure } from "../api/figures";
import { shortened } from "./bars";
import { reading } from "./reading";

const WIDTH = 330;
const LEFT = 64;
const HIGH = 14;
const MOST_NAMED = 8;

export function Strip({ figure: { title, rows, columns, values, value } }: { figure: StripFigure }) {
  const wide = (WIDTH - LEFT) / Math.max(columns.length, 1);
  const most = Math.max(...values.flat().map((one) => Math.abs(one ?? 0)), 1e-9);
  const step = Math.ceil(columns.length / MOST_NAMED);
  const base = rows.length * HIGH;
  return (
    <svg class="drawing" viewBox={`0 0 ${WIDTH} ${base + 14}`} role="img" aria-label={title}>
      {rows.map((name, down) => (
        <g key={down}>
          <text class="end" x={LEFT - 5} y={down * HIGH + 10.5}>
            {shortened(name, 10)}
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
      {columns.map((name, across) =>
        across % step === 0 ? (
          <text key={across} x={LEFT + across * wide} y={base + 11}>
            {shortened(name, 8)}
          </text>
        ) : null,
      )}
    </svg>
  );
}
