// The page: loads a run, and keeps the list, the map, the evidence and the address in step.

import { aboutRun, factsOf } from "./about.js";
import * as api from "./api.js";
import { byId, h } from "./elements.js";
import { evidenceOf } from "./evidence.js";
import { TargetList } from "./list.js";
import { failed, noRuns } from "./lobby.js";
import { TargetMap } from "./map.js";
import { date, unitWords } from "./words.js";

/** @typedef {import("./types.js").Target} Target */
/** @typedef {import("./types.js").RunSummary} RunSummary */

const events = { onSelect: choose, onHover: hover };
const desk = byId("desk");
const lobby = byId("lobby");
const panel = byId("panel");
const chooser = /** @type {HTMLSelectElement} */ (byId("run"));
const map = new TargetMap(byId("map"), events);
const list = new TargetList(events);

/** @type {import("./types.js").Collection<Target> | null} */
let shown = null;
/** @type {RunSummary[]} */
let known = [];
/** @type {Map<string, string>} */
let names = new Map();
/** @type {string | null} */
let selected = null;
let loading = new AbortController();

chooser.addEventListener("change", () => {
  history.pushState(null, "", `?run=${encodeURIComponent(chooser.value)}`);
  void open();
});
addEventListener("popstate", () => {
  if (shown && askedRun() === shown.run.id) select(askedTarget());
  else void open();
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || selected === null) return;
  leave();
});
void open();

/** Load the run that the address names, or the newest. */
async function open() {
  loading.abort();
  loading = new AbortController();
  const { signal } = loading;
  const wait = setTimeout(() => welcome(h("p", {}, "Loading…")), shown ? 400 : 0);
  try {
    known = await api.runs("targets", signal);
    const id = askedRun() ?? known[0]?.id;
    if (id === undefined) {
      clearTimeout(wait);
      return welcome(...noRuns());
    }
    const collection = await api.targets(id, signal);
    const problems = /** @type {string[]} */ ([]);
    const optional = async (/** @type {Promise<any>} */ asked, /** @type {any} */ otherwise) => {
      try {
        return await asked;
      } catch (error) {
        if (signal.aborted) throw error;
        problems.push(error instanceof Error ? error.message : String(error));
        return otherwise;
      }
    };
    const area = collection.run.study_area.name;
    const [boundary, offences] = await Promise.all([
      area === null ? [] : optional(api.outline(area, signal), []),
      optional(api.offenceNames(collection.run.harm_index, signal), new Map()),
    ]);
    clearTimeout(wait);
    if (askedRun() === null) {
      history.replaceState(null, "", `?run=${encodeURIComponent(id)}${location.hash}`);
    }
    shown = collection;
    names = offences;
    present(boundary, problems);
    const network = networkBeneath(collection.run);
    const [scores, streets] = await Promise.all([
      optional(api.scores(id, signal), null),
      network === null ? [] : optional(api.streets(network, signal), []),
    ]);
    map.showStreets(streets);
    map.showUnits(scores);
    notify(problems);
  } catch (error) {
    clearTimeout(wait);
    if (!signal.aborted) welcome(...failed(error, askedRun() !== null, () => void open()));
  }
}

/**
 * Return the network whose streets help to read the map of other units.
 * @param {import("./types.js").Run} run
 */
function networkBeneath({ parameters, references }) {
  if (parameters.unit === "segment" || !parameters.network) return null;
  const version = references?.network?.version;
  return version == null ? parameters.network : `${references?.network.name}@${version}`;
}

/** @param {import("./types.js").Areal[]} boundary @param {string[]} problems */
function present(boundary, problems) {
  if (!shown) return;
  const { run, features } = shown;
  lobby.hidden = true;
  desk.hidden = false;
  byId("facts").replaceChildren(...factsOf(run));
  offerRuns(run);
  notify(problems);
  list.show(
    features.map((feature) => feature.properties),
    run,
  );
  map.show(shown, boundary);
  selected = null;
  select(askedTarget(), true);
}

/** Show what every reader of the run should see. @param {string[]} problems */
function notify(problems) {
  if (!shown) return;
  const { run, features } = shown;
  const warnings = [...run.warnings, ...problems];
  // With no target at all the message stands in the list's place.
  if (run.message && features.length) warnings.unshift(run.message);
  byId("notices").replaceChildren(...warnings.map((one) => h("p", {}, one)));
}

/** @param {string} id a target that the reader chose */
function choose(id) {
  if (id !== selected) history.pushState(null, "", `${location.search}#${id}`);
  select(id);
  list.reveal(id);
  // On a tablet the evidence has taken the list's place, and the focus with it.
  if (!list.element.checkVisibility()) panel.querySelector("h2")?.focus();
}

function leave() {
  const was = selected;
  history.pushState(null, "", location.pathname + location.search);
  select(null);
  map.showAll();
  if (was !== null) list.focus(was);
}

/** @param {string | null} id @param {boolean} [atOnce] */
function select(id, atOnce = false) {
  if (!shown) return;
  const found = shown.features.find((feature) => feature.properties.target_id === id);
  selected = found ? found.properties.target_id : null;
  list.mark(selected, null);
  map.mark(selected, null);
  desk.classList.toggle("chosen", selected !== null);
  panel.replaceChildren(
    found
      ? evidenceOf(found.properties, shown.run, names, leave)
      : aboutRun(
          shown.run,
          known.find((one) => one.id === shown?.run.id),
          shown.features.length > 0,
        ),
  );
  panel.scrollTop = 0;
  document.title = found
    ? `${found.properties.rank}. ${found.properties.label} – Harmspot`
    : "Harmspot";
  if (selected !== null) {
    map.showTarget(selected, atOnce);
    if (atOnce) list.reveal(selected);
  }
}

/** @param {string | null} id */
function hover(id) {
  list.mark(selected, id);
  map.mark(selected, id);
}

/** @param {import("./types.js").Run} run */
function offerRuns(run) {
  const offered = known.some((one) => one.id === run.id)
    ? known
    : [...known, { id: run.id, parameters: run.parameters, created_at: "" }];
  chooser.replaceChildren(
    ...offered.map(({ id, parameters }) =>
      h(
        "option",
        { value: id, selected: id === run.id },
        [
          unitWords(parameters),
          `${date(parameters.from)} – ${date(parameters.to)}`,
          parameters.study_area,
          id.slice(0, 8),
        ]
          .filter(Boolean)
          .join(" · "),
      ),
    ),
  );
  byId("run-choice").hidden = offered.length < 2;
}

const askedRun = () => new URLSearchParams(location.search).get("run");
const askedTarget = () => location.hash.slice(1) || null;

/** @param {...Node} content */
function welcome(...content) {
  desk.hidden = true;
  lobby.hidden = false;
  lobby.replaceChildren(...content);
  byId("notices").replaceChildren();
}
