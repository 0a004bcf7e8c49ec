/** What became of the rows: per file and in all, why rows were rejected, and what next. */

import { address } from "../api/http";
import type { BatchReport } from "../api/incidents";
import { words } from "../words/data";
import { integer } from "../words/format";
import { Batches, total } from "./batches";
import { FirstRejected } from "./first-rejected";
import { folded } from "./folded";
import { reasonWords } from "./saying";
import { reports, sending } from "./state";

export function Report() {
  const all = reports.value;
  if (!all.length) return null;
  const said = words.report;
  const standing = all.filter((one) => !one.undone);
  const sum = total(standing);
  const warnings = folded(standing);
  const first = standing.find(({ rejected }) => rejected > 0);
  return (
    <section class="step" aria-labelledby="report-title" id="report">
      <h2 id="report-title">{said.title}</h2>
      {standing.length ? <Account sum={sum} /> : <p id="account">{words.undo.standing}</p>}
      {sum.accepted + sum.updated === 0 && sum.duplicate > 0 ? <p>{said.unchangedAll}</p> : null}
      {sending.value || !standing.length ? null : (
        <p class="ways">
          <a class="button main" href={address("./?ask")}>
            {said.ask}
          </a>
        </p>
      )}
      <Batches reports={all} name={said.title} sum={all.length > 1} id="batches" />
      {standing.length ? (
        <p class="hint">{sum.cancelled ? said.balanceCancelled : said.balance}</p>
      ) : null}
      {sum.rejected ? <Reasons sum={sum} /> : null}
      {warnings.length ? (
        <>
          <h3>{said.warnings}</h3>
          <ul class="warnings">
            {warnings.map((one) => (
              <li key={one} class="warning">
                {one}
              </li>
            ))}
          </ul>
        </>
      ) : null}
      {first?.batch_id != null && !sending.value ? (
        <FirstRejected key={first.batch_id} batch={first.batch_id} report={first} />
      ) : null}
    </section>
  );
}

function Account({ sum }: { sum: BatchReport }) {
  const said = words.report;
  return (
    <p class="account" id="account">
      <strong>{said.account(integer(sum.read))}</strong> = {integer(sum.accepted)}{" "}
      {said.accepted.toLowerCase()} + {integer(sum.updated)} {said.updated.toLowerCase()} +{" "}
      {integer(sum.duplicate)} {said.duplicate.toLowerCase()} + {integer(sum.rejected)}{" "}
      {said.rejected.toLowerCase()}
      {sum.cancelled ? ` + ${integer(sum.cancelled)} ${said.cancelled.toLowerCase()}` : null}
    </p>
  );
}

function Reasons({ sum }: { sum: BatchReport }) {
  const said = words.report;
  return (
    <>
      <h3>{said.reasons}</h3>
      <table class="reasons" id="reasons">
        <thead>
          <tr>
            <th scope="col">{said.reason}</th>
            <th scope="col" class="number">
              {said.rows}
            </th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(sum.rejected_by_reason).map(([reason, count]) => (
            <tr key={reason}>
              <th scope="row">{reasonWords(reason)}</th>
              <td class="number">{integer(count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
