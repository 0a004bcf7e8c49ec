/** Several of many: checkboxes, with a search where there are more than the eye takes in. */

import { useSignal } from "@preact/signals";

import { words } from "../words/en";
import { integer } from "../words/format";
import { type Form, identifier, nameOf } from "./form";
import { joined, split } from "./inputs";

export interface Choice {
  value: string;
  said: string;
  /** How many incidents there are of it. */
  many?: number;
}

const SEARCHED = 8;

export function Choices({
  form,
  name,
  options,
  allIsUnsaid = false,
}: {
  form: Form;
  name: string;
  options: readonly Choice[];
  /** All of them are asked for by naming none, so that those to come are among them. */
  allIsUnsaid?: boolean;
}) {
  const sought = useSignal("");
  const all = options.map((one) => one.value);
  const chosen = new Set(split(form.draft[name] ?? "") ?? all);
  const found = options.filter((one) => matches(one, sought.value));

  const choose = (values: readonly string[]) => {
    const every = allIsUnsaid && all.every((one) => values.includes(one));
    form.set({ [name]: every ? "" : joined(all.filter((one) => values.includes(one))) });
  };
  const turn = (value: string, on: boolean) =>
    choose(on ? [...chosen, value] : [...chosen].filter((one) => one !== value));

  const many = options.length > SEARCHED;
  return (
    <div class="choices" id={identifier(name)} tabIndex={-1}>
      {many ? (
        <div class="seek">
          <input
            type="search"
            aria-label={words.question.offences.find}
            placeholder={words.question.offences.find}
            value={sought.value}
            onInput={(event) => (sought.value = event.currentTarget.value)}
            // Enter looks for an offence here; it does not ask the question.
            onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
          />
          <button type="button" onClick={() => choose(union(all, chosen, found, true))}>
            {words.question.offences.everything}
          </button>
          <button type="button" onClick={() => choose(union(all, chosen, found, false))}>
            {words.question.offences.nothing}
          </button>
        </div>
      ) : null}
      <ul aria-label={nameOf(name)}>
        {found.map((one) => (
          <li key={one.value}>
            <label>
              <input
                type="checkbox"
                value={one.value}
                checked={chosen.has(one.value)}
                onChange={(event) => turn(one.value, event.currentTarget.checked)}
              />
              <span>{one.said}</span>
              {one.many === undefined ? null : <span class="number">{integer(one.many)}</span>}
            </label>
          </li>
        ))}
        {found.length === 0 ? <li class="help">{words.question.offences.none}</li> : null}
      </ul>
    </div>
  );
}

/** The chosen ones when all that were found are taken in or left out. */
function union(
  all: readonly string[],
  chosen: ReadonlySet<string>,
  found: readonly Choice[],
  on: boolean,
): string[] {
  const touched = new Set(found.map((one) => one.value));
  return all.filter((one) => (touched.has(one) ? on : chosen.has(one)));
}

function matches({ value, said }: Choice, sought: string): boolean {
  const text = `${said} ${value}`.toLocaleLowerCase();
  return sought
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
