/** What stands in the list's place for a run that chooses no targets: what was asked and found. */

import { address } from "../api/http";
import { shown } from "../state/store";
import { words } from "../words/en";
import "./ranking.css";

export function Found() {
  const now = shown.value;
  if (now === null) return null;
  const { told, run } = now;
  return (
    <section class="ranking found" aria-labelledby="found-title">
      <header>
        <h2 id="found-title">{told.headline}</h2>
        <p>{told.process_title}</p>
      </header>
      <p class="asked">{told.question}</p>
      {run.message ? <p>{run.message}</p> : null}
      <p class="links">
        <a href={address(`runs/${encodeURIComponent(run.id)}`)}>{words.about.page}</a>
      </p>
    </section>
  );
}
