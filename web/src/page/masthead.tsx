/** The top of the page: which run is shown, what can be done with it, the other pages. */

import { Compare } from "../compare/compare";
import { Downloads } from "./downloads";
import { QuestionForm } from "../question/question-form";
import { known, openRun, shown } from "../state/store";
import { words } from "../words/en";
import { runWords } from "../words/runs";
import { Facts } from "./facts";
import { PagesNav } from "./pages-nav";

export function Masthead() {
  return (
    <header class="masthead">
      <div class="brand">
        <img src="static/icon.svg" alt="" width={26} height={26} />
        <h1>{words.name}</h1>
      </div>
      <PagesNav now="map" />
      <div class="deeds">
        <RunChoice />
        <QuestionForm />
        <Compare />
        <Downloads />
      </div>
      {shown.value ? <Facts run={shown.value.run} /> : null}
    </header>
  );
}

function RunChoice() {
  const now = shown.value?.run;
  if (!now) return null;
  const offered = known.value.some((one) => one.id === now.id)
    ? known.value
    : [...known.value, { id: now.id, parameters: now.parameters, process_title: shown.value?.told.process_title ?? now.process }];
  if (offered.length < 2) return null;
  const shownOne = offered.find((one) => one.id === now.id);
  return (
    <label class="run-choice">
      {shownOne?.process_title ?? words.masthead.run}
      <select id="run" value={now.id} aria-label={words.masthead.run} onChange={(event) => openRun(event.currentTarget.value)}>
        {[...new Set(offered.map((one) => one.process_title))].map((title) => (
          <optgroup key={title} label={title}>
            {offered
              .filter((one) => one.process_title === title)
              .map((one) => (
                <option key={one.id} value={one.id}>
                  {runWords(one)}
                </option>
              ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}
