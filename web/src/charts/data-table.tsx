/** The numbers of a chart as a table, folded away until they are asked for. */

import { words } from "../words/en";

export function DataTable({ head, rows }: { head: string[]; rows: string[][] }) {
  return (
    <details class="numbers">
      <summary>{words.charts.numbers}</summary>
      <div class="scrolled" tabIndex={0} role="region" aria-label={words.charts.numbers}>
        <table>
          <thead>
            <tr>
              {head.map((one) => (
                <th key={one} scope="col">
                  {one}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, ...values]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {values.map((value, at) => (
                  <td key={head[at + 1]} class="number">
                    {value}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
