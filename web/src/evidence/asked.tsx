/** What a run without a map was asked, and the ways to its page and to the list that it is of. */

import { address } from "../api/http";
import { known, openRun, shown } from "../state/store";
import { words } from "../words/en";

export function Asked() {
  const now = shown.value;
  if (now === null) return null;
  const { told, run } = now;
  const list = known.value.find((one) => testOf(one.provenance) === run.id);
  return (
    <>
      <p class="asked">{told.question}</p>
      {run.message ? <p>{run.message}</p> : null}
      <p class="links">
        {list ? (
          <button type="button" class="link" onClick={() => openRun(list.id)}>
            {words.tested.list}
          </button>
        ) : null}
        <a href={address(`runs/${encodeURIComponent(run.id)}`)}>{words.about.page}</a>
      </p>
    </>
  );
}

/** The run that tests a list, as the list names it. */
function testOf({ backtest }: Record<string, unknown>): string | null {
  return backtest !== null && typeof backtest === "object" && "id" in backtest ? String(backtest.id) : null;
}
