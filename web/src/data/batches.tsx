/** Batches in a table: every row of each is counted once. */

import type { BatchReport } from "../api/incidents";
import { rejectedFile } from "../api/incidents";
import { address } from "../api/http";
import { words } from "../words/data";
import { dateTime, integer } from "../words/format";
import { UndoButton, WasUndone } from "./undo";

const COUNTS = ["read", "accepted", "updated", "duplicate", "rejected"] as const;

/** Cancelled rows are told where there are some: most sources have none. */
const countsOf = (reports: readonly BatchReport[]) =>
  reports.some(({ cancelled }) => cancelled) ? ([...COUNTS, "cancelled"] as const) : COUNTS;

interface BatchesOf {
  reports: readonly BatchReport[];
  /** What the table is called for those who hear it. */
  name: string;
  sum?: boolean;
  /** Whether they are of before: they tell when they came, and can be undone. */
  received?: boolean;
  id: string;
}

export function Batches({ reports, name, sum = false, received = false, id }: BatchesOf) {
  const said = words.report;
  const counts = countsOf(reports);
  return (
    <div class="wide" role="region" aria-label={name} tabIndex={0}>
      <table id={id}>
        <thead>
          <tr>
            <th scope="col">{said.file}</th>
            <th scope="col">{said.profile}</th>
            {received ? <th scope="col">{said.received}</th> : null}
            {counts.map((one) => (
              <th scope="col" class="number" key={one}>
                {said[one]}
              </th>
            ))}
            <th scope="col">
              <span class="visually-hidden">{said.download}</span>
            </th>
            {received ? (
              <th scope="col">
                <span class="visually-hidden">{words.undo.button}</span>
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          {reports.map((one) => (
            <tr key={one.batch_id} class={one.undone ? "undone" : undefined}>
              <th scope="row" class="name">
                <Name report={one} linked={received} />
                {one.undone && !received ? <WasUndone was={one.undone} /> : null}
              </th>
              <td>{one.profile}</td>
              {received ? <td>{one.received_at ? dateTime(one.received_at) : null}</td> : null}
              <Counts report={one} counts={counts} />
              <td>
                <Download report={one} />
              </td>
              {received ? (
                <td>
                  <UndoButton report={one} />
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
        {sum ? (
          <tfoot>
            <tr>
              <th scope="row" colSpan={2}>
                {said.total}
              </th>
              <Counts report={total(reports.filter((one) => !one.undone))} counts={counts} />
              <td />
            </tr>
          </tfoot>
        ) : null}
      </table>
    </div>
  );
}

/** The file's name, which leads to how good its incidents are. */
function Name({ report, linked }: { report: BatchReport; linked: boolean }) {
  const name = report.file ?? <em>{words.report.kinds[report.kind] ?? words.report.unnamed}</em>;
  if (!linked || report.batch_id === null) return <>{name}</>;
  return <a href={address(`batches/${report.batch_id}`)}>{name}</a>;
}

interface CountsOf {
  report: BatchReport;
  counts: ReturnType<typeof countsOf>;
}

function Counts({ report, counts }: CountsOf) {
  return (
    <>
      {counts.map((one) => (
        <td key={one} class="number">
          {integer(report[one])}
        </td>
      ))}
    </>
  );
}

function Download({ report }: { report: BatchReport }) {
  if (!report.rejected || report.batch_id === null) return null;
  const file = report.file ?? words.report.unnamed;
  return (
    <a
      href={rejectedFile(report.batch_id)}
      download={`rejected-${report.batch_id}.csv`}
      aria-label={words.report.downloadOf(file)}
    >
      {words.report.download}
    </a>
  );
}

/** The sum of reports. */
export function total(reports: readonly BatchReport[]): BatchReport {
  const sum = { read: 0, accepted: 0, updated: 0, duplicate: 0, rejected: 0, cancelled: 0 };
  const reasons: Record<string, number> = {};
  for (const one of reports) {
    for (const count of [...COUNTS, "cancelled"] as const) sum[count] += one[count];
    for (const [reason, count] of Object.entries(one.rejected_by_reason)) {
      reasons[reason] = (reasons[reason] ?? 0) + count;
    }
  }
  return {
    ...sum,
    batch_id: null,
    file: null,
    source: "",
    profile: "",
    rejected_by_reason: reasons,
    warnings: [],
    warned: [],
    received_at: null,
    kind: "ingest",
    removed: 0,
    undone: null,
  };
}
