/** Everything that the map page says, in one place; other languages say it by the catalogue. */

import { gettext, later, ngettext } from "./catalogue";
import { comparison } from "./comparison";
import { integer } from "./format";
import { question } from "./question";

const incidents = (many: number) =>
  ngettext("{many} incident", "{many} incidents", many, { many: integer(many) });

const averageBefore = (step: "week" | "month", many: string) =>
  step === "week"
    ? gettext("Before the window {many} a week on average.", { many })
    : gettext("Before the window {many} a month on average.", { many });

interface Readout {
  label: string | null;
  count: number;
  harm: string;
  unit: string;
  test: { className: string; q: string } | null;
  rank: string | null;
  of: string;
}

const read = ({ count, harm, unit }: Readout) => ({ incidents: incidents(count), harm, unit });

export const words = later(() => ({
  name: gettext("Harmspot"),
  motto: gettext("Where harm gathers, which places to patrol, and why."),
  failed: gettext("The page failed"),
  loading: gettext("Loading…"),
  note: gettext("Note"),
  close: gettext("Close"),

  nav: { parts: gettext("Parts of Harmspot"), map: gettext("Map"), data: gettext("Data"), runs: gettext("Runs"), jobs: gettext("Jobs"), gis: gettext("For GIS"), api: gettext("API") },

  lobby: {
    emptyTitle: gettext("No targets yet"),
    empty: gettext("This map shows the patrol targets of a run, and there is none yet. First it needs incidents:"),
    toData: gettext("Bring a file of incidents"),
    thenAsk: gettext("then ask where harm gathers, here or with these commands:"),
    demo: gettext("shows a synthetic city instead."),
    again: gettext("Try again"),
    newest: gettext("Show the newest run"),
    gone: gettext("The service does not answer. What you see stays; the page asks again by itself."),
    back: gettext("The service answers again."),
  },

  side: {
    name: gettext("Evidence"),
    found: gettext("What it found"),
    tabs: { evidence: gettext("Evidence"), concentration: gettext("Concentration"), about: gettext("What it rests on") },
  },

  masthead: {
    run: gettext("Run"),
    ask: gettext("New analysis"),
    compare: gettext("Compare"),
    downloads: gettext("Download"),
  },

  facts: {
    window: gettext("Window"),
    studyArea: gettext("Study area"),
    noneNamed: gettext("none named"),
    index: gettext("Harm index"),
    incidents: gettext("Incidents"),
    inference: gettext("Tested by"),
    chosen: gettext("Chosen by"),
    used: (many: string) => gettext("{many} used", { many }),
    ofThese: (all: string, outside: string, left: string) =>
      gettext("of {all}; {outside} outside, {left} excluded", { all, outside, left }),
    permutations: (many: string, level: string) => gettext("{many} permutations, {level}", { many, level }),
    analytic: (level: string) => gettext("normal approximation, {level}", { level }),
  },

  ranking: {
    title: gettext("Targets"),
    expected: (ahead: string) => gettext("Harm expected {ahead}", { ahead }),
    harmOf: gettext("Harm in the window"),
    countOf: gettext("Incidents in the window"),
    ofHarm: (share: string) => gettext("{share} of harm", { share }),
    basis: gettext("On what its rank stands"),
    none: gettext("This run chose no targets."),
    trend: gettext("Incidents against the window before"),
    q: gettext("False discovery rate at which it counts as a hot spot"),
    busiest: gettext("Busiest two hours"),
    sum: (places: number, harm: string, size: string) =>
      ngettext(
        "{many} place with {harm} of the harm on {size}",
        "{many} places with {harm} of the harm on {size}",
        places,
        { many: integer(places), harm, size },
      ),
    ofLength: (share: string) => gettext("{share} of the street length", { share }),
    ofArea: (share: string) => gettext("{share} of the area", { share }),
    oneIncident: (share: string) => gettext("one incident: {share} of harm", { share }),
  },

  /** By what the places of a list were chosen. */
  chosen: {
    expected: { harm: gettext("expected harm"), count: gettext("expected incidents") },
    hotSpots: gettext("hot spots (Gi*)"),
    window: { harm: gettext("harm in the window"), count: gettext("incidents in the window") },
    untested: gettext("chance was not asked"),
  },

  ordered: {
    expectedHarm: (ahead: string) =>
      gettext("Ordered by the harm that is expected {ahead}, the most first.", { ahead }),
    expectedCount: (ahead: string) =>
      gettext("Ordered by the incidents that are expected {ahead}, the most first; harm is told beside.", { ahead }),
    harm: gettext("Ordered by harm in the window, the most first."),
    count: gettext("Ordered by incidents in the window, the most first."),
  },

  tested: {
    name: gettext("How good such lists were"),
    page: gettext("The backtest"),
    compute: gettext("Compute it now"),
    computing: gettext("It is being computed…"),
    list: gettext("The list that it tests"),
  },

  charts: { numbers: gettext("The numbers as a table") },

  figures: {
    interval: (of: string) => gettext("{of}, interval", { of }),
    more: (shown: number, all: number) =>
      gettext("The first {shown} of {all} rows; the files of the run hold all.", {
        shown: integer(shown),
        all: integer(all),
      }),
    whole: gettext("All columns, and what they mean"),
    terms: gettext("What the columns mean"),
  },

  expectation: {
    name: gettext("Expected harm"),
    within: { month: gettext("in the next month"), four_weeks: gettext("in the next four weeks") } as Record<string, string>,
    next: gettext("next"),
    between: (low: string, high: string, unit: string) => gettext("{low} to {high} {unit}", { low, high, unit }),
    basis: gettext("It stands on"),
    bases: {
      own: gettext("its own harm"),
      neighbourhood: gettext("its surroundings"),
      both: gettext("its own harm and its surroundings"),
      none: gettext("chance can explain it"),
    } as Record<string, string>,
    own: (q: string, without: string) => gettext("q {q}; p without the worst {without}", { q, without }),
    excess: (times: string) => gettext("{times} times what chance would put there", { times }),
    stands: {
      own: gettext("by its own harm"),
      neighbourhood: gettext("by its surroundings"),
      both: gettext("by itself and surroundings"),
      none: gettext("chance can explain it"),
    } as Record<string, string>,
    chance: gettext("Chance can explain it"),
    inTop: gettext("Among the 1 % with most harm"),
    steps: (many: number, of: number, step: "month" | "four_weeks") =>
      step === "month"
        ? gettext("{many} of {of} months", { many: integer(many), of: integer(of) })
        : gettext("{many} of {of} spans of four weeks", { many: integer(many), of: integer(of) }),
    byChance: (many: string) => gettext("chance alone would put a unit there in {many}", { many }),
  },

  evidence: {
    hint: gettext("Choose a target, in the list or on the map, to see its evidence."),
    back: gettext("Back to all targets"),
    when: gettext("When"),
    course: gettext("How it went"),
    what: gettext("What happens"),
    figures: gettext("In figures"),
    harm: gettext("Harm"),
    hour: gettext("Hour"),
    offence: gettext("Offence"),
    incidentsName: gettext("Incidents"),
    incidents,
    members: (many: number) =>
      ngettext("{many} member", "{many} members", many, { many: integer(many) }),
    otherOffences: (many: number) => gettext("{many} other offences", { many }),
    busiest: gettext("Busiest"),
    hoursLabel: (best: string) => gettext("Incidents by hour of the week. Busiest: {best}.", { best }),
    noPeak: {
      hours_unknown: gettext("No hours: the hour of most incidents here is not known."),
      default_times: gettext(
        "No hours: most incidents here have a time that stands for an unknown one, such as midnight.",
      ),
      no_clear_peak: gettext(
        "No clear peak: no two hours of the week hold more of its harm than chance would put there.",
      ),
    },
    onePoint: (many: string, share: string) =>
      gettext("{many} of its incidents ({share}) are at exactly one point: they need not have happened there.", {
        many,
        share,
      }),
    noSeries: gettext("The data do not reach back before the window."),
    olderRun: gettext("This run was stored before the course of a target was kept: ask the question again."),
    steps: { week: gettext("Week from"), month: gettext("Month") },
    seriesLabel: (step: "week" | "month", before: number | null, within: number | null) =>
      [
        step === "week" ? gettext("Incidents by week.") : gettext("Incidents by month."),
        before === null ? null : averageBefore(step, before.toFixed(1)),
        within === null ? null : gettext("In the window {many}.", { many: within.toFixed(1) }),
      ]
        .filter(Boolean)
        .join(" "),
    seriesCaption: (step: "week" | "month", from: string) =>
      step === "week"
        ? gettext("Incidents by week; the window from {from} is shaded.", { from })
        : gettext("Incidents by month; the window from {from} is shaded.", { from }),
    dominated: (share: string) =>
      gettext("One incident makes up {share} of the harm: judge the place without it too.", { share }),
    names: {
      harm: gettext("Harm"),
      incidents: gettext("Incidents"),
      size: gettext("Size"),
      hotSpot: gettext("Hot spot (Gi*)"),
      surroundings: gettext("Surroundings (Gi*)"),
      worst: gettext("Worst incident"),
      trend: gettext("Trend"),
    },
    ofStudyArea: (share: string) => gettext("{share} of the study area's", { share }),
    ofHarm: (share: string) => gettext("{share} of the harm", { share }),
    effective: (many: string) => gettext("{many} effective incidents", { many }),
    before: (many: string) => gettext("{many} before", { many }),
    unbounded: gettext("unbounded"),
    ratio: (ratio: string, low: string, high: string) => gettext("ratio {ratio} ({low} to {high})", { ratio, low, high }),
    sheet: gettext("Briefing sheet of this target (PDF)"),
    slide: gettext("Slide (PNG)"),
  },

  concentration: {
    title: gettext("Concentration"),
    measuring: gettext("Measuring how few places hold how much…"),
    harm: gettext("harm"),
    incidents: gettext("incidents"),
    half: (few: string, all: string, places: string, what: string) =>
      gettext("{few} of {all} {places} hold 50 % of the {what}", { few, all, places, what }),
    against: (share: string, low: string, high: string, chance: string) =>
      gettext("That is {share} of them ({low} to {high}). Were the same incidents scattered at random, it would take {chance}.", { share, low, high, chance }),
    otherData: (measured: number, shown: number) =>
      gettext("Measured on the data as they are now (version {measured}); the targets rest on version {shown}.", { measured, shown }),
    chart:
      gettext("Lorenz curve: how much of the whole the most harmful places hold. The slider below picks out places; the table has the numbers."),
    across: gettext("share of places, the most harmful first"),
    key: {
      curve: gettext("observed"),
      band: gettext("its interval"),
      chance: gettext("by chance alone"),
      equal: gettext("if all were equal"),
    },
    pick: (places: string) => gettext("Pick out the most harmful {places} on the map", { places }),
    picked: (many: string, places: string) => gettext("{many} {places}", { many, places }),
    none: gettext("No place is picked out."),
    held: (many: string, places: string, share: string, what: string, one: boolean) =>
      one
        ? gettext("{many} {places} holds {share} of the {what}.", { many, places, share, what })
        : gettext("{many} {places} hold {share} of the {what}.", { many, places, share, what }),
    clear: gettext("Show all"),
    shares: gettext("How many hold how much"),
    ofTotal: (what: string) => gettext("Share of {what}", { what }),
    interval: (confidence: string) => gettext("{confidence} interval", { confidence }),
    byChance: gettext("By chance"),
    low: gettext("Low"),
    high: gettext("High"),
    gini: (value: string, low: string, high: string) => gettext("Gini {value} ({low} to {high}).", { value, low, high }),
  },

  about: {
    title: gettext("What this map shows"),
    incidents: gettext("Incidents"),
    used: gettext("used"),
    outside: gettext("outside the study area"),
    inWindow: gettext("in the window"),
    beforeWindow: gettext("before the window"),
    ground: gettext("What it rests on"),
    particulars: gettext("Particulars"),
    names: {
      studyArea: gettext("Study area"),
      streets: gettext("Streets"),
      districts: gettext("Districts"),
      window: gettext("Window"),
      index: gettext("Harm index"),
      source: gettext("Source"),
      inference: gettext("Tested by"),
      chosen: gettext("Chosen by"),
      from: gettext("Incidents from"),
      run: gettext("Run"),
      made: gettext("Made"),
      versions: gettext("Versions"),
    },
    version: (version: string | number) => gettext("version {version}", { version }),
    seed: (seed: number) => gettext("seed {seed}", { seed }),
    versions: (data: number, software: string) => gettext("data {data}, software {software}", { data, software }),
    expected: (units: string, step: string) =>
      gettext("The {units} of which most harm is expected {step}, from all incidents that are held up to the window's end: the more recent weigh more, and what is rare is drawn towards what its surroundings hold. They were merged where they touch and ranked; each says on what it stands.", { units, step }),
    ranked: (units: string, what: string) =>
      gettext("The {units} with {what} than all others, merged where they touch and ranked. They were not chosen for being more than chance would explain.", { units, what }),
    tested: (unit: string, what: string, statistic: string, test: string) =>
      gettext("Each {unit} was asked whether it and its neighbours hold {what} than chance would put there ({statistic}, {test}). ", { unit, what, statistic, test }),
    falseShare: (units: string, alpha: string) =>
      gettext("Of the {units} found so, no more than {alpha} are expected to be false.", { units, alpha }),
    merged: gettext(" They were merged where they touch and ranked."),
    shuffled: (times: string) => gettext("shuffling the city {times} times", { times }),
    analytic: gettext("the normal approximation"),
    moreHarm: gettext("more harm"),
    moreIncidents: gettext("more incidents"),
    geojson: gettext("Targets as GeoJSON"),
    page: gettext("The run as a page"),
  },

  question: question(),
  comparison: comparison(),

  downloads: {
    briefing: gettext("Briefing sheet (PDF)"),
  },

  map: {
    name: gettext("Map"),
    other: gettext("Map of the other run"),
    stage: (name: string, targets: number) =>
      ngettext(
        "{name} of {many} target; the list has it too. Arrow keys move, plus and minus zoom, 0 shows the whole study area.",
        "{name} of {many} targets; the list has them all. Arrow keys move, plus and minus zoom, 0 shows the whole study area.",
        targets,
        { name, many: integer(targets) },
      ),
    pins: gettext("Targets on the map; arrow keys go from rank to rank"),
    lead: (said: string, name: string) => gettext("{said} ({name})", { said, name }),
    pin: (rank: number, label: string, lead: string) => gettext("{rank}. {label}, {lead}", { rank, label, lead }),
    controls: {
      name: gettext("Move the map"),
      zoomIn: gettext("Zoom in"),
      zoomOut: gettext("Zoom out"),
      showAll: gettext("Show the whole study area"),
      north: gettext("North is up"),
      n: "N",
    },
    layers: {
      name: gettext("Layers"),
      units: gettext("Units"),
      targets: gettext("Targets"),
      boundaries: gettext("Boundaries"),
      streets: gettext("Streets"),
      patrol_areas: gettext("Patrol areas"),
      figures: gettext("Figures"),
      density: gettext("Density of incidents"),
    },
    legend: {
      name: gettext("Key"),
      by: (units: string) =>
        gettext("{units} by", { units: units.charAt(0).toUpperCase() + units.slice(1) }),
      kinds: { class: gettext("hot spot (Gi*)"), harm: gettext("harm") },
      target: gettext("target"),
      targetBy: (chosen: string) => gettext("target, chosen by {chosen}", { chosen }),
      density: gettext("incidents, the denser the darker"),
      changes: gettext("What changed"),
      statuses: {
        new: gettext("new"),
        up: gettext("moved up"),
        same: gettext("same rank"),
        down: gettext("moved down"),
        left: gettext("not listed now"),
        gone: gettext("gone"),
      },
      picked: (many: string, units: string) =>
        gettext("The {many} {units} with the most harm are picked out.", { many, units }),
      leftOut: (units: string) =>
        gettext("From this far only the {units} with the most harm are drawn: zoom in for all.", { units }),
      hidden: (units: string) => gettext("The {units} are hidden.", { units }),
    },
    quarters: {
      names: [
        gettext("First quarter of all harm"),
        gettext("second"),
        gettext("third"),
        gettext("last quarter"),
      ],
      from: (name: string, least: string) => gettext("{name} (≥ {least})", { name, least }),
      none: gettext("none"),
    },
    attribution: {
      synthetic: (units: string) => gettext("Synthetic sample city: nothing in it is real. {units}.", { units }),
      incidents: (sources: string, units: string) => gettext("Incidents: {sources}. {units}.", { sources, units }),
      basemap: (owner: string) => gettext("Basemap: {owner}.", { owner }),
    },
    readout: (unit: Readout) =>
      (unit.label ? `${unit.label}: ` : "") +
      [
        unit.rank === null
          ? gettext("{incidents}, {harm} {unit} of harm.", read(unit))
          : gettext("{incidents}, {harm} {unit} of harm, rank {rank} of {of}.", {
              ...read(unit),
              rank: unit.rank,
              of: unit.of,
            }),
        unit.test ? gettext("{className} (q = {q}).", unit.test) : null,
      ]
        .filter(Boolean)
        .join(" "),
    noWebGl:
      gettext("This browser cannot draw the map: it has no WebGL 2. The list, the evidence and the tables beside it tell the same."),
    noBasemap: (url: string) => gettext("The basemap at {url} cannot be read; the map is drawn without it.", { url }),
    noQuarters: gettext("The map cannot be shaded by harm now: the service did not say where its quarters end."),
    trouble: (said: string) => gettext("A part of the map could not be drawn: {said}", { said }),
  },

  classes: {
    hot_99: gettext("Hot spot, q ≤ 0.01"),
    hot_95: gettext("Hot spot, q ≤ 0.05"),
    hot_90: gettext("Weak hot spot, q ≤ 0.10"),
    not_significant: gettext("Not significant"),
    cold_90: gettext("Weak cold spot, q ≤ 0.10"),
    cold_95: gettext("Cold spot, q ≤ 0.05"),
    cold_99: gettext("Cold spot, q ≤ 0.01"),
  } as Record<string, string>,


  reasons: {
    detected_by_police: gettext("found by police activity"),
    detected_by_business: gettext("found by businesses"),
    offence_without_weight: gettext("offence without a weight"),
    offence_not_asked_for: gettext("other offences than asked for"),
    reported_late: gettext("reported too late"),
    placed_imprecisely: gettext("placed too imprecisely"),
  } as Record<string, string>,
}));
