/** The evidence for one target: the sentence that says why, and the figures behind it. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { address } from "../api/http";
import type { Run, Target, Trend } from "../api/types";
import { Figures } from "../figures/figures";
import { HeatStrip } from "../charts/heat-strip";
import { OffenceBars } from "../charts/offence-bars";
import { SeriesChart } from "../charts/series-chart";
import { ClassMark, TrendMark } from "../page/marks";
import { leave, mapped, selected, shown } from "../state/store";
import { words } from "../words/en";
import { chance, harm, integer, percent, significant } from "../words/format";
import { aheadWords, orderOf } from "../words/ordering";
import { DOMINATED, classWords, countedUnits, densityWords, extent } from "../words/runs";
import { choosesTargets, methodWords } from "./about";
import { Asked } from "./asked";
import "../charts/charts.css";
import "./evidence.css";

export function Evidence() {
  const now = shown.value;
  const target = selected.value;
  if (now === null) return null;
  if (target === null) {
    return (
      <article class="about">
        <h2>{now.told.places.includes("targets") ? words.about.title : now.told.headline}</h2>
        {mapped.value ? null : <Asked />}
        <p>{methodWords(now.run, choosesTargets()) ?? (mapped.value ? now.told.question : null)}</p>
        {now.targets.length ? <p class="hint">{words.evidence.hint}</p> : null}
        <Figures told={now.told} />
      </article>
    );
  }
  return <Of key={target.target_id} target={target} run={now.run} names={now.offenceNames} />;
}

function Of({ target, run, names }: { target: Target; run: Run; names: Map<string, string> }) {
  const unit = run.harm_index.unit;
  const order = orderOf(run);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${target.rank}. ${target.label} – ${words.name}`;
    if (title.current) bring(title.current);
    return () => {
      document.title = words.name;
    };
  }, [target]);
  const sheet = `api/v1/runs/${encodeURIComponent(run.id)}/briefing`;
  return (
    <article class="evidence" data-id={target.target_id}>
      <header>
        <span class="rank">{target.rank}</span>
        <h2 tabIndex={-1} ref={title}>
          {target.label}
        </h2>
        <button
          type="button"
          class="close"
          aria-label={words.evidence.back}
          title={`${words.evidence.back} (Esc)`}
          onClick={leave}
        >
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <path d="M5 5L15 15M15 5L5 15" />
          </svg>
        </button>
      </header>
      <p class="standing">
        {order === "expected" && target.basis === "none" ? (
          <span class="basis">{words.expectation.chance}</span>
        ) : order === "expected" && target.basis !== undefined ? (
          <span class="basis">
            {words.expectation.basis} {words.expectation.bases[target.basis]}
          </span>
        ) : order !== "top" && target.class ? (
          <ClassMark kind={target.unit} name={target.class} />
        ) : null}
        {target.district ? <span class="district">{target.district}</span> : null}
      </p>
      <p class="note">{target.note}</p>
      {target.dominance !== undefined && target.dominance > DOMINATED && target.count > 1 ? (
        <p class="caution">{words.evidence.dominated(percent(target.dominance))}</p>
      ) : null}
      {target.shared_point ? (
        <p class="caution">
          {words.evidence.onePoint(
            integer(target.shared_point.incidents),
            percent(target.shared_point.count_share),
          )}
        </p>
      ) : null}
      <h3>{words.evidence.when}</h3>
      {target.peak ? (
        <HeatStrip peak={target.peak} />
      ) : (
        <p class="absent">
          {words.evidence.noPeak[target.peak_reason ?? "hours_unknown"]}
        </p>
      )}
      <h3>{words.evidence.course}</h3>
      {target.series ? (
        <SeriesChart series={target.series} unit={unit} />
      ) : (
        <p class="absent">
          {target.series === undefined ? words.evidence.olderRun : words.evidence.noSeries}
        </p>
      )}
      {target.offences && target.harm_by_offence ? (
        <>
          <h3>{words.evidence.what}</h3>
          <OffenceBars
            offences={target.offences}
            harms={target.harm_by_offence}
            names={names}
            unit={unit}
          />
        </>
      ) : null}
      <h3>{words.evidence.figures}</h3>
      <InFigures target={target} run={run} />
      <p class="links">
        <a href={address(`${sheet}?target=${encodeURIComponent(target.target_id)}`)}>
          {words.evidence.sheet}
        </a>
        <a href={address(`${sheet}/targets/${encodeURIComponent(target.target_id)}.png`)}>
          {words.evidence.slide}
        </a>
      </p>
      <details class="members">
        <summary>
          {target.target_id}: {words.evidence.members(target.members.length)}
        </summary>
        <ul>
          {target.members.map((member) => (
            <li key={member}>
              <code>{member}</code>
            </li>
          ))}
        </ul>
      </details>
    </article>
  );
}

/**
 * Where the page scrolls as a whole, the list and the evidence do not stand side by side: the
 * evidence comes into view, and the focus with it, for who reads by keyboard or by ear.
 */
