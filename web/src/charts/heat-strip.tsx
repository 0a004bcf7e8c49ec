/** A strip for each day, a square for each hour: the darker, the more incidents. */

import type { Peak, PeakWindow } from "../api/types";
import { words } from "../words/en";
import { DAYS, integer } from "../words/format";
import { DataTable } from "./data-table";

const LEFT = 30;
const TOP = 4;
const SIDE = 12.5;
const HEIGHT = 14;
const BOTTOM = TOP + 7 * HEIGHT;
const two = (hour: number) => String(hour).padStart(2, "0");

export const windowWords = (one: PeakWindow) =>
  `${one.day} ${one.start}–${one.end}, ${integer(one.count)}`;

export function HeatStrip({ peak }: { peak: Peak }) {
  const most = Math.max(...peak.hour_of_week, 1);
  const best = peak.windows.map(windowWords).join("; ");
  return (
    <figure class="week">
      <svg
        viewBox={`0 0 ${LEFT + 24 * SIDE + 2} ${BOTTOM + 14}`}
        role="img"
        aria-label={words.evidence.hoursLabel(best)}
      >
        {DAYS.map((day, at) => (
          <text key={day} class="day" x={LEFT - 5} y={TOP + at * HEIGHT + 10.5}>
            {day}
          </text>
        ))}
        {[0, 6, 12, 18].map((hour) => (
          <text key={hour} class="hour" x={LEFT + hour * SIDE} y={BOTTOM + 11}>
            {two(hour)}
          </text>
        ))}
        {peak.hour_of_week.map((count, hour) => (
          <Square key={hour} hour={hour} count={count} most={most} />
        ))}
      </svg>
      <figcaption>
        <ol class="windows" data-before={words.evidence.busiest}>
          {peak.windows.map((one) => (
            <li key={one.day + one.start}>{windowWords(one)}</li>
          ))}
        </ol>
      </figcaption>
      <DataTable
        head={[words.evidence.hour, ...DAYS]}
        rows={Array.from({ length: 24 }, (_, hour) => [
          `${two(hour)}–${two((hour + 1) % 24)}`,
          ...DAYS.map((_day, day) => integer(peak.hour_of_week[day * 24 + hour] ?? 0)),
        ])}
      />
    </figure>
  );
}

function Square({ hour, count, most }: { hour: number; count: number; most: number }) {
  const [day, at] = [Math.floor(hour / 24), hour % 24];
  const place = {
    x: LEFT + at * SIDE,
    y: TOP + day * HEIGHT,
    width: SIDE - 1,
    height: HEIGHT - 1,
  };
  return (
    <g>
      <rect class="groove" {...place} />
      {count ? (
        <rect class="amount" opacity={(0.12 + 0.88 * (count / most)).toFixed(3)} {...place} />
      ) : null}
      <title>{`${DAYS[day]} ${two(at)}–${two((at + 1) % 24)}: ${count}`}</title>
    </g>
  );
}
