/** Which harm: the index, the offences and, where there are several, the sources. */

import { words } from "../words/en";
import { shown } from "../state/store";
import { type Choice, Choices } from "./choices";
import { Said, Select } from "./field";
import { type Form, nameOf } from "./form";
import { split } from "./inputs";
import { newest } from "./newest";

export function What({ form }: { form: Form }) {
  const { indexes, coverage } = form.offers;
  return (
    <fieldset class="part">
      <legend>{words.question.parts.what}</legend>
      <Select
        form={form}
        name="index"
        options={[
          ...(form.draft["index"] ? [] : [["", ""] as const]),
          ...newest(indexes).map((one) => [one.name, `${one.title} (${one.unit})`] as const),
        ]}
      />
      <Several
        form={form}
        name="offences"
        options={coverage.offences.map((one) => ({
          value: one.code,
          said: one.name ?? shown.value?.offenceNames.get(one.code) ?? one.code,
          many: one.incidents,
        }))}
        all={words.question.offences.all}
      />
      {coverage.sources.length > 1 ? (
        <Several
          form={form}
          name="sources"
          options={coverage.sources.map((one) => ({
            value: one.name,
            said: one.name,
            many: one.incidents,
          }))}
          all={words.question.allSources}
        />
      ) : null}
    </fieldset>
  );
}

/** Checkboxes folded away behind a line that says what is chosen. */
function Several({
  form,
  name,
  options,
  all,
}: {
  form: Form;
  name: string;
  options: Choice[];
  all: string;
}) {
  const chosen = split(form.draft[name] ?? "");
  const unknown = (chosen ?? []).filter((one) => !options.some(({ value }) => value === one));
  const offered = [
    ...options,
    ...unknown.map((one) => ({ value: one, said: `${one} (${words.question.offences.others})` })),
  ];
  return (
    <div class="field">
      <details class="several" open={form.faults[name] !== undefined}>
        <summary>
          {chosen === null
            ? all
            : `${nameOf(name)}: ${words.question.offences.some(chosen.length, offered.length)}`}
        </summary>
        <Choices form={form} name={name} options={offered} allIsUnsaid />
      </details>
      <Said form={form} name={name} />
    </div>
  );
}
