/** A profile in the making: which column holds what, and how it is written. */

import { words } from "../words/data";
import { ColumnMatch } from "./column-match";
import { CANONICAL, lacking } from "./draft";
import { Doubtful } from "./doubtful";
import { KeptColumns } from "./kept-columns";
import { Storing } from "./storing";
import { draft, preview, sending } from "./state";
import { Writing } from "./writing";

export function Builder() {
  const now = draft.value;
  const seen = preview.value;
  if (!now || !seen) return null;
  const said = words.builder;
  const missing = lacking(now, seen.geometry);
  const shown = CANONICAL.filter(
    (one) => !(seen.geometry && (one === "longitude" || one === "latitude")),
  );
  return (
    <fieldset class="builder" disabled={sending.value}>
      <legend>{said.title}</legend>
      {seen.suggestion_notes.map((one) => (
        <p key={one} class="warning">
          {one}
        </p>
      ))}
      <div class="matching">
        <div>
          <h3>{said.columns}</h3>
          {seen.geometry ? <p class="hint">{said.geometry}</p> : null}
          {shown.map((canonical) => (
            <ColumnMatch key={canonical} canonical={canonical} />
          ))}
          {now.columns["external_id"]?.length ? null : <p class="hint">{said.noId}</p>}
        </div>
        <div>
          <h3>{said.written}</h3>
          <Writing />
          <h3>{said.doubtful}</h3>
          <Doubtful />
        </div>
      </div>
      <KeptColumns />
      {missing.length || seen.problems.length ? (
        <div class="warning" role="status" id="problems">
          <p>{said.problems}</p>
          <ul>
            {missing.map((one) => (
              <li key={one}>{said.canonical[one]}</li>
            ))}
            {missing.length
              ? null
              : seen.problems.map((one) => (
                  <li key={one.where + one.message}>
                    <code>{one.where}</code>: {one.message}
                  </li>
                ))}
          </ul>
        </div>
      ) : null}
      <Storing ready={missing.length === 0 && seen.problems.length === 0} />
    </fieldset>
  );
}
