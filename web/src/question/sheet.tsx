/** The form itself, once it is known what can be asked. */

import { useMemo } from "preact/hooks";

import type { Analysis, Offers } from "../api/offers";
import { at, go, shown } from "../state/store";
import { words } from "../words/en";
import { ANALYSIS, asking, ask, first as analysis, forget, process } from "./asking";
import * as drafts from "./draft";
import { Outcome, Progress, lead } from "./footer";
import type { Form } from "./form";
import { fieldsOf } from "./inputs";
import { Many } from "./many";
import { firstIndex } from "./first-index";
import { More } from "./more";
import { What } from "./what";
import { When } from "./when";
import { Where } from "./where";

export function Sheet({ offers }: { offers: Offers }) {
  const run = shown.value?.run ?? null;
  const fields = useMemo(() => fieldsOf(offers.inputs), [offers]);
  const first = useMemo(
    () => drafts.begin(fields, run?.parameters ?? null, offers.coverage, firstIndex(offers)),
    [fields, run],
  );
  const changed = at.value.question ?? {};
  const draft = drafts.whole(first, changed);
  const now = asking.value;
  const form: Form = {
    offers,
    fields,
    draft,
    faults: drafts.faults(fields, draft),
    complaints: now.kind === "refused" ? now.errors : [],
    set: (more) => {
      forget();
      go({ question: drafts.change(first, at.peek().question ?? {}, more) }, "replace");
    },
  };
  const faulty = Object.keys(form.faults).length;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const [wrong] = Object.keys(form.faults);
        if (wrong !== undefined) lead(wrong);
        else if (now.kind !== "asked") void ask(drafts.parametersOf(fields, draft));
      }}
    >
      <div class="parts">
        <Which analyses={offers.analyses} />
        <When form={form} />
        <What form={form} />
        <Where form={form} />
        {drafts.WAYS.every((one) => fields.has(one)) ? <Many form={form} /> : null}
        <More form={form} />
      </div>
      <footer>
        <Outcome fields={new Set(fields.keys())} />
        {now.kind === "asked" ? (
          <Progress job={now.job} silent={now.silent} focused />
        ) : (
          <>
            <p class="help" role="status">
              {faulty ? words.question.faulty(faulty) : changesWords(form, first, run !== null)}
            </p>
            <p class="ways">
              <button class="main" type="submit">
                {words.question.run}
              </button>
              {Object.keys(changed).length ? (
                <button type="button" onClick={() => go({ question: {} }, "replace")}>
                  {words.question.reset}
                </button>
              ) : null}
            </p>
          </>
        )}
      </footer>
    </form>
  );
}

/** Which analysis: the settings that it shares with the one before stay as they are. */
function Which({ analyses }: { analyses: Analysis[] }) {
  if (analyses.length < 2) return null;
  const choose = (id: string) => {
    const { [ANALYSIS]: _was, ...kept } = at.peek().question ?? {};
    forget();
    go({ question: id === analysis.peek() ? kept : { ...kept, [ANALYSIS]: id } }, "replace");
  };
  return (
    <fieldset class="part">
      <legend>{words.question.parts.analysis}</legend>
      <div class="field">
        <label for="ask-analysis">{words.question.parts.analysis}</label>
        <select id="ask-analysis" value={process.value} onChange={(event) => choose(event.currentTarget.value)}>
          {analyses.map((one) => (
            <option key={one.id} value={one.id}>
              {one.title}
            </option>
          ))}
        </select>
      </div>
    </fieldset>
  );
}

function changesWords({ fields, draft }: Form, first: drafts.Draft, run: boolean): string {
  if (!run) return words.question.changedNoRun;
  const names = [...fields.keys()].filter((name) => draft[name] !== first[name]);
  return words.question.changed(names.length);
}
