/** What the run rests on, in short. */

import type { Run } from "../api/types";
import { integer } from "../words/format";
import { choiceWords, testWords } from "../words/ordering";
import { studyExtent, windowWords } from "../words/runs";
import { words } from "../words/en";

export function Facts({ run }: { run: Run }) {
  const { used, outside, in_window, excluded } = run.incidents;
  const left = Object.values(excluded).reduce((total, one) => total + one, 0);
  const { facts } = words;
  const choice = choiceWords(run);
  return (
    <dl class="facts" id="facts">
      <Fact name={facts.window} value={windowWords(run.window)} />
      <Fact
        name={facts.studyArea}
        value={run.study_area.name ?? facts.noneNamed}
        detail={studyExtent(run.study_area)}
      />
      <Fact
        name={facts.index}
        value={run.harm_index.name}
        detail={`${run.harm_index.version}, ${run.harm_index.unit}`}
      />
      <Fact
        name={facts.incidents}
        value={facts.used(integer(used))}
        detail={facts.ofThese(integer(in_window), integer(outside), integer(left))}
      />
      {choice ? (
        <Fact name={facts.chosen} value={choice.by} detail={choice.how} />
      ) : run.inference ? (
        <Fact
          name={facts.inference}
          value={String(run.inference["statistic"]).replace("Getis-Ord ", "")}
          detail={testWords(run)}
        />
      ) : null}
    </dl>
  );
}

function Fact({ name, value, detail }: { name: string; value: string; detail?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {detail ? <span>{detail}</span> : null}
      </dd>
    </div>
  );
}
