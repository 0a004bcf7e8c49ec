/** The window: two days, and the windows that are often asked for. */

import { words } from "../words/en";
import { date } from "../words/format";
import { Entry } from "./field";
import type { Form } from "./form";
import { wholeMonths, windowsOf } from "./windows";

export function When({ form }: { form: Form }) {
  const { first_day: first, last_day: last, incidents, by_month: months } = form.offers.coverage;
  const { from = "", to = "" } = form.draft;
  const whole = months ? wholeMonths({ from, to }) : null;
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
            {windowsOf(last, months * 2 > incidents).map(([name, window]) => (
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
          {whole ? (
            <p class="help caution" role="status">
              {words.question.byMonth(months)}{" "}
              <button type="button" onClick={() => form.set({ ...whole })}>
                {words.question.wholeMonths(date(whole.from), date(whole.to))}
              </button>
            </p>
          ) : null}
        </>
      ) : null}
    </fieldset>
  );
}
