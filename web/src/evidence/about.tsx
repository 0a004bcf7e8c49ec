/** What a run asked and what its answer rests on, in full. */

import { address } from "../api/http";
import type { Run } from "../api/types";
import { known, shown } from "../state/store";
import { words } from "../words/en";
import { dateTime, integer, percent } from "../words/format";
import { aheadWords, choiceWords, orderOf } from "../words/ordering";
import { countedUnits, inferenceWords, reasonWords, studyExtent, unitNames, windowWords } from "../words/runs";

export function About() {
  const run = shown.value?.run;
  if (!run) return null;
  const { about } = words;
  const made = known.value.find((one) => one.id === run.id)?.created_at;
  const area = run.study_area;
  const version = area.version == null ? "" : `, ${about.version(area.version)}`;
  const found = choiceWords(run);
  const choice = found && [found.by, found.how].filter(Boolean).join(", ");
  // What did not choose the places was asked of their surroundings.
  const tested =
    choice === null || orderOf(run) === "hot-spot" ? about.names.inference : words.evidence.names.surroundings;
  const entries: [string, string | null][] = [
    [
      about.names.studyArea,
      `${area.name ?? words.facts.noneNamed}${version}: ` +
        `${countedUnits(area.units, run)}, ${studyExtent(area)}`,
    ],
    [about.names.streets, reference(run, "network")],
    [about.names.districts, reference(run, "districts")],
    [about.names.window, `${windowWords(run.window)}, ${run.window.time_zones.join(", ")}`],
    [about.names.index, `${run.harm_index.title}, ${about.version(run.harm_index.version)}`],
    [about.names.source, run.harm_index.citation],
    [about.names.chosen, choice],
    [tested, inferenceWords(run)],
    [about.names.from, run.sources.join(", ")],
    [about.names.run, `${run.id}, ${about.seed(run.seed)}`],
    [about.names.made, made ? dateTime(made) : null],
    [about.names.versions, about.versions(run.data_version, run.software_version)],
  ];
  const path = `runs/${encodeURIComponent(run.id)}`;
  return (
    <article class="about">
      <h2>{about.ground}</h2>
      <p>{methodWords(run, choosesTargets()) ?? shown.value?.told.question}</p>
      <h3>{about.incidents}</h3>
      <Account run={run} />
      <h3>{about.particulars}</h3>
      <dl class="ground">
        {entries.map(([name, value]) =>
          value ? [<dt key={name}>{name}</dt>, <dd key={`${name}:`}>{value}</dd>] : null,
        )}
      </dl>
      <p class="links">
        <a href={address(`api/v1/${path}/export?format=geojson`)}>{about.geojson}</a>
        <a href={address(path)}>{about.page}</a>
      </p>
    </article>
  );
}

function Account({ run }: { run: Run }) {
  const { about } = words;
  const { incidents } = run;
  const before = incidents.history;
  return (
    <>
      <Accounted of={incidents} all={incidents.in_window} name={about.inWindow} />
      {before ? (
        <Accounted of={before} all={before.before_window} name={about.beforeWindow} />
      ) : null}
    </>
  );
}

type Counts = Omit<Run["incidents"], "in_window" | "history">;

function Accounted({ of, all, name }: { of: Counts; all: number; name: string }) {
  const rows: [string, number][] = [
    [words.about.used, of.used],
    [words.about.outside, of.outside],
    ...Object.entries(of.excluded).map(([reason, many]): [string, number] => [
      reasonWords(reason),
      many,
    ]),
  ];
  return (
    <table class="account">
      <tbody>
        {rows.map(([row, many]) => (
          <tr key={row}>
            <th scope="row">{row}</th>
            <td class="number">{integer(many)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{name}</th>
          <td class="number">{integer(all)}</td>
        </tr>
      </tfoot>
    </table>
  );
}

function reference(run: Run, what: string): string | null {
  const found = run.references?.[what];
  return found ? `${found.name}, ${words.about.version(found.version)}` : null;
}

/** Whether the shown run merges what it finds into targets. */
export const choosesTargets = () => shown.value?.told.places.includes("targets") ?? false;

/** How the places were tested, in a few sentences; null: they were not, as far as the run tells. */
export function methodWords(run: Run, merges: boolean): string | null {
  const { about } = words;
  const [unit, units] = unitNames(run);
  const what = run.parameters.value === "count" ? about.moreIncidents : about.moreHarm;
  if (orderOf(run) === "expected") return about.expected(units, aheadWords(run));
  if (orderOf(run) === "top") return about.ranked(units, what);
  const found = run.inference;
  if (!found) return null;
  const test =
    found["inference"] === "permutation"
      ? about.shuffled(integer(Number(found["permutations"])))
      : about.analytic;
  return (
    about.tested(unit, what, String(found["statistic"]), test) +
    about.falseShare(units, percent(Number(found["alpha"]))) +
    (merges ? about.merged : "")
  );
}
