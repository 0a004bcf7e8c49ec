/** Windows of days that are often asked for, reckoned from the last day of the data. */

export interface Window {
  from: string;
  to: string;
}

export type WindowName = "days28" | "days91" | "year" | "month" | "months3" | "months12";

const DAY_MS = 86_400_000;

/** So many days, of which this is the last. */
export const lastDays = (to: string, days: number): Window => ({ from: moved(to, 1 - days), to });

/** The windows that are offered for data of which this is the last day; months alone, if these fit. */
export function windowsOf(last: string, byMonth = false): [WindowName, Window][] {
  const months: [WindowName, Window][] = [["month", wholeMonth(last)]];
  if (byMonth) {
    return [...months, ["months3", lastMonths(last, 3)], ["months12", lastMonths(last, 12)]];
  }
  return [
    ["days28", lastDays(last, 28)],
    ["days91", lastDays(last, 91)],
    ["year", lastDays(last, 365)],
    ...months,
  ];
}

/** So many calendar months, of which the last is the last that a day ends. */
export function lastMonths(last: string, many: number): Window {
  const { from, to } = wholeMonth(last);
  const first = new Date(`${from}T00:00:00Z`);
  first.setUTCMonth(first.getUTCMonth() - (many - 1));
  return { from: first.toISOString().slice(0, 10), to };
}

/** The whole months that a window touches; null: it is of whole months, or no window. */
export function wholeMonths({ from, to }: Window): Window | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(from) || !/^\d{4}-\d{2}-\d{2}$/.test(to) || from > to) return null;
  const next = new Date(`${to.slice(0, 7)}-01T00:00:00Z`);
  next.setUTCMonth(next.getUTCMonth() + 1);
  const whole = { from: `${from.slice(0, 7)}-01`, to: moved(next.toISOString().slice(0, 10), -1) };
  return whole.from === from && whole.to === to ? null : whole;
}

/** The last calendar month that a day ends, or the one before it. */
export function wholeMonth(last: string): Window {
  const after = moved(last, 1);
  const end = moved(`${after.slice(0, 7)}-01`, -1);
  return { from: `${end.slice(0, 7)}-01`, to: end };
}

function moved(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}
