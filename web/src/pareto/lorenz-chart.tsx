/** The Lorenz curve from the most harmful place on, with its interval, chance's curve and a brush. */

import { scaleLinear } from "d3-scale";
import { area, line } from "d3-shape";
import { useRef } from "preact/hooks";

import { words } from "../words/en";
import { percent } from "../words/format";
import { type Concentration, heldBy } from "./measure";

const WIDTH = 330;
const HEIGHT = 236;
const LEFT = 38;
const TOP = 8;
const RIGHT = 16;
const BASE = HEIGHT - 34;
const TICKS = [0, 0.25, 0.5, 0.75, 1];

interface Brushing {
  found: Concentration;
  /** How many places are picked out. */
  places: number | null;
  onBrush: (places: number | null) => void;
}

export function LorenzChart({ found, places, onBrush }: Brushing) {
  const { lorenz, units } = found.result;
  const svg = useRef<SVGSVGElement>(null);
  const across = scaleLinear([0, 1], [LEFT, WIDTH - RIGHT]);
  const up = scaleLinear([0, 1], [BASE, TOP]);
  const at = (values: readonly number[]) =>
    lorenz.share_of_units.map((x, index): [number, number] => [x, values[index] ?? 0]);
  const curve = line<[number, number]>(
    ([x]) => across(x),
    ([, y]) => up(y),
  );
  const { low, high, at_random: chance } = lorenz;
  const band = area<[number, number, number]>(
    ([x]) => across(x),
    ([, y]) => up(y),
    ([, , y]) => up(y),
  );
  const share = places === null ? null : places / units;
  const held = share === null ? 0 : heldBy(lorenz, lorenz.share_of_total, share);

  const brush = (event: PointerEvent) => {
    const box = svg.current?.getBoundingClientRect();
    if (!box) return;
    const x = across.invert(((event.clientX - box.left) / box.width) * WIDTH);
    const many = Math.round(Math.min(Math.max(x, 0), 1) * units);
    onBrush(many > 0 ? many : null);
  };
  return (
    <svg
      ref={svg}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={words.concentration.chart}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        brush(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) brush(event);
      }}
    >
      {TICKS.map((tick) => (
        <g key={tick}>
          <line class="grid" x1={LEFT} x2={WIDTH - RIGHT} y1={up(tick)} y2={up(tick)} />
          <text class="up" x={LEFT - 5} y={up(tick) + 3.5}>
            {percent(tick)}
          </text>
          <text class="across" x={across(tick)} y={BASE + 13}>
            {percent(tick)}
          </text>
        </g>
      ))}
      {share === null ? null : (
        <rect
          class="brush"
          x={LEFT}
          y={TOP}
          width={Math.max(across(share) - LEFT, 1)}
          height={BASE - TOP}
        />
      )}
      <path class="equal" d={`M${across(0)} ${up(0)}L${across(1)} ${up(1)}`} />
      {low && high ? (
        <path
          class="band"
          d={band(lorenz.share_of_units.map((x, i) => [x, low[i] ?? 0, high[i] ?? 0])) ?? ""}
        />
      ) : null}
      {chance ? <path class="chance" d={curve(at(chance)) ?? ""} /> : null}
      <path class="curve" d={curve(at(lorenz.share_of_total)) ?? ""} />
      {share === null ? null : <circle class="point" cx={across(share)} cy={up(held)} r={4} />}
      <text class="across" x={(LEFT + WIDTH) / 2} y={HEIGHT - 5}>
        {words.concentration.across}
      </text>
    </svg>
  );
}
