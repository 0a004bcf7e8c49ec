/** The first rejected rows of a batch, so that what is wrong can be seen without a download. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import type { Refusal } from "../api/http";
import * as incidents from "../api/incidents";
import type { BatchReport, Rejected } from "../api/incidents";
import { words } from "../words/data";
import { integer } from "../words/format";
import { reasonWords } from "./saying";
import { asRefusal } from "./state";
import { Trouble } from "./trouble";

const SHOWN = 20;

export function FirstRejected({ batch, report }: { batch: number; report: BatchReport }) {
  const rows = useSignal<Rejected[]>([]);
  const refusal = useSignal<Refusal | null>(null);
  useEffect(() => {
    incidents.rejected(batch, SHOWN).then(
      (found) => (rows.value = found),
      (error: unknown) => (refusal.value = asRefusal(error)),
    );
  }, [batch]);
  const said = words.report;
  return (
    <>
      <h3 id="first-rejected-title">{said.firstRejected(report.file ?? said.unnamed)}</h3>
      {refusal.value ? <Trouble refusal={refusal.value} /> : null}
      <div class="wide" role="region" aria-labelledby="first-rejected-title" tabIndex={0}>
        <table id="first-rejected">
          <thead>
            <tr>
              <th scope="col" class="number">
                {words.reading.line}
              </th>
              <th scope="col">{said.reason}</th>
              <th scope="col">{said.why}</th>
              <th scope="col">{said.raw}</th>
            </tr>
          </thead>
          <tbody>
            {rows.value.map((row) => (
              <tr key={`${row.line} ${row.raw}`}>
                <th scope="row" class="number">
                  {integer(row.line)}
                </th>
                <td>{reasonWords(row.reason)}</td>
                <td>{row.message}</td>
                <td>
                  <code>{row.raw}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {report.rejected > rows.value.length ? <p class="hint">{said.moreRejected}</p> : null}
    </>
  );
}
