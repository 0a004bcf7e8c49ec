/**
 * Numbers, dates and shares by the reader's locale. Numbers are rounded as `spatial/rounding.py`
 * rounds them, its twin: `web/tests/rounding.json` holds what both say.
 */

import { gettext } from "./catalogue";

const LOCALE = typeof navigator === "undefined" ? "en-GB" : (navigator.languages ?? ["en-GB"]);

/** A number that is rounded to nothing has no sign. */
const UNSIGNED_ZERO = { signDisplay: "negative" } as const;
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0, ...UNSIGNED_ZERO });
const twoDigits = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 2 });
const threeDigits = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 3, ...UNSIGNED_ZERO });
const share = new Intl.NumberFormat(LOCALE, {
  style: "percent",
  maximumFractionDigits: 1,
  ...UNSIGNED_ZERO,
});
const kilometres = new Intl.NumberFormat(LOCALE, {
  style: "unit",
  unit: "kilometer",
  maximumSignificantDigits: 3,
});
const metres = new Intl.NumberFormat(LOCALE, {
  style: "unit",
  unit: "meter",
  maximumSignificantDigits: 3,
});
const clock = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** Short names of the months, as the pages of the service write them. */
const months = () => [
  gettext("Jan"),
  gettext("Feb"),
  gettext("Mar"),
  gettext("Apr"),
  gettext("May"),
  gettext("Jun"),
  gettext("Jul"),
  gettext("Aug"),
  gettext("Sep"),
  gettext("Oct"),
  gettext("Nov"),
  gettext("Dec"),
];

export const integer = (value: number) => whole.format(value);

/** Harm below ten keeps its decimals. */
export const harm = (value: number) => (Math.abs(value) < 10 ? threeDigits : whole).format(value);

/** A share of one; a whole percent without the decimal that pages and sheets give it. */
export const percent = (value: number) =>
  value > 0 && value < 0.001 ? `< ${share.format(0.001)}` : share.format(value);

/** A p- or q-value. */
export const chance = (value: number) =>
  value < 0.0001 ? "< 0.0001" : twoDigits.format(value);

/** A number of any size: whole from a thousand on. */
export const number = (value: number) =>
  (Math.abs(value) >= 1000 ? whole : threeDigits).format(value);

export const significant = (value: number) => threeDigits.format(value);

/** A day, given as `2025-03-03`: 3 Mar 2025, as the service's pages and sheets write it. */
export function date(iso: string): string {
  const [year = "", month = "", day = ""] = iso.slice(0, 10).split("-");
  return `${Number(day)} ${months()[Number(month) - 1]} ${year}`;
}

/** The month of a day: Mar 2025. */
export const monthOf = (iso: string) => date(iso).replace(/^\d+ /, "");

/** A moment on the reader's own clock. */
export function dateTime(iso: string): string {
  const when = new Date(iso);
  const own = [when.getFullYear(), when.getMonth() + 1, when.getDate()];
  return `${date(own.join("-"))}, ${clock.format(when)}`;
}

export const distance = (value: number) =>
  value >= 1000 ? kilometres.format(value / 1000) : metres.format(value);

export const area = (km2: number) => `${threeDigits.format(km2)} km²`;

/** The days of the week from Monday, short. */
export const DAYS: readonly string[] = Array.from({ length: 7 }, (_, index) =>
  new Intl.DateTimeFormat(LOCALE, { weekday: "short", timeZone: "UTC" }).format(
    new Date(Date.UTC(2024, 0, 1 + index)),
  ),
);
