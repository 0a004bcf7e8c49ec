/** Small signs that list, evidence and legend share: a unit in the colour of its class, a trend. */

import { UNIT_KINDS } from "../api/generated";
import type { Trend, UnitKind } from "../api/types";
import { words } from "../words/en";
import { classWords, trendWords } from "../words/runs";

/** A unit in a colour of `marks.css`: `class-hot-99`, `harm-1` … */
export function Swatch({ kind, colour }: { kind: UnitKind; colour: string }) {
  return (
    <svg class="swatch" viewBox="0 0 14 14" aria-hidden="true">
      <path class={colour} d={UNIT_KINDS[kind].swatch} />
    </svg>
  );
}

/** A unit in the colour of its class, with the class in words. */
export function ClassMark({
  kind,
  name,
  short = false,
}: {
  kind: UnitKind;
  name: string;
  /** Without the level of q. */
  short?: boolean;
}) {
  const said = classWords(name);
  return (
    <span class="class-mark" title={said}>
      <Swatch kind={kind} colour={`class-${name.replaceAll("_", "-")}`} />
      {short ? said.replace(/,.*/, "") : said}
    </span>
  );
}

export function TrendMark({ trend }: { trend: Trend | null }) {
  const { direction, arrow, short } = trendWords(trend);
  return (
    <span class={`trend ${direction}`} title={words.ranking.trend}>
      {arrow ? (
        <span class="arrow" aria-hidden="true">
          {arrow}
        </span>
      ) : null}
      {short}
    </span>
  );
}
