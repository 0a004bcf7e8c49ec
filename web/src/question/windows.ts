/** Windows of days that are often asked for, reckoned from the last day of the data. */

export interface Window {
  from: string;
  to: string;
}

export type WindowName = "days28" | "days91" | "year" | "month";

const DAY_MS = 86_400_000;

/** So many days, of which this is the last. */
export const lastDays = (to: string, days: number): Window => ({ from: moved(to, 1 - days), to });

/** The windows that are offered for data of which this is the last day. */
export function windowsOf(last: string): [WindowName, Window][] {
  return [
    ["days28", lastDays(last, 28)],
    ["days91", lastDays(last, 91)],
    ["year", lastDays(last, 365)],
    ["month", wholeMonth(last)],
  ];
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
