/** What the comparison of two runs says; a section of `words`. */

import { gettext } from "./catalogue";
import { integer } from "./format";

export const comparison = () => ({
  lead: gettext("Compare the shown run with another one on the same units:"),
  stop: gettext("Stop comparing"),
  noOther: gettext("There is no other run yet. Ask a new analysis, then compare."),
  shown: gettext("shown"),
  otherUnit: (unit: string, shown: string) =>
    gettext("Cannot be compared: it is made of {unit}, the shown run of {shown}.", { unit, shown }),

  otherVersion: (unit: string) =>
    gettext("Cannot be compared: the {unit} of the two runs come from other versions.", { unit }),

  differs: (made: string, names: string[]) =>
    names.length
      ? gettext("Made {made}. Asked differently: {names}.", { made, names: names.join(", ") })
      : gettext("Made {made}, of other data.", { made }),

  title: gettext("What changed"),
  besideTitle: gettext("Side by side"),
  how: gettext("How to compare"),
  difference: gettext("Difference"),
  beside: gettext("Side by side"),
  earlier: gettext("Before"),
  later: gettext("Now"),
  loading: gettext("Comparing…"),
  cautions: gettext("Cautions"),
  nothing: gettext("Neither run has a target."),
  unreadable: gettext("The runs cannot be compared"),

  statuses: {
    new: gettext("New"),
    left: gettext("Not listed now"),
    gone: gettext("Gone"),
    up: gettext("Moved up"),
    down: gettext("Moved down"),
    same: gettext("At the same rank"),
  },
  changes: {
    gone: gettext("Nothing is left"),
    fallen: gettext("Fallen beyond chance"),
    risen: gettext("Risen beyond chance"),
    steady: gettext("About as before"),
    too_little_data: gettext("Too little data to tell a change"),
  },
  counted: (name: string, many: number) => gettext("{name} ({many})", { name, many: integer(many) }),

  columns: { place: gettext("Place and harm"), before: gettext("Rank before"), now: gettext("Rank now") },
  noRank: "–",
  harm: (before: string | null, now: string | null) =>
    before !== null && now !== null
      ? gettext("harm a day {before} → {now}", { before, now })
      : gettext("harm a day {harm}", { harm: now ?? before ?? "–" }),
  totals: (before: string | null, now: string | null) =>
    gettext("in all {before} before, {now} now", { before: before ?? "–", now: now ?? "–" }),
});
