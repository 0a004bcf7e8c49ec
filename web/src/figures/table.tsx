/** Declared tables, and the numbers of every other figure as one. */

import type { Cell, Column, Figure } from "../api/figures";
import { words } from "../words/en";
import { isNumber, reading } from "./reading";

/** A column may stand for an interval of the one before, so its name does not tell it apart. */
export interface Table {
  columns: Column[];
  rows: Cell[][];
}

/** A column as it is shown: the value, and where there is one its interval in the same cell. */
interface Shown {
  column: Column;
  at: number;
  interval: number | null;
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

/** Columns as they are shown: an interval stands with the value before it, in one cell. */
export function shownOf(columns: readonly Column[]): Shown[] {
  const shown: Shown[] = [];
  columns.forEach((column, at) => {
    const last = shown.at(-1);
    if (last && column.interval && at === last.at + 1 && last.column.name === column.name) {
      last.interval = at;
    } else shown.push({ column, at, interval: null });
  });
  return shown;
}

/** A table in short where its analysis says which columns may be folded away; all of it below. */
export function Rows({ table }: { table: Table }) {
  const all = shownOf(table.columns);
  const leading = all.filter(({ column }) => !column.folded);
  const explained = all.filter(({ column }) => column.description);
  const folds = leading.length < all.length;
  return (
    <>
      <Part rows={table.rows} columns={folds ? leading : all} />
      {folds || explained.length ? (
        <details class="numbers whole">
          <summary>{folds ? words.figures.whole : words.figures.terms}</summary>
          {folds ? <Part rows={table.rows} columns={all} /> : null}
          <dl class="terms">
            {explained.map(({ column, at }) => [
              <dt key={at}>{column.title}</dt>,
              <dd key={`${at}:`}>{column.description}</dd>,
            ])}
          </dl>
        </details>
      ) : null}
    </>
  );
}

function Part({ rows, columns }: { rows: Cell[][]; columns: Shown[] }) {
  const shown = rows.slice(0, MOST);
  return (
    <>
      <div class="scrolled" tabIndex={0} role="region" aria-label={columns[0]?.column.title}>
        <table class="declared-rows">
          <thead>
            <tr>
              {columns.map(({ column, at }) => (
                <th key={at} scope="col" class={isNumber(column) ? "number" : ""}>
                  <Title column={column} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, down) => (
              <tr key={down}>
                {columns.map(({ column, at, interval }, across) => {
                  const number = isNumber(column) ? "number" : "";
                  return across === 0 ? (
                    <th key={at} scope="row" class={number}>
                      {reading(row[at], column.reads)}
                    </th>
                  ) : (
                    <td key={at} class={number}>
                      {reading(row[at], column.reads)}
                      {interval === null || row[interval] == null ? null : (
                        <span class="reach">{reading(row[interval], column.reads)}</span>
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > MOST ? <p class="detail">{words.figures.more(MOST, rows.length)}</p> : null}
    </>
  );
}

/** A column's title; what it means is told where the pointer rests, and below the table. */
const Title = ({ column: { title, description } }: { column: Column }) =>
  description ? <abbr title={description}>{title}</abbr> : <>{title}</>;

/** The numbers of a drawing, folded away until they are asked for. */
export function Numbers({ table: { columns, rows } }: { table: Table }) {
  return (
    <details class="numbers">
      <summary>{words.charts.numbers}</summary>
      <Part rows={rows} columns={shownOf(columns)} />
    </details>
  );
}
