/** Declared tables, and the numbers of every other figure as one. */

import type { Cell, Column, Figure } from "../api/figures";
import { words } from "../words/en";
import { isNumber, reading } from "./reading";

/** A column may stand for an interval of the one before, so its name does not tell it apart. */
export interface Table {
  columns: Column[];
  rows: Cell[][];
}

/** Rows beyond these are in the files. */
const MOST = 200;

const intervalOf = (column: Column): Column => ({
  ...column,
  title: words.figures.interval(column.title),
  interval: true,
});

/** The numbers of a figure. */
export function tableOf(figure: Figure): Table {
  switch (figure.kind) {
    case "table":
      return figure;
    case "bars": {
      const { of, value, bars } = figure;
      const known = bars.some(([, , interval]) => interval !== null);
      return known
        ? { columns: [of, value, intervalOf(value)], rows: bars }
        : { columns: [of, value], rows: bars.map(([name, number]) => [name, number]) };
    }
    case "line": {
      const columns = [figure.across];
      const series: Cell[][] = [figure.at];
      for (const { name, title, values, low, high } of figure.lines) {
        const column = { ...figure.up, name, title };
        columns.push(column);
        series.push(values);
        if (low === null || high === null) continue;
        columns.push(intervalOf(column));
        series.push(low.map((one, at): Cell => [one, high[at] ?? null]));
      }
      return { columns, rows: figure.at.map((_, at) => series.map((one) => one[at] ?? null)) };
    }
    case "heat_strip":
      return {
        columns: [
          figure.down,
          ...figure.columns.map((title, at) => ({ ...figure.value, name: String(at), title })),
        ],
        rows: figure.rows.map((name, at) => [name, ...(figure.values[at] ?? [])]),
      };
    case "layer":
      return { columns: figure.columns, rows: figure.places.map((one) => one.values) };
  }
}

export function Rows({ table: { columns, rows } }: { table: Table }) {
  const shown = rows.slice(0, MOST);
  return (
    <>
      <div class="scrolled" tabIndex={0} role="region" aria-label={columns[0]?.title}>
        <table class="declared-rows">
          <thead>
            <tr>
              {columns.map((one, at) => (
                <th key={at} scope="col" class={isNumber(one) ? "number" : ""}>
                  {one.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, down) => (
              <tr key={down}>
                {columns.map((one, at) =>
                  at === 0 ? (
                    <th key={at} scope="row" class={isNumber(one) ? "number" : ""}>
                      {reading(row[at], one.reads)}
                    </th>
                  ) : (
                    <td key={at} class={isNumber(one) ? "number" : ""}>
                      {reading(row[at], one.reads)}
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > MOST ? <p class="detail">{words.figures.more(MOST, rows.length)}</p> : null}
    </>
  );
}

/** The numbers of a drawing, folded away until they are asked for. */
export function Numbers({ table }: { table: Table }) {
  return (
    <details class="numbers">
      <summary>{words.charts.numbers}</summary>
      <Rows table={table} />
    </details>
  );
}
