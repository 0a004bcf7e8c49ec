/** Harm and incidents by offence, the greatest harm first; the small ones together. */

import { words } from "../words/en";
import { harm, integer, percent } from "../words/format";

const BARS = 6;

export function OffenceBars({
  offences,
  harms,
  names,
  unit,
}: {
  /** Incidents by code. */
  offences: Record<string, number>;
  /** Harm by code, the greatest first. */
  harms: Record<string, number>;
  names: Map<string, string>;
  unit: string;
}) {
  const rows = rowsOf(offences, harms, names);
  const whole = rows.reduce((total, row) => total + row.sum, 0);
  const most = Math.max(...rows.map((row) => row.sum), 1e-9);
  const many = Math.max(...rows.map((row) => row.count), 1);
  return (
    <table class="offences">
      <thead>
        <tr>
          <th scope="col">{words.evidence.offence}</th>
          <th scope="col" colSpan={2}>
            {words.evidence.harm} ({unit})
          </th>
          <th scope="col" colSpan={2}>
            {words.evidence.incidentsName}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <th scope="row">{row.name}</th>
            <td class="bar">
              <Bar share={row.sum / most} kind="harm-bar" />
            </td>
            <td class="number" title={whole ? percent(row.sum / whole) : ""}>
              {harm(row.sum)}
            </td>
            <td class="bar">
              <Bar share={row.count / many} kind="count-bar" />
            </td>
            <td class="number">{integer(row.count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function rowsOf(
  offences: Record<string, number>,
  harms: Record<string, number>,
  names: Map<string, string>,
) {
  const rows = Object.entries(harms).map(([code, sum]) => ({
    name: names.get(code) || code,
    sum,
    count: offences[code] ?? 0,
  }));
  if (rows.length <= BARS + 1) return rows;
  const small = rows.splice(BARS);
  rows.push({
    name: words.evidence.otherOffences(small.length),
    sum: small.reduce((total, row) => total + row.sum, 0),
    count: small.reduce((total, row) => total + row.count, 0),
  });
  return rows;
}

function Bar({ share, kind }: { share: number; kind: string }) {
  return (
    <svg class={kind} viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class="groove" width={100} height={10} />
      <rect class="amount" width={(100 * share).toFixed(2)} height={10} />
    </svg>
  );
}
