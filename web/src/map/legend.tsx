/** What the colours and lines of the map mean, and what is not drawn. */

import type { ReadonlySignal } from "@preact/signals";

import { Swatch } from "../page/marks";
import { go } from "../state/store";
import { words } from "../words/en";
import { integer } from "../words/format";
import { choiceWords } from "../words/ordering";
import { unitNames } from "../words/runs";
import { BasemapWords, attributionOf } from "./attribution";
import { SIGNS, STATUSES } from "./differences";
import { wholeFrom } from "./ground";
import { type Scene, isShown } from "./scene";
import { wantedOf } from "./scenes";
import { linearTargets } from "./target-layers";
import { MOST_IN_TILE } from "./tiles";

export function Legend({ scene, zoom }: { scene: Scene; zoom: ReadonlySignal<number> }) {
  const { run, units, figures, shadings, shading, targets, places, basemap, incidents } = scene;
  const [, many] = unitNames(run);
  const said = words.map.legend;
  const drawsUnits = units && isShown(scene, "units");
  const choice = choiceWords(run);
  const left = drawsUnits && zoom.value < wholeFrom(run, MOST_IN_TILE);
  return (
    <>
      <fieldset class="legend">
        <legend>{shadings.length ? said.by(many) : said.name}</legend>
        <div class="switch" hidden={shadings.length === 0}>
          {shadings.map((kind) => (
            <label key={kind}>
              <input
                type="radio"
                name="shading"
                value={kind}
                checked={wantedOf(shadings) === kind}
                onChange={() => go({ shading: kind })}
              />
              <span>{said.kinds[kind]}</span>
            </label>
          ))}
        </div>
        <ul>
          {drawsUnits && shadings.length
            ? shading.steps.map((step) => (
                <li key={step.colour}>
                  <Swatch kind={run.parameters.unit} colour={step.colour} />
                  {step.words}
                </li>
              ))
            : null}
          {targets.features.length && isShown(scene, "targets") ? (
            <Line name={linearTargets(scene) ? "band" : "edge"} words={choice ? said.targetBy(choice.by) : said.target} />
          ) : null}
          {isShown(scene, "patrol_areas") && targets.features.some((one) => one.patrol_area) ? (
            <Line name="patrol" words={words.map.layers.patrol_areas} />
          ) : null}
          {isShown(scene, "figures")
            ? figures.map((one) => <Line key={one.name} name="figure" words={one.title} />)
            : null}
          {incidents && isShown(scene, "density") ? (
            <Line name="density" words={said.density} />
          ) : null}
        </ul>
      </fieldset>
      {scene.differences ? (
        <ul class="signs-of-change" aria-label={said.changes}>
          {STATUSES.map((status) => (
            <li key={status} class={status}>
              <b aria-hidden="true">{SIGNS[status]}</b> {said.statuses[status]}
            </li>
          ))}
        </ul>
      ) : null}
      <p class="attribution">
        {attributionOf(scene)}
        {places === null || !drawsUnits ? "" : ` ${said.picked(integer(places), many)}`}
        {left ? ` ${said.leftOut(many)}` : ""}
        {drawsUnits || !units ? "" : ` ${said.hidden(many)}`}
        {basemap ? <BasemapWords /> : null}
      </p>
    </>
  );
}

function Line({ name, words: said }: { name: string; words: string }) {
  return (
    <li>
      <svg viewBox="0 0 20 14" class="line" aria-hidden="true">
        {name === "density" ? (
          <circle class={name} cx={10} cy={7} r={6} />
        ) : (
          <path class={name} d="M2 7H18" />
        )}
      </svg>
      {said}
    </li>
  );
}
