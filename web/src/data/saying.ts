/** Says reasons and times of incidents. */

import type { Incident } from "../api/incidents";
import { words } from "../words/data";

export const reasonWords = (reason: string) =>
  words.reasons[reason] ?? reason.replaceAll("_", " ");

type When = Pick<Incident, "occurred_from" | "occurred_to" | "time_precision">;

const STYLES: Record<Incident["time_precision"], Intl.DateTimeFormatOptions> = {
  exact: { dateStyle: "medium", timeStyle: "short" },
  hour: { dateStyle: "medium", timeStyle: "short" },
  day: { dateStyle: "medium" },
  month: { month: "long", year: "numeric" },
};

/** When an incident happened, as finely as that is known, by the clocks of its zone. */
export function whenWords(incident: When, zone: string, locale?: readonly string[]): string {
  const format = new Intl.DateTimeFormat(locale ?? navigator.languages, {
    ...STYLES[incident.time_precision],
    timeZone: zone,
  });
  const from = format.format(new Date(incident.occurred_from));
  const to = format.format(new Date(incident.occurred_to));
  return from === to ? from : `${from} – ${to}`;
}
