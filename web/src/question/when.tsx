/** The window: two days, and the windows that are often asked for. */

import { words } from "../words/en";
import { date } from "../words/format";
import { Entry } from "./field";
import type { Form } from "./form";
import { windowsOf } from "./windows";

export function When({ form }: { form: Form }) {
  const { first_day: first, last_day: last, incidents } = form.offers.coverage;
  const { from, to } = form.draft;
  return (
    <fieldset class="part">
      <legend>{words.question.parts.when}</legend>
      <div class="pair">
        <Entry form={form} name="from" type="date" />
        <Entry form={form} name="to" type="date" />
      </div>
      {first && last ? (
        <>
          <div class="quick" role="group" aria-label={words.question.windows.name}>
            {windowsOf(last).map(([name, window]) => (
              <button
                key={name}
                type="button"
                aria-pressed={window.from === from && window.to === to}
                onClick={() => form.set({ ...window })}
              >
                {words.question.windows[name]}
              </button>
            ))}
          </div>
          <p class="help">{words.question.data(date(first), date(last), incidents)}</p>
        </>
      ) : null}
    </fieldset>
  );
}
