/** The first rows of a file: as they stand in it, and as they would be stored. */

import type { Incident, RowRead } from "../api/incidents";
import { words } from "../words/data";
import { integer } from "../words/format";
import { columnWords } from "./kept-columns";
import { reasonWords, whenWords } from "./saying";
import { preview } from "./state";

export function RawRows() {
  const seen = preview.value;
  if (!seen) return null;
  const columns = seen.columns.map((column, index) => ({ ...column, index }));
  const named = columns.filter((one) => one.named);
  const others = columns.filter((one) => !one.named);
  return (
    <>
      <h3 id="raw-title">{words.reading.raw}</h3>
      {others.length ? (
        <p class="hint" id="others">
          {words.reading.others(others.map(({ name }) => columnWords(name, seen.columns)))}
        </p>
      ) : null}
      <div class="wide" role="region" aria-labelledby="raw-title" tabIndex={0}>
        <table id="raw">
          <caption class="visually-hidden">{words.reading.rawName}</caption>
          <thead>
            <tr>
              <th scope="col" class="number">
                {words.reading.line}
              </th>
              {named.map(({ name }) => (
                <th scope="col" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {seen.rows.map(({ line, values }) => (
              <tr key={line}>
                <th scope="row" class="number">
                  {integer(line)}
                </th>
                {values ? (
                  named.map(({ name, index }) => <td key={name}>{values[index]}</td>)
                ) : (
                  <td colSpan={Math.max(named.length, 1)}>
                    <em>{words.reading.notRow}</em>
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

export function StoredRows() {
  const outcome = preview.value?.outcome;
  if (!outcome) return null;
  const names = words.reading.columns;
  return (
    <>
      <h3 id="stored-title">{words.reading.stored}</h3>
      <p id="outcome" role="status">
        <strong>
          {words.reading.accepted(integer(outcome.accepted), integer(outcome.read))}
        </strong>
        {Object.entries(outcome.rejected_by_reason).map(([reason, count]) => (
          <span key={reason} class="hint">
            {"; "}
            {words.reading.rejectedFor(integer(count), reasonWords(reason))}
          </span>
        ))}
        {". "}
        <span class="hint">{words.reading.times(outcome.time_zone)}</span>
      </p>
      {outcome.warnings.map((one) => (
        <p key={one} class="warning">
          {one}
        </p>
      ))}
      <div class="wide" role="region" aria-labelledby="stored-title" tabIndex={0}>
        <table id="stored">
          <caption class="visually-hidden">{words.reading.storedName}</caption>
          <thead>
            <tr>
              <th scope="col" class="number">
                {words.reading.line}
              </th>
              <th scope="col">{names.occurred}</th>
              <th scope="col">{names.offence_name}</th>
              <th scope="col">{names.offence_code}</th>
              <th scope="col" class="number">
                {names.longitude}
              </th>
              <th scope="col" class="number">
                {names.latitude}
              </th>
              <th scope="col">{names.location_text}</th>
              <th scope="col">{names.external_id}</th>
            </tr>
          </thead>
          <tbody>
            {outcome.rows.map((row) => (
              <tr key={row.line} class={row.incident ? undefined : "rejected"}>
                <th scope="row" class="number">
                  {integer(row.line)}
                </th>
                {row.incident ? (
                  <Cells incident={row.incident} zone={outcome.time_zone} />
                ) : (
                  <td colSpan={7}>{rejectedWords(row)}</td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Cells({ incident, zone }: { incident: Incident; zone: string }) {
  return (
    <>
      <td class="when">{whenWords(incident, zone)}</td>
      <td>{incident.offence_name}</td>
      <td>{incident.offence_code}</td>
      <td class="number">{incident.longitude.toFixed(5)}</td>
      <td class="number">{incident.latitude.toFixed(5)}</td>
      <td>{incident.location_text}</td>
      <td class="id">{incident.external_id ?? <em>{words.reading.fromContent}</em>}</td>
    </>
  );
}

const rejectedWords = ({ reason, message }: RowRead) =>
  `✗ ${words.reading.rejected}: ${reasonWords(reason ?? "")} (${message ?? ""})`;
