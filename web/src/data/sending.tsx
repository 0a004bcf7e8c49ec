/** The third step: files on their way, each with how far it is. */

import { words } from "../words/data";
import { integer, percent } from "../words/format";
import { cancel, now, sendAll } from "./queue";
import { choice, files, profile, reports, sending } from "./state";
import type { Chosen, Stage } from "./state";
import { Trouble } from "./trouble";

export function Sending() {
  if (!files.value.length) return null;
  const open = files.value.filter(({ stage }) => stage.kind !== "done");
  const again = open.some(({ stage }) => stage.kind === "failed" || stage.kind === "cancelled");
  const begun = files.value.some(({ stage }) => stage.kind !== "waiting") || sending.value;
  const said = words.sending;
  return (
    <section class="step" aria-labelledby="sending-title">
      <h2 id="sending-title">{said.title}</h2>
      <p class="ways">
        {open.length && !sending.value ? (
          <button
            type="button"
            class="main"
            disabled={profile.value === null}
            onClick={() => void sendAll()}
          >
            {again ? said.retry : said.send(open.length)}
          </button>
        ) : null}
        {sending.value ? (
          <button type="button" onClick={cancel}>
            {said.cancel}
          </button>
        ) : null}
        <span class="hint">{readyWords()}</span>
      </p>
      <p class="visually-hidden" role="status">
        {now.value
          ? said.nowSending(now.value.name, integer(now.value.number), integer(now.value.count))
          : reports.value.length && !open.length
            ? said.finished
            : ""}
      </p>
      {begun ? (
        <ul class="sending" tabIndex={0} aria-label={words.files.chosen}>
          {files.value.map((one) => (
            <FileOnItsWay key={one.id} chosen={one} />
          ))}
        </ul>
      ) : null}
    </section>
  );
}

function readyWords(): string {
  if (profile.value !== null) return words.sending.with(profile.value);
  return choice.value?.kind === "own" ? words.sending.storeFirst : words.sending.chooseFirst;
}

function FileOnItsWay({ chosen }: { chosen: Chosen }) {
  const { stage, file } = chosen;
  return (
    <li>
      <span class="name">{file.name}</span>
      <span class={`state ${stage.kind}`}>{stageWords(stage)}</span>
      {stage.kind === "sending" ? (
        <progress max={1} value={stage.share} aria-label={words.sending.progressOf(file.name)} />
      ) : stage.kind === "reading" ? (
        <progress aria-label={words.sending.progressOf(file.name)} />
      ) : null}
      {stage.kind === "failed" ? <Trouble refusal={stage.refusal} /> : null}
    </li>
  );
}

function stageWords(stage: Stage): string {
  const said = words.sending;
  switch (stage.kind) {
    case "waiting":
      return said.waiting;
    case "sending":
      return said.sent(percent(stage.share));
    case "reading":
      return stage.rows ? said.rows(integer(stage.rows)) : said.starting;
    case "done":
      return `✓ ${said.done}`;
    case "undone":
      return said.undone;
    case "failed":
      return `✗ ${said.failed}`;
    case "cancelled":
      return said.cancelled;
  }
}
