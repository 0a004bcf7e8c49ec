/** The page that takes files of incidents: choose, check, send, and see what became of each row. */

import { PagesNav } from "../page/pages-nav";
import { words as shared } from "../words/en";
import { words } from "../words/data";
import { Batches } from "./batches";
import "../page/page.css";
import "./data.css";
import { Files } from "./files";
import { Reading } from "./reading";
import { Report } from "./report";
import { Sending } from "./sending";
import { connected, earlier, moreBatches } from "./state";
import { UndoDialog, UndoOutcome } from "./undo";

export function DataPage() {
  return (
    <>
      <header class="masthead">
        <div class="brand">
          <img src="static/icon.svg" alt="" width={26} height={26} />
          <h1>{shared.name}</h1>
        </div>
        <PagesNav now="data" />
      </header>
      <div class="notices" role="status">
        {connected.value ? null : <p class="gone">{words.gone}</p>}
      </div>
      <main class="data" id="data">
        <p class="intro">{words.intro}</p>
        <Files />
        <Reading />
        <Sending />
        <Report />
        <Earlier />
      </main>
    </>
  );
}

function Earlier() {
  const all = earlier.value;
  if (all === null) return null;
  return (
    <section class="step" aria-labelledby="earlier-title">
      <h2 id="earlier-title">{words.earlier.title}</h2>
      <UndoOutcome />
      {all.length ? (
        <Batches reports={all} name={words.earlier.title} received id="earlier" />
      ) : (
        <p class="hint">{words.earlier.none}</p>
      )}
      {all.length && all.length % 20 === 0 ? (
        <p>
          <button type="button" onClick={() => void moreBatches()}>
            {words.earlier.more}
          </button>
        </p>
      ) : null}
      <UndoDialog />
    </section>
  );
}
