/** Warnings of several files, those of one kind as one, as the command line folds them. */

import type { BatchReport, Warned } from "../api/incidents";
import { words } from "../words/data";
import { integer, percent } from "../words/format";

const NAMED = 3;
const QUOTED = /'[^']*'|"[^"]*"|«[^»]*»|\([^()]*\)/g;
/** Codes of several things: these are of one kind where they say the same but for numbers. */
const SAID_ALIKE = new Set(["file", "always_midnight"]);

interface Told {
  file: string;
  warned: Warned;
}

/** What reports warn of, each kind once: of the first file, then of how many more. */
export function folded(reports: readonly BatchReport[]): string[] {
  const kinds = new Map<string, Told[]>();
  for (const report of reports) {
    for (const warned of report.warned) {
      const { code, message } = warned;
      const kind = SAID_ALIKE.has(code) ? `${code} ${sketch(message)}` : code;
      const told = { file: report.file ?? words.report.unnamed, warned };
      kinds.set(kind, [...(kinds.get(kind) ?? []), told]);
    }
  }
  return [...kinds.values()].map(joined);
}

/** What a message says but for numbers, what is quoted, and one or many. */
const sketch = (message: string) =>
  (message.replace(QUOTED, "").match(/\p{L}{4,}/gu) ?? [])
    .map((word) => word.replace(/s$/, ""))
    .filter((word) => word.length > 3)
    .join(" ");

function joined(told: readonly Told[]): string {
  const [first] = told;
  if (!first) return "";
  const said = `${first.file}: ${first.warned.message}`;
  const more = [...new Set(told.map(({ file }) => file))].slice(1);
  if (!more.length) return said;
  const listed = more.slice(0, NAMED).join(", ") + (more.length > NAMED ? ", …" : "");
  const { rows, share } = summed(told.map(({ warned }) => warned));
  const counted = rows === null ? "" : words.report.inAll(integer(rows), share === null ? "" : percent(share));
  return `${said}. ${words.report.likewise(more.length, listed)}${counted}`;
}

function summed(every: readonly Warned[]): { rows: number | null; share: number | null } {
  let [rows, of] = [0, 0];
  for (const one of every) {
    if (one.rows === null) return { rows: null, share: null };
    rows += one.rows;
    of += one.share ? one.rows / one.share : NaN;
  }
  return { rows, share: of ? rows / of : null };
}
