/** The columns that nothing is matched with: which of them are kept, since none is unasked. */

import type { ColumnShown } from "../api/incidents";
import { words } from "../words/data";
import { integer } from "../words/format";
import { Check } from "./check";
import { otherColumns, withKept } from "./draft";
import { draft, preview } from "./state";

export function KeptColumns() {
  const now = draft.value;
  const seen = preview.value;
  if (!now || !seen) return null;
  const said = words.builder;
  const names = otherColumns(now, seen.columns.map(({ name }) => name));
  return (
    <fieldset class="kept">
      <legend>{said.kept}</legend>
      <p class="hint">{said.keptHint}</p>
      {now.keep === "all" ? (
        <Check
          label={said.keptAll}
          checked
          onCheck={() => (draft.value = { ...now, keep: [] })}
        />
      ) : (
        names.map((name) => (
          <Check
            key={name}
            label={columnWords(name, seen.columns)}
            checked={now.keep.includes(name)}
            onCheck={(kept) => (draft.value = withKept(now, name, kept))}
          />
        ))
      )}
    </fieldset>
  );
}

/** A column by its name and what its values look like: they themselves are not shown. */
export function columnWords(name: string, columns: readonly ColumnShown[]): string {
  const column = columns.find((one) => one.name === name);
  const said = words.builder.looks;
  return column ? said[column.kind](name, integer(column.different)) : said.missing(name);
}
