/** How values of figures read, by what their analysis says of them. */

import type { Cell, Column, Reads } from "../api/figures";
import { gettext } from "../words/catalogue";
import { chance, date, harm, integer, number, percent } from "../words/format";

const NOTHING = "–";

const SAID: Record<Reads, (value: number) => string> = {
  text: String,
  day: String,
  whole: integer,
  number,
  harm,
  share: percent,
  chance,
};

export function reading(value: Cell | undefined, reads: Reads): string {
  if (value == null) return NOTHING;
  if (typeof value === "string") return reads === "day" ? date(value) : value;
  if (typeof value === "number") return SAID[reads](value);
  const [low, high] = value;
  if (low === null) return high === null ? NOTHING : gettext("up to {high}", { high: SAID[reads](high) });
  if (high === null) return gettext("{low} or more", { low: SAID[reads](low) });
  return gettext("{low} to {high}", { low: SAID[reads](low), high: SAID[reads](high) });
}

/** Numbers stand at the right of their column. */
export const isNumber = ({ reads, interval }: Column) => interval || reads !== "text";