function bring(title: HTMLElement) {
  const { top, bottom } = title.getBoundingClientRect();
  if (top >= 0 && bottom <= innerHeight) return;
  title.focus({ preventScroll: true });
  title.closest("article")?.scrollIntoView({ block: "start" });
}

function InFigures({ target, run }: { target: Target; run: Run }) {
  const unit = run.harm_index.unit;
  const { names } = words.evidence;
  const ofArea = words.evidence.ofStudyArea;
  return (
    <dl class="figures">
      {target.expected_harm == null ? null : (
        <Figure name={words.expectation.name} details={expectedDetails(target, run)}>
          {harm(target.expected_harm)} {unit}
        </Figure>
      )}
      {target.basis === undefined ? null : (
        <Figure name={words.expectation.basis} details={basisDetails(target)}>
          {words.expectation.bases[target.basis]}
        </Figure>
      )}
      <Figure
        name={names.harm}
        details={[ofArea(percent(target.harm_share)), densityWords(target, unit)]}
      >
        {harm(target.harm)} {unit}
      </Figure>
      <Figure
        name={names.incidents}
        details={[target.count_share === undefined ? undefined : ofArea(percent(target.count_share))]}
      >
        {integer(target.count)}
      </Figure>
      <Figure name={names.size} details={[countedUnits(target.members.length, run)]}>
        {extent(target)}
      </Figure>
      {target.months_in_top === undefined ? null : (
        <Figure name={words.expectation.inTop} details={topDetails(run)}>
          {topWords(target.months_in_top, run)}
        </Figure>
      )}
      {target.q_min === undefined ? null : (
        <Figure
          name={orderOf(run) === "hot-spot" ? names.hotSpot : names.surroundings}
          details={[target.class && classWords(target.class), testDetail(target)]}
        >
          q {chance(target.q_min)}
        </Figure>
      )}
      {target.dominance === undefined ? null : (
        <Figure name={names.worst} details={[effectiveDetail(target)]}>
          {words.evidence.ofHarm(percent(target.dominance))}
        </Figure>
      )}
      {target.trend === undefined ? null : (
        <Figure name={names.trend} details={[trendDetail(target.trend)]}>
          <TrendMark trend={target.trend} />
        </Figure>
      )}
    </dl>
  );
}

function Figure({
  name,
  details,
  children,
}: {
  name: string;
  details: (string | undefined)[];
  children: ComponentChildren;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
      {details.map((one) => (one ? <dd key={one} class="detail">{one}</dd> : null))}
    </div>
  );
}

function expectedDetails({ expected_interval: between }: Target, run: Run) {
  const { expectation } = words;
  const [low, high] = between ?? [];
  return [
    aheadWords(run),
    low === undefined || high === undefined
      ? undefined
      : expectation.between(harm(low), harm(high), run.harm_index.unit),
  ];
}

const basisDetails = ({ q_own: q, p_without_worst: without, excess }: Target) => [
  q === undefined || without === undefined
    ? undefined
    : words.expectation.own(chance(q), chance(without)),
  excess == null ? undefined : words.expectation.excess(significant(excess)),
];

/** In how many steps chance alone would put a unit among the top, where the run tells it. */
const ownExcess = (run: Run) => (run.inference?.["own_excess"] ?? {}) as Record<string, number | undefined>;

function topWords(many: number, run: Run): string {
  const { top_steps: steps } = ownExcess(run);
  return steps === undefined
    ? integer(many)
    : words.expectation.steps(many, steps, run.horizon?.["step"] === "month" ? "month" : "four_weeks");
}

function topDetails(run: Run) {
  const { top_by_chance: many } = ownExcess(run);
  return [many === undefined ? undefined : words.expectation.byChance(significant(many))];
}

const testDetail = ({ z_max, p_min }: Target) =>
  z_max === undefined || p_min === undefined
    ? undefined
    : `z ${significant(z_max)}, p ${chance(p_min)}`;

const effectiveDetail = ({ effective_incidents: many }: Target) =>
  many === undefined ? undefined : words.evidence.effective(significant(many));

function trendDetail(trend: Trend | null): string | undefined {
  if (!trend) return undefined;
  const before = words.evidence.before(integer(trend.previous_count));
  if (trend.ratio == null) return before;
  const [low, high] = trend.interval;
  const to = high == null ? words.evidence.unbounded : significant(high);
  return `${before}; ${words.evidence.ratio(significant(trend.ratio), significant(low), to)}`;
}
