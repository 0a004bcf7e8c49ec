/** What changed between two runs, in the list's place: by what became of each, or by rank. */

import { SIGNS, STATUSES } from "../map/differences";
import type { Change } from "../api/comparison";
import { at, choose, go, hovered, shown } from "../state/store";
import { words } from "../words/en";
import { harm, significant } from "../words/format";
import { windowWords } from "../words/runs";
import "./compare.css";
import { type Compared, comparing } from "./compared";
import type { Side } from "./places";

export function Differences() {
  const now = comparing.value;
  const { beside } = at.value;
  return (
    <section class="ranking differences" aria-labelledby="differences-title">
      <header>
        <h2 id="differences-title">
          {beside ? words.comparison.besideTitle : words.comparison.title}
        </h2>
        <button type="button" onClick={() => go({ compare: null, beside: false })}>
          {words.comparison.stop}
        </button>
        <div class="how" role="group" aria-label={words.comparison.how}>
          {[false, true].map((one) => (
            <button
              key={String(one)}
              type="button"
              aria-pressed={one === beside}
              onClick={() => go({ beside: one })}
            >
              {one ? words.comparison.beside : words.comparison.difference}
            </button>
          ))}
        </div>
      </header>
      <div class="changes" tabIndex={0} role="region" aria-labelledby="differences-title">
        {now.kind === "ready" ? (
          <Changes compared={now.compared} byRank={beside} />
        ) : now.kind === "refused" ? (
          <div class="refused" role="alert">
            <h3>{words.comparison.unreadable}</h3>
            <p>{now.refusal.message}</p>
          </div>
        ) : (
          <p role="status">{words.comparison.loading}</p>
        )}
      </div>
    </section>
  );
}

function Changes({ compared, byRank }: { compared: Compared; byRank: boolean }) {
  const { found, earlier, later } = compared;
  const changes = found.features.map((one) => one.properties);
  return (
    <>
      <dl class="sides">
        <Named name={words.comparison.earlier} side={earlier} />
        <Named name={words.comparison.later} side={later} />
      </dl>
      <p class="sentence" role="status">
        {found.sentence}
      </p>
      {found.cautions.length ? (
        <ul class="cautions" aria-label={words.comparison.cautions}>
          {found.cautions.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
      ) : null}
      {changes.length === 0 ? (
        <p>{words.comparison.nothing}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">{words.comparison.columns.place}</th>
              <th scope="col" class="number">
                {words.comparison.columns.before}
              </th>
              <th scope="col" class="number">
                {words.comparison.columns.now}
              </th>
            </tr>
          </thead>
          {byRank ? (
            <tbody>
              {ranked(changes).map((one) => (
                <Row key={keyOf(one)} change={one} signed />
              ))}
            </tbody>
          ) : (
            STATUSES.map((status) => (
              <Group
                key={status}
                status={status}
                changes={changes.filter((one) => one.status === status)}
              />
            ))
          )}
        </table>
      )}
    </>
  );
}

function Named({ name, side }: { name: string; side: Side }) {
  const here = shown.value?.run.id === side.id;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {windowWords(side.parameters)}
        {here ? <span> ({words.comparison.shown})</span> : null}
      </dd>
    </div>
  );
}

function Group({ status, changes }: { status: Change["status"]; changes: Change[] }) {
  if (!changes.length) return null;
  return (
    <tbody>
      <tr class="group">
        <th colSpan={3} scope="rowgroup">
          <Sign status={status} />{" "}
          {words.comparison.counted(words.comparison.statuses[status], changes.length)}
        </th>
      </tr>
      {changes.map((one) => (
        <Row key={keyOf(one)} change={one} />
      ))}
    </tbody>
  );
}

const Sign = ({ status }: { status: Change["status"] }) => (
  <span class={`sign ${status}`} aria-hidden="true">
    {SIGNS[status]}
  </span>
);

function Row({ change, signed = false }: { change: Change; signed?: boolean }) {
  const { status, label } = change;
  // The map and the evidence show the targets of one run; the other's can be read here alone.
  const own = shown.value?.targets.find(
    ({ target_id: id }) => id === change.target_id || id === change.target_id_before,
  );
  const place = own ? (
    <button
      type="button"
      class="link"
      aria-pressed={at.value.target === own.target_id}
      onClick={() => choose(own.target_id)}
      onPointerEnter={() => (hovered.value = own.target_id)}
      onPointerLeave={() => (hovered.value = null)}
      onFocus={() => (hovered.value = own.target_id)}
      onBlur={() => (hovered.value = null)}
    >
      {label}
    </button>
  ) : (
    label
  );
  return (
    <tr class={own && hovered.value === own.target_id ? "hovered" : undefined} data-status={status}>
      <th scope="row">
        {signed ? (
          <>
            <Sign status={status} />{" "}
          </>
        ) : null}
        {place}
        {change.change ? (
          <span class="detail changed">{words.comparison.changes[change.change]}</span>
        ) : null}
        <span class="detail">{harmWords(change)}</span>
        <span class="detail">{change.note}</span>
      </th>
      <td class="number">{change.rank_before ?? words.comparison.noRank}</td>
      <td class="number">{change.rank ?? words.comparison.noRank}</td>
    </tr>
  );
}

/** Harm then and now: by the day, since windows may differ in length, and as the lists have it. */
const harmWords = (change: Change) =>
  [
    words.comparison.harm(
      known(change.harm_per_day_before, significant),
      known(change.harm_per_day, significant),
    ),
    words.comparison.totals(known(change.harm_before, harm), known(change.harm, harm)),
  ].join("; ");

const known = (value: number | null, write: (value: number) => string) =>
  value === null ? null : write(value);

/** By the rank in the later list, then those that left it by the one that they had. */
function ranked(changes: Change[]): Change[] {
  const place = ({ rank, rank_before: before }: Change) => rank ?? 1e6 + (before ?? 0);
  return [...changes].sort((a, b) => place(a) - place(b));
}

const keyOf = ({ target_id: now, target_id_before: before }: Change) => `${now} ${before}`;
