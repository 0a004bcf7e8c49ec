/** The second step: by which profile the rows are read, and what comes of the first of them. */

import { profileFile } from "../api/incidents";
import { words } from "../words/data";
import { integer } from "../words/format";
import { Builder } from "./builder";
import { RawRows, StoredRows } from "./rows";
import { Trouble } from "./trouble";
import {
  choice,
  chooseOwn,
  chooseProfile,
  file,
  look,
  looking,
  preview,
  previewRefusal,
  profile,
  sending,
  storing,
} from "./state";

export function Reading() {
  const seen = preview.value;
  const refusal = previewRefusal.value;
  return (
    <section class="step" aria-labelledby="reading-title" aria-busy={looking.value}>
      <h2 id="reading-title">
        {words.reading.title}
        {file.value ? <span class="hint"> {file.value.name}</span> : null}
      </h2>
      {file.value === undefined ? <p class="hint">{words.reading.before}</p> : null}
      <p class="visually-hidden" role="status">
        {looking.value ? words.reading.looking : ""}
      </p>
      {looking.value && !seen ? <p class="hint">{words.reading.looking}</p> : null}
      {refusal ? (
        <>
          <Trouble refusal={refusal} />
          <p>
            <button type="button" onClick={() => void look()}>
              {words.reading.again}
            </button>
          </p>
        </>
      ) : null}
      {seen ? (
        <>
          <Profiles />
          <OfProfile />
          {choice.value?.kind === "own" ? <Builder /> : null}
          <StoredRows />
          <RawRows />
        </>
      ) : null}
    </section>
  );
}

function Profiles() {
  const seen = preview.value;
  if (!seen) return null;
  const chosen = choice.value;
  const fits = [...seen.fits].sort((one, other) => (other.accepted ?? 0) - (one.accepted ?? 0));
  return (
    <fieldset class="profiles" disabled={sending.value}>
      <legend>{words.reading.profile}</legend>
      {seen.fits.some((one) => one.accepted) ? null : (
        <p class="hint">{words.reading.noneFits}</p>
      )}
      {fits.map((fit) => (
        <label key={fit.profile}>
          <input
            type="radio"
            name="profile"
            value={fit.profile}
            checked={chosen?.kind === "named" && chosen.profile === fit.profile}
            onChange={() => chooseProfile(fit.profile)}
          />
          <span>
            <strong>{fit.profile}</strong> {fit.title === fit.profile ? null : fit.title}{" "}
            <span class={fit.accepted ? "fits" : "hint"}>
              {fit.missing.length
                ? words.reading.lacks(someOf(fit.missing))
                : fit.accepted
                  ? `✓ ${fitWords(fit.accepted)}`
                  : words.reading.fitsNone}
            </span>
          </span>
        </label>
      ))}
      <label>
        <input
          type="radio"
          name="profile"
          value=""
          checked={chosen?.kind === "own"}
          onChange={() => void chooseOwn()}
        />
        <span>
          <strong>{words.reading.own}</strong>{" "}
          <span class="hint">{words.reading.ownHint}</span>
        </span>
      </label>
    </fieldset>
  );
}

/** What can be done with the profile that is chosen. */
function OfProfile() {
  const name = profile.value;
  if (name === null) return null;
  const outcome = storing.value;
  return (
    <p class="ways">
      <button type="button" disabled={sending.value} onClick={() => void chooseOwn(name)}>
        {words.builder.edit}
      </button>
      <a href={profileFile(name)} download={`${name}.toml`}>
        {words.builder.toml}
      </a>
      <span role="status" class="fits">
        {outcome && "stored" in outcome ? `✓ ${words.builder.stored(outcome.stored)}` : ""}
      </span>
    </p>
  );
}

const fitWords = (accepted: number) =>
  words.reading.fits(
    integer(accepted),
    integer(Math.max(accepted, preview.value?.outcome?.read ?? accepted)),
  );

const SHOWN = 4;

function someOf(names: readonly string[]): string {
  const rest = names.length - SHOWN;
  const shown = names.slice(0, SHOWN).join(", ");
  return rest > 0 ? `${shown} ${words.reading.more(integer(rest))}` : shown;
}
