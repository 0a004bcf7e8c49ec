/**
 * Numbers, dates and shares by the reader's locale. Numbers are rounded as `spatial/rounding.py`
 * rounds them, its twin: `web/tests/rounding.json` holds what both say.
 */

const LOCALE = typeof navigator === "undefined" ? "en-GB" : (navigator.languages ?? ["en-GB"]);

/** A number that is rounded to nothing has no sign. */
const UNSIGNED_ZERO = { signDisplay: "negative" } as const;
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0, ...UNSIGNED_ZERO });
const twoDigits = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 2 });
const threeDigits = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 3, ...UNSIGNED_ZERO });
const share = new Intl.NumberFormat(LOCALE, {
  style: "percent",
  minimumFractionDigits: 1,
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
const day = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeZone: "UTC" });
const moment = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short" });
const month = new Intl.DateTimeFormat(LOCALE, { month: "short", year: "2-digit", timeZone: "UTC" });

export const integer = (value: number) => whole.format(value);

/** Harm below ten keeps its decimals. */
export const harm = (value: number) => (Math.abs(value) < 10 ? threeDigits : whole).format(value);

/** A share of one. */
export const percent = (value: number) =>
  value > 0 && value < 0.001 ? `< ${share.format(0.001)}` : share.format(value);

/** A p- or q-value. */
export const chance = (value: number) =>
  value < 0.0001 ? "< 0.0001" : twoDigits.format(value);

/** A number of any size: whole from a thousand on. */
export const number = (value: number) =>
  (Math.abs(value) >= 1000 ? whole : threeDigits).format(value);

export const significant = (value: number) => threeDigits.format(value);

/** A day as the service writes it, without a time. */
export const date = (iso: string) => day.format(new Date(`${iso}T00:00:00Z`));
export const monthOf = (iso: string) => month.format(new Date(`${iso}T00:00:00Z`));
export const dateTime = (iso: string) => moment.format(new Date(iso));

export const distance = (value: number) =>
  value >= 1000 ? kilometres.format(value / 1000) : metres.format(value);

export const area = (km2: number) => `${threeDigits.format(km2)} km²`;

/** The days of the week from Monday, short. */
export const DAYS: readonly string[] = Array.from({ length: 7 }, (_, index) =>
  new Intl.DateTimeFormat(LOCALE, { weekday: "short", timeZone: "UTC" }).format(
    new Date(Date.UTC(2024, 0, 1 + index)),
  ),
);
