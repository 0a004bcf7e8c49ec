/** One thing that is known of an incident, and the file's column that holds it. */

import { words } from "../words/data";
import { draft, preview } from "./state";
import { isNeeded, withColumn } from "./draft";
import type { Canonical } from "./draft";

export function ColumnMatch({ canonical }: { canonical: Canonical }) {
  const now = draft.value;
  const seen = preview.value;
  if (!now || !seen) return null;
  const said = words.builder;
  const [first = "", second = ""] = now.columns[canonical] ?? [];
  const samples = seen.columns.find(({ name }) => name === first)?.samples ?? [];
  const id = `column-${canonical}`;
  return (
    <div class="match">
      <label for={id}>
        {said.canonical[canonical]}
        {isNeeded(canonical) ? <span class="needed"> ({said.needed})</span> : null}
      </label>
      <ColumnSelect
        id={id}
        value={first}
        described={`${id}-samples`}
        onChoose={(column) => (draft.value = withColumn(now, canonical, 0, column))}
      />
      <span class="hint samples" id={`${id}-samples`}>
        {samples.length ? `${said.example} ${samples.join(" · ")}` : ""}
      </span>
      {canonical === "occurred_from" && first ? (
        <>
          <label for={`${id}-clock`} class="hint">
            {said.clock}
          </label>
          <ColumnSelect
            id={`${id}-clock`}
            value={second}
            onChoose={(column) => (draft.value = withColumn(now, canonical, 1, column))}
          />
        </>
      ) : null}
    </div>
  );
}

interface Selection {
  id: string;
  value: string;
  described?: string;
  onChoose: (column: string) => void;
}

function ColumnSelect({ id, value, described, onChoose }: Selection) {
  const names = preview.value?.columns.map(({ name }) => name) ?? [];
  return (
    <select
      id={id}
      value={value}
      aria-describedby={described}
      onChange={(event) => onChoose(event.currentTarget.value)}
    >
      <option value="">{words.builder.none}</option>
      {/* A profile to begin with may name columns that this file does not have. */}
      {(value && !names.includes(value) ? [value, ...names] : names).map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
