/** How many targets: so many, a share of the harm, or what fits into minutes of patrol. */

import { words } from "../words/en";
import { type Way, WAYS, turn, wayOf } from "./draft";
import { Entry, Select } from "./field";
import { type Form, choiceName } from "./form";

export function Many({ form }: { form: Form }) {
  const way = wayOf(form.draft);
  const strategies = form.fields.get("strategy")?.choices ?? [];
  return (
    <fieldset class="part">
      <legend>{words.question.parts.many}</legend>
      <div class="ways" role="radiogroup" aria-label={words.question.parts.many}>
        {WAYS.map((one) => (
          <label key={one} class="radio">
            <input
              type="radio"
              name="way"
              value={one}
              checked={way === one}
              onChange={() => form.set(turn(one))}
            />
            {words.question.ways[one]}
          </label>
        ))}
      </div>
      <Amount form={form} way={way} />
      <Select
        form={form}
        name="strategy"
        options={strategies.map((one) => [one, choiceName(one)] as const)}
      />
    </fieldset>
  );
}

function Amount({ form, way }: { form: Form; way: Way }) {
  if (way === "top") return <Top form={form} />;
  return (
    <div class="pair">
      {way === "harm_share" ? (
        <Entry
          form={form}
          name="harm_share"
          inputMode="decimal"
          shown={hundredfold(form.draft["harm_share"] ?? "")}
          taken={hundredth}
        />
      ) : (
        <>
          <Entry form={form} name="patrol_minutes" inputMode="decimal" />
          <Entry form={form} name="minutes_per_target" inputMode="decimal" />
        </>
      )}
      <Top form={form} label={words.question.atMost} />
    </div>
  );
}

function Top({ form, label }: { form: Form; label?: string }) {
  return (
    <Entry
      form={form}
      name="top"
      inputMode="numeric"
      {...(label ? { label } : {})}
      help={words.question.noLimit}
    />
  );
}

/** A share as percent for the reader; what is no number stays as it was written. */
const hundredfold = (share: string) => scaled(share, (one) => Number((one * 100).toPrecision(12)));
const hundredth = (percent: string) => scaled(percent, (one) => Number((one / 100).toPrecision(12)));

function scaled(text: string, by: (value: number) => number): string {
  const value = Number(text);
  return text === "" || !Number.isFinite(value) ? text : String(by(value));
}
