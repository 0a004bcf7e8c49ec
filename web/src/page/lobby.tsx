/** What stands in the desk's place when there is nothing to show: loading, no run yet, a refusal. */

import { at, go, load, phase } from "../state/store";
import { words } from "../words/en";

const COMMANDS = [
  "harmspot ingest FILE --profile police-uk",
  "harmspot boundary load FILE --layer city",
  "harmspot targets --index cchi-2026-police-uk --study-area city --from 2025-01-01 --to 2025-12-31",
];

export function Lobby() {
  const now = phase.value;
  return (
    <main class="lobby" id="lobby">
      {now.kind === "empty" ? (
        <>
          <h2>{words.lobby.emptyTitle}</h2>
          <p>{words.lobby.empty}</p>
          <p class="ways">
            <a class="button" href="data">
              {words.lobby.toData}
            </a>
          </p>
          <p>{words.lobby.thenAsk}</p>
          <ol class="steps">
            {COMMANDS.map((one) => (
              <li key={one}>
                <code>{one}</code>
              </li>
            ))}
          </ol>
          <p>
            <code>harmspot demo</code> {words.lobby.demo}
          </p>
        </>
      ) : now.kind === "refused" ? (
        <>
          <h2>{now.refusal.title}</h2>
          <p role="alert">{now.refusal.message}</p>
          {now.refusal.errors.length ? (
            <ul>
              {now.refusal.errors.map((one) => (
                <li key={one.where + one.message}>
                  <code>{one.where}</code>: {one.message}
                </li>
              ))}
            </ul>
          ) : null}
          <p class="ways">
            <button type="button" onClick={() => void load(at.peek().run)}>
              {words.lobby.again}
            </button>
            {at.value.run ? (
              <button type="button" onClick={() => go({ run: null, target: null })}>
                {words.lobby.newest}
              </button>
            ) : null}
          </p>
        </>
      ) : (
        <p role="status">{words.loading}</p>
      )}
    </main>
  );
}
