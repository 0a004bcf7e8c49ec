/** Everything that the map page says, in one place: another language is another such file. */

import { comparison } from "./comparison";
import { integer } from "./format";
import { question } from "./question";

export const plural = (count: number, one: string, many = `${one}s`) =>
  `${integer(count)} ${count === 1 ? one : many}`;

export const words = {
  name: "Harmspot",
  motto: "Where harm gathers, which places to patrol, and why.",
  failed: "The page failed",
  loading: "Loading…",
  note: "Note",
  close: "Close",

  nav: { parts: "Parts of Harmspot", map: "Map", data: "Data", runs: "Runs", jobs: "Jobs", gis: "For GIS", api: "API" },

  lobby: {
    emptyTitle: "No targets yet",
    empty: "This map shows the patrol targets of a run, and there is none yet. First it needs incidents:",
    toData: "Bring a file of incidents",
    thenAsk: "then ask where harm gathers, here or with these commands:",
    demo: "shows a synthetic city instead.",
    again: "Try again",
    newest: "Show the newest run",
    gone: "The service does not answer. What you see stays; the page asks again by itself.",
    back: "The service answers again.",
  },

  side: {
    name: "Evidence",
    tabs: { evidence: "Evidence", concentration: "Concentration", about: "What it rests on" },
  },

  masthead: {
    run: "Run",
    ask: "New analysis",
    compare: "Compare",
    downloads: "Download",
  },

  facts: {
    window: "Window",
    studyArea: "Study area",
    noneNamed: "none named",
    index: "Harm index",
    incidents: "Incidents",
    inference: "Inference",
    used: (many: string) => `${many} used`,
    ofThese: (all: string, outside: string, left: string) =>
      `of ${all}; ${outside} outside, ${left} excluded`,
    permutations: (many: string, level: string) => `${many} permutations, ${level}`,
    analytic: (level: string) => `normal approximation, ${level}`,
  },

  ranking: {
    title: "Targets",
    share: "share of harm",
    shareOf: "Share of the study area's harm",
    none: "This run chose no targets.",
    trend: "Incidents against the window before",
    q: "False discovery rate at which it counts as a hot spot",
    busiest: "Busiest two hours",
    sum: (places: number, harm: string, size: string) =>
      `${plural(places, "place")} with ${harm} of the harm on ${size}`,
    ofLength: (share: string) => `${share} of the street length`,
    ofArea: (share: string) => `${share} of the area`,
    oneIncident: (share: string) => `one incident: ${share} of harm`,
  },

  charts: { numbers: "The numbers as a table" },

  evidence: {
    hint: "Choose a target, in the list or on the map, to see its evidence.",
    back: "Back to all targets",
    when: "When",
    course: "How it went",
    what: "What happens",
    figures: "In figures",
    harm: "Harm",
    hour: "Hour",
    offence: "Offence",
    incidentsName: "Incidents",
    incidents: (many: number) => plural(many, "incident"),
    otherOffences: (many: number) => `${many} other offences`,
    busiest: "Busiest",
    hoursLabel: (best: string) => `Incidents by hour of the week. Busiest: ${best}.`,
    noHours: "No hours: the time of most incidents here is known only to the day or month.",
    noSeries: "The data do not reach back before the window.",
    olderRun: "This run was stored before the course of a target was kept: ask the question again.",
    steps: { week: "Week from", month: "Month" },
    seriesLabel: (step: "week" | "month", before: number | null, within: number | null) =>
      `Incidents by ${step}.` +
      (before === null ? "" : ` Before the window ${before.toFixed(1)} a ${step} on average.`) +
      (within === null ? "" : ` In the window ${within.toFixed(1)}.`),
    seriesCaption: (step: "week" | "month", from: string) =>
      `Incidents by ${step}; the window from ${from} is shaded.`,
    dominated: (share: string) =>
      `One incident makes up ${share} of the harm: judge the place without it too.`,
    names: {
      harm: "Harm",
      incidents: "Incidents",
      size: "Size",
      hotSpot: "Hot spot",
      worst: "Worst incident",
      trend: "Trend",
    },
    ofStudyArea: (share: string) => `${share} of the study area's`,
    ofHarm: (share: string) => `${share} of the harm`,
    effective: (many: string) => `${many} effective incidents`,
    before: (many: string) => `${many} before`,
    unbounded: "unbounded",
    ratio: (ratio: string, low: string, high: string) => `ratio ${ratio} (${low} to ${high})`,
    sheet: "Briefing sheet of this target (PDF)",
    slide: "Slide (PNG)",
  },

  concentration: {
    title: "Concentration",
    measuring: "Measuring how few places hold how much…",
    harm: "harm",
    incidents: "incidents",
    half: (few: string, all: string, places: string, what: string) =>
      `${few} of ${all} ${places} hold 50 % of the ${what}`,
    against: (share: string, low: string, high: string, chance: string) =>
      `That is ${share} of them (${low} to ${high}). Were the same incidents scattered at random, it would take ${chance}.`,
    otherData: (measured: number, shown: number) =>
      `Measured on the data as they are now (version ${measured}); the targets rest on version ${shown}.`,
    chart:
      "Lorenz curve: how much of the whole the most harmful places hold. The slider below picks out places; the table has the numbers.",
    across: "share of places, the most harmful first",
    key: {
      curve: "observed",
      band: "its interval",
      chance: "by chance alone",
      equal: "if all were equal",
    },
    pick: (places: string) => `Pick out the most harmful ${places} on the map`,
    picked: (many: string, places: string) => `${many} ${places}`,
    none: "No place is picked out.",
    held: (many: string, places: string, share: string, what: string, one: boolean) =>
      `${many} ${places} ${one ? "holds" : "hold"} ${share} of the ${what}.`,
    clear: "Show all",
    shares: "How many hold how much",
    ofTotal: (what: string) => `Share of ${what}`,
    interval: (confidence: string) => `${confidence} interval`,
    byChance: "By chance",
    low: "Low",
    high: "High",
    gini: (value: string, low: string, high: string) => `Gini ${value} (${low} to ${high}).`,
  },

  about: {
    title: "What this map shows",
    incidents: "Incidents",
    used: "used",
    outside: "outside the study area",
    inWindow: "in the window",
    ground: "What it rests on",
    particulars: "Particulars",
    names: {
      studyArea: "Study area",
      streets: "Streets",
      districts: "Districts",
      window: "Window",
      index: "Harm index",
      source: "Source",
      inference: "Inference",
      from: "Incidents from",
      run: "Run",
      made: "Made",
      versions: "Versions",
    },
    version: (version: string | number) => `version ${version}`,
    seed: (seed: number) => `seed ${seed}`,
    versions: (data: number, software: string) => `data ${data}, software ${software}`,
    ranked: (units: string, what: string) =>
      `The ${units} with ${what} than all others, merged where they touch and ranked. They were not chosen for being more than chance would explain.`,
    tested: (unit: string, what: string, statistic: string, test: string) =>
      `Each ${unit} was asked whether it and its neighbours hold ${what} than chance would put there (${statistic}, ${test}). `,
    falseShare: (units: string, alpha: string) =>
      `Of the ${units} found so, no more than ${alpha} are expected to be false. They were merged where they touch and ranked.`,
    shuffled: (times: string) => `shuffling the city ${times} times`,
    analytic: "the normal approximation",
    moreHarm: "more harm",
    moreIncidents: "more incidents",
    geojson: "Targets as GeoJSON",
    page: "The run as a page",
  },

  question,
  comparison,

  downloads: {
    briefing: "Briefing sheet (PDF)",
    gpkg: "GeoPackage, styled for QGIS",
    geojson: "GeoJSON",
    csv: "CSV, for a spreadsheet",
    qgz: "QGIS project",
    kml: "KML, for Google Earth",
    geoparquet: "GeoParquet",
    fgb: "FlatGeobuf",
    zip: "All of them (ZIP)",
  },

  map: {
    name: "Map",
    other: "Map of the other run",
    stage: (name: string, targets: number) =>
      `${name} of ${plural(targets, "target")}; the list has them all. ` +
      "Arrow keys move, plus and minus zoom, 0 shows the whole study area.",
    pins: "Targets on the map; arrow keys go from rank to rank",
    pin: (rank: number, label: string, share: string) => `${rank}. ${label}, ${share} of harm`,
    controls: {
      name: "Move the map",
      zoomIn: "Zoom in",
      zoomOut: "Zoom out",
      showAll: "Show the whole study area",
      north: "North is up",
      n: "N",
    },
    layers: {
      name: "Layers",
      units: "Units",
      targets: "Targets",
      boundaries: "Boundaries",
      streets: "Streets",
      patrol_areas: "Patrol areas",
      density: "Density of incidents",
    },
    legend: {
      by: (units: string) => `${units.charAt(0).toUpperCase()}${units.slice(1)} by`,
      kinds: { class: "hot spot", harm: "harm" },
      target: "target",
      density: "incidents, the denser the darker",
      changes: "What changed",
      statuses: {
        new: "new",
        up: "moved up",
        same: "same rank",
        down: "moved down",
        gone: "gone",
      },
      picked: (many: string, units: string) =>
        `The ${many} ${units} with the most harm are picked out.`,
      leftOut: (units: string) =>
        `From this far only the ${units} with the most harm are drawn: zoom in for all.`,
      hidden: (units: string) => `The ${units} are hidden.`,
    },
    quarters: {
      names: ["First quarter of all harm", "second", "third", "last quarter"],
      from: (name: string, least: string) => `${name} (≥ ${least})`,
      none: "none",
    },
    counted: {
      h3: (many: string, resolution: string) => `${many} H3 cells, resolution ${resolution}`,
      segment: (many: string, network: string) =>
        `${many} street segments of the network ${network}`,
      polygon: (many: string, layer: string) => `${many} areas of the layer ${layer}`,
    },
    attribution: {
      synthetic: (units: string) => `Synthetic sample city: nothing in it is real. ${units}.`,
      incidents: (sources: string, units: string) => `Incidents: ${sources}. ${units}.`,
      basemap: (owner: string) => `Basemap: ${owner}.`,
    },
    readout: (unit: {
      label: string | null;
      count: number;
      harm: string;
      unit: string;
      className: string;
      q: string;
      rank: string | null;
      of: string;
    }) =>
      (unit.label ? `${unit.label}: ` : "") +
      `${plural(unit.count, "incident")}, ${unit.harm} ${unit.unit} of harm` +
      `${unit.rank === null ? "" : `, rank ${unit.rank} of ${unit.of}`}. ` +
      `${unit.className} (q = ${unit.q}).`,
    noWebGl:
      "This browser cannot draw the map: it has no WebGL 2. The list, the evidence and the tables beside it tell the same.",
    noBasemap: (url: string) => `The basemap at ${url} cannot be read; the map is drawn without it.`,
    noQuarters: "The map cannot be shaded by harm now: the service did not say where its quarters end.",
    trouble: (said: string) => `A part of the map could not be drawn: ${said}`,
  },

  classes: {
    hot_99: "Hot spot, q ≤ 0.01",
    hot_95: "Hot spot, q ≤ 0.05",
    hot_90: "Weak hot spot, q ≤ 0.10",
    not_significant: "Not significant",
    cold_90: "Weak cold spot, q ≤ 0.10",
    cold_95: "Cold spot, q ≤ 0.05",
    cold_99: "Cold spot, q ≤ 0.01",
  } as Record<string, string>,

  units: {
    h3: ["cell", "cells"],
    segment: ["street segment", "street segments"],
    polygon: ["area", "areas"],
  } as Record<string, [string, string]>,

  reasons: {
    detected_by_police: "found by police activity",
    detected_by_business: "found by businesses",
    offence_without_weight: "offence without a weight",
    offence_not_asked_for: "other offences than asked for",
    reported_late: "reported too late",
  } as Record<string, string>,
};
