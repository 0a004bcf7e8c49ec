/** Lines over one axis, each with a band where its interval is known; told apart by their dashes. */

import { scaleLinear } from "d3-scale";
import { area, line } from "d3-shape";

import type { LineFigure } from "../api/figures";
import { labelled, shortened } from "./labels";
import { reading } from "./reading";

const WIDTH = 330;
const HEIGHT = 200;
const LEFT = 44;
const RIGHT = 14;
const TOP = 8;
const BASE = HEIGHT - 34;
const DASHES = ["none", "6 4", "1.5 3", "9 3 1.5 3"];
const MOST_NAMED = 4;

type Point = [at: number, low: number, high: number];

export function Lines({ figure: { title, at, lines, across: along, up: quantity } }: { figure: LineFigure }) {
  // Days stand one after the other, numbers where they are.
  const places = at.map((one, index) => (typeof one === "number" ? one : index));
  const across = scaleLinear([places[0] ?? 0, places.at(-1) ?? 1], [LEFT, WIDTH - RIGHT]);
  const held = lines.flatMap(({ values, low, high }) => [...values, ...(low ?? []), ...(high ?? [])]);
  const known = held.filter((one) => one !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const up = scaleLinear([least > 0 && least < most / 2 ? 0 : least, most], [BASE, TOP]).nice(4);
  const curve = line<number | null>(
    (_, index) => across(places[index] ?? 0),
    (value) => up(value ?? 0),
  ).defined((value) => value !== null);
  const band = area<Point | null>(
    (point) => across(point?.[0] ?? 0),
    (point) => up(point?.[1] ?? 0),
    (point) => up(point?.[2] ?? 0),
  ).defined((point) => point !== null);
  const names = labelled(
    places.map((one) => across(one)),
    at.map((one) => reading(one, along.reads)),
    MOST_NAMED,
  );
  const dash = (index: number) => DASHES[index % DASHES.length];
  return (
    <>
      <svg class="drawing" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={title}>
        {up.ticks(4).map((tick) => (
          <g key={tick}>
            <line class="grid" x1={LEFT} x2={WIDTH - RIGHT} y1={up(tick)} y2={up(tick)} />
            <text class="end" x={LEFT - 5} y={up(tick) + 3.5}>
              {reading(tick, quantity.reads)}
            </text>
          </g>
        ))}
        {names.map(({ index, said, anchor }) => (
          <text key={index} class={anchor} x={across(places[index] ?? 0)} y={BASE + 13}>
            {said}
          </text>
        ))}
        {lines.map(({ name, low, high }) =>
          low && high ? <path key={name} class="band" d={band(pointsOf(places, low, high)) ?? ""} /> : null,
        )}
        {lines.map(({ name, values }, index) => (
          <path key={name} class="course" stroke-dasharray={dash(index)} d={curve(values) ?? ""} />
        ))}
        <text class="end" x={WIDTH - RIGHT} y={HEIGHT - 5}>
          {shortened(along.title, 40)}
        </text>
      </svg>
      <ul class="courses">
        {lines.map(({ name, title: said }, index) => (
          <li key={name}>
            <svg viewBox="0 0 26 8" aria-hidden="true">
              <line class="course" x1={0} x2={26} y1={4} y2={4} stroke-dasharray={dash(index)} />
            </svg>
            {said}
          </li>
        ))}
      </ul>
    </>
  );
}

const pointsOf = (
  places: readonly number[],
  low: readonly (number | null)[],
  high: readonly (number | null)[],
): (Point | null)[] =>
  places.map((place, index) => {
    const [least, most] = [low[index] ?? null, high[index] ?? null];
    return least === null || most === null ? null : [place, least, most];
  });
