/** Written by `make types` from the declarations in service/: change those, not this file. */

export type UnitKind = "h3" | "segment" | "polygon";

export type ClassName = "hot_99" | "hot_95" | "hot_90" | "not_significant" | "cold_90" | "cold_95" | "cold_99";

export type Geometry = GeoJSON.Geometry;

export type Box = [number, number, number, number];

export interface Parameters {
  /** Unit of place: `h3` for the cells of the H3 grid, `segment` for the street segments of `network`, `polygon` for the areas of `layer`. */
  unit: UnitKind;
  /** H3 resolution: 7 (cells of 5 km²) to 12 (300 m²); 9 is 0.1 km². */
  resolution: number | null;
  /** Street network, `NAME` or `NAME@VERSION`: the units themselves for `segment`; cells and areas take the name of their nearest street from it. */
  network: string | null;
  /** Metres within which an incident belongs to its nearest street segment. */
  max_snap_m: number | null;
  /** Boundary layer whose areas are the units of `polygon`. */
  layer: string | null;
  /** Boundary layer of districts: every unit and target says its district, and the result is also given per district. */
  districts: string | null;
  /** Property that holds the residents (or the ambient population) of each area of `population_layer`; cells and segments take their share by area or length. */
  population_column: string | null;
  /** Boundary layer with the population; default `layer` for `polygon`. */
  population_layer: string | null;
  /** Harm index, `NAME` or `NAME@VERSION`; `count` weighs every incident 1. */
  index: string;
  /** Boundary layer, or `LAYER/NAME` for one area of it. Without one, cells that hold incidents and their neighbours are studied, and places without incidents beyond them stay unseen; segments and polygons are studied all. */
  study_area: string | null;
  /** First day of the window, on the local clock of the incidents. */
  from: string;
  /** Last day of the window. */
  to: string;
  /** Only incidents of these sources; default all. */
  sources: string[] | null;
  /** Only these offence codes; default all. */
  offences: string[] | null;
  /** Which offences count, by who found them. `police` and `business` measure enforcement and are left out by default. */
  detections: ("victim" | "police" | "business")[];
  /** Largest share of incidents without a weight before the run is refused. */
  max_unmapped_share: number;
  /** Incidents reported later than this many days are left out; null: none. */
  max_report_delay_days: number | null;
  /** Least precise way in which an incident without coordinates may have been placed by its address; `street`: any, `recorded`: none. */
  place_precision: "recorded" | "address" | "crossing" | "block" | "street";
  /** Seed of every random draw. */
  seed: number;
  /** What gathers: harm, or plain incidents. */
  value: "harm" | "count";
  /** What the value is divided by before it is tested: `size` (metres of street, or km²) or `population`; null: nothing, harm per unit. */
  denominator?: "size" | "population" | null;
  /** Draws rates on a small denominator towards the mean (Marshall 1991); needs a `denominator`. */
  smoothing?: "empirical_bayes" | null;
  /** Neighbourhood in steps: rings of cells, junctions of streets, borders of areas. */
  neighbours?: number;
  /** Neighbourhood of a segment instead: all segments within this many metres on foot along the streets. */
  neighbour_distance_m?: number | null;
  /** Level that a q-value must not exceed. */
  alpha?: number;
  /** Look for more than chance, for less, or for both. */
  tail?: "hot" | "cold" | "two-sided";
  /** Where p-values come from: conditional permutation, or the normal approximation, which misleads on heavy-tailed harm. */
  inference?: "permutation" | "analytic";
  /** Least number of permutations; raised until one unit alone could be found significant, up to 20 million. */
  permutations?: number;
  /** Control of false discoveries: Benjamini-Hochberg or -Yekutieli. */
  correction?: "bh" | "by";
  /** Resamples for intervals and counterfactual. */
  bootstrap?: number;
  /** Confidence of the intervals. */
  confidence?: number;
  /** Greatest number of targets; by default 20, or no limit where `top_per_district` is given. */
  top?: number | null;
  /** Greatest number of targets in each of `districts`. */
  top_per_district?: number | null;
  /** `expected`: the units of which most harm is expected next, from all incidents that are held up to the last day of the window. The window itself only describes these targets: its first day changes no rank, unless `require` or `min_incidents` ask something of it. `hot-spot`: only units of significant hot spots (until now called `significant`, which is read as this). `top`: the most harmful units of the window whatever the statistic says, labelled as such. */
  strategy?: "expected" | "hot-spot" | "top";
  /** What must stand behind a unit beside its rank: nothing, more harm than chance would put on it or around it, or more on it even without its worst incident. */
  require?: "none" | "beyond-chance" | "without-worst";
  /** For `expected`: how many times the mean of all units must be expected of a unit. */
  min_excess?: number;
  /** Fewest incidents, in the window, of a unit that can become a target; by default 3, and no limit for `expected`, which rests on years before the window too. */
  min_incidents?: number | null;
  /** Largest target; larger areas are split around their maxima. */
  max_area_km2?: number | null;
  /** Longest target on streets; longer chains are split around their maxima. */
  max_length_m?: number | null;
  /** How far across a target may be, in metres, or two touching units where those are longer. By default 600 for `expected`, and no limit for others. */
  max_span_m?: number | null;
  /** How far targets must be from each other, from edge to edge; the higher rank stays. */
  spacing_m?: number | null;
  /** Boundary layer of areas in which no target may lie: units that are inside by half or more are left out. */
  exclude?: string | null;
  /** Stop when the targets hold this share of the harm, of what is expected, or of the incidents: of what ranks them. */
  harm_share?: number | null;
  /** Stop before the targets exceed this area. */
  total_area_km2?: number | null;
  /** Stop before the targets exceed this length. */
  total_length_m?: number | null;
  /** Stop when these minutes are given away. */
  patrol_minutes?: number | null;
  /** Minutes of patrol that one target takes. */
  minutes_per_target?: number;
  /** Give each target a patrol area too: all within this many metres of it. */
  patrol_buffer_m?: number | null;
  /** Variants in which incidents are drawn from them again: half of them without replacement for `expected` (unless `min_incidents` is asked for), as many with replacement for others. */
  resamples?: number;
  [name: string]: unknown;
}

export interface RunWindow {
  from: string;
  to: string;
  days: number;
  time_zones: string[];
}

export interface StudyArea {
  name: string | null;
  version: number | null;
  units: number;
  bbox: Box;
  fallback: string | null;
  area_km2?: number;
  length_km?: number;
  layer?: { name: string; version: number; };
  network?: { name: string; version: number; };
}

export interface HarmIndex {
  name: string;
  version: string;
  title: string;
  unit: string;
  citation: string | null;
}

export interface HistoryAccount {
  before_window: number;
  used: number;
  outside: number;
  excluded: Record<string, number>;
  unmapped: Record<string, number>;
}

export interface IncidentAccount {
  in_window: number;
  used: number;
  outside: number;
  excluded: Record<string, number>;
  unmapped: Record<string, number>;
  /** Likewise of all before the window, where the run rests on it. */
  history?: HistoryAccount;
}

export interface Run {
  id: string;
  process: string;
  parameters: Parameters;
  window: RunWindow;
  study_area: StudyArea;
  references: Record<string, { name: string; version: number; }>;
  harm_index: HarmIndex;
  sources: string[];
  data_version: number;
  software_version: string;
  seed: number;
  incidents: IncidentAccount;
  snapping: Record<string, unknown> | null;
  inference: Record<string, unknown> | null;
  warnings: string[];
  libraries?: Record<string, string>;
  /** The run that tests these parameters on what came after (it is computed after this one), or the reason why there is none. */
  backtest?: { id: string; href: string; } | string;
  message?: string | null;
  districts?: (Record<string, unknown>)[];
  /** The time for which harm is expected, on how many whole steps of history that rests, and whether it ranks the targets or the window does. */
  horizon?: Record<string, unknown>;
  /** Batches that its data held and that were undone since. */
  undone?: number[];
}

export interface Trend {
  previous_from: string;
  previous_to: string;
  previous_count: number;
  previous_harm: number;
  ratio: number | null;
  /** Of the ratio; its upper end is null where it is open. */
  interval: [number, number | null];
  confidence: number;
}

export interface Series {
  step: "week" | "month";
  /** Where the window begins. */
  window_from: string;
  from: string[];
  count: number[];
  harm: number[];
  /** Those of the window: they sum to its count. */
  count_within?: number[];
}

export interface PeakWindow {
  day: string;
  start: string;
  end: string;
  count: number;
  harm: number;
}

export interface Peak {
  incidents: number;
  /** 168 counts from Monday 00:00. */
  hour_of_week: number[];
  windows: PeakWindow[];
  /** Of the first window: how rarely chance puts as much harm into any two hours. */
  p?: number;
}

export interface SharedPoint {
  longitude: number;
  latitude: number;
  incidents: number;
  count_share: number;
  harm_share: number;
}

export interface Target {
  /** Rank: 1 is the first to patrol */
  rank: number;
  /** Target: the same for the same units in every run */
  target_id: string;
  /** Place: what people call it: the nearest street or area */
  label: string;
  /** Class: of its unit with the smallest q */
  class?: ClassName;
  /** Note: why this place, and any caution */
  note: string;
  /** Unit: kind of the units that it is made of */
  unit: UnitKind;
  /** Resolution: of its H3 cells */
  resolution?: number | null;
  /** Members: ids of its units */
  members: string[];
  /** Area: on the ellipsoid (km2) */
  area_km2?: number;
  /** Length: of street, on the ellipsoid (m) */
  length_m?: number;
  /** Harm density: harm by area (unit of the harm index / km2) */
  harm_per_km2?: number;
  /** Harm density: harm by length (unit of the harm index / 100 m) */
  harm_per_100m?: number;
  /** Incidents: how many are used */
  count: number;
  /** Harm: sum of the weights of its incidents (unit of the harm index) */
  harm: number;
  /** Share of harm: of all in the study area */
  harm_share: number;
  /** Share of incidents: of all in the study area */
  count_share?: number;
  /** Greatest z: of the Getis-Ord Gi* of its units */
  z_max?: number;
  /** Smallest p: of the units that make it hot */
  p_min?: number;
  /** Smallest q: of the units that make it hot: p after control of the false discovery rate */
  q_min?: number;
  /** Offences: number of incidents by offence code */
  offences?: Record<string, number>;
  /** Harm by offence: by offence code (unit of the harm index) */
  harm_by_offence?: Record<string, number>;
  /** Dominance: share of its harm that its single worst incident contributes */
  dominance?: number;
  /** Effective incidents: number of equal incidents that would spread harm as much */
  effective_incidents?: number;
  /** Expected harm: in the next four weeks, or the next month, from all incidents that are held (unit of the harm index) */
  expected_harm?: number | null;
  /** Interval of expected harm: that holds the harm to come in 95 of 100 cases; what is expected is a mean, and lies above it where offences are grave and rare; none where it was not asked for (unit of the harm index) */
  expected_interval?: [number, number];
  /** Expected at least: the lower end of the interval of expected harm (unit of the harm index) */
  expected_low?: number | null;
  /** Expected at most: the upper end of the interval of expected harm (unit of the harm index) */
  expected_high?: number | null;
  /** Basis: on what its rank stands: its own excess over chance, that of its neighbourhood, both, or none, which chance can explain */
  basis?: "own" | "neighbourhood" | "both" | "none";
  /** p of its own: how rarely chance puts as much harm on one of its units */
  p_own?: number;
  /** p without the worst: the same without its worst incident */
  p_without_worst?: number;
  /** q of its own: the greater of both p after control of the false discovery rate over all units */
  q_own?: number;
  /** Excess: its harm over what chance alone would put there, in times */
  excess?: number | null;
  /** Months in the top: in how many months of the window, or steps of 28 days, one of its units was among the 1 % of units with most harm; the run tells how many chance alone gives (`own_excess`, `top_by_chance`) */
  months_in_top?: number;
  /** Trend: this window against the one before */
  trend?: Trend | null;
  /** Series: incidents and harm week by week, or month by month */
  series?: Series | null;
  /** Peak: when it happens, by hour of the week, and the two-hour windows that hold more harm than chance would put there */
  peak?: Peak | null;
  /** No peak: why no peak hours are told */
  peak_reason?: "hours_unknown" | "default_times" | "no_clear_peak" | null;
  /** Shared point: coordinate on which most of its incidents or harm lie; none where there is no such one */
  shared_point?: SharedPoint | null;
  /** District: that holds most of its harm */
  district?: string | null;
}

export interface UnitScore {
  /** Unit: cell, street segment or area, as its source names it */
  unit_id: string;
  /** Incidents: how many are used */
  count: number;
  /** Harm: sum of the weights of its incidents (unit of the harm index) */
  harm: number;
  /** z: Getis-Ord Gi* of the unit and its neighbours, in standard deviations */
  z: number;
  /** p: probability of a value at least as extreme by chance, of this unit alone */
  p: number;
  /** q: p after control of the false discovery rate over all units */
  q: number;
  /** Class: by q */
  class: ClassName;
  /** Rank: 1 is the unit with most harm */
  rank: number;
  /** Cumulative share of harm: that units up to this rank hold */
  cumulative_harm_share: number;
  /** Expected harm: in the next four weeks, or the next month, from all incidents that are held (unit of the harm index) */
  expected_harm?: number | null;
  /** Interval of expected harm: that holds the harm to come in 95 of 100 cases; what is expected is a mean, and lies above it where offences are grave and rare; none where it was not asked for (unit of the harm index) */
  expected_interval?: [number, number];
  /** Expected at least: the lower end of the interval of expected harm (unit of the harm index) */
  expected_low?: number | null;
  /** Expected at most: the upper end of the interval of expected harm (unit of the harm index) */
  expected_high?: number | null;
  /** Basis: on what its rank stands: its own excess over chance, that of its neighbourhood, both, or none, which chance can explain */
  basis?: "own" | "neighbourhood" | "both" | "none";
  /** p of its own: how rarely chance puts as much harm on it */
  p_own?: number;
  /** p without the worst: the same without its worst incident */
  p_without_worst?: number;
  /** q of its own: the greater of both p after control of the false discovery rate over all units */
  q_own?: number;
  /** Excess: its harm over what chance alone would put there, in times */
  excess?: number | null;
  /** Months in the top: in how many months of the window, or steps of 28 days, it was among the 1 % of units with most harm; the run tells how many chance alone gives (`own_excess`, `top_by_chance`) */
  months_in_top?: number;
  /** Place: what people call it: the street or area */
  label: string | null;
  /** Area: on the ellipsoid (km2) */
  area_km2?: number;
  /** Length: of street, on the ellipsoid (m) */
  length_m?: number;
  /** Harm density: harm by area (unit of the harm index / km2) */
  harm_per_km2?: number;
  /** Harm density: harm by length (unit of the harm index / 100 m) */
  harm_per_100m?: number;
  /** District: in which it lies */
  district?: string | null;
  /** Residents: how many live there */
  population?: number;
  /** Harm by residents: none where nobody lives (unit of the harm index / 1000 residents) */
  harm_per_1000_residents?: number | null;
  /** Rate: what was tested: the value by its denominator */
  rate?: number;
}

export interface CountRatio {
  ratio: number | null;
  /** Of the ratio; its upper end is null where it is open. */
  interval: [number, number | null];
  confidence: number;
}

export interface HarmRatio {
  ratio: number | null;
  /** Of the ratio; its upper end is null where it is open. */
  interval: [number, number | null];
  confidence: number;
}

export interface ComparedOn {
  members: number;
  count: number | null;
  count_before: number | null;
  harm: number | null;
  harm_before: number | null;
}

export interface ComparedTarget {
  /** Status: what became of it in the list; gone: nothing is left, beyond chance; left: it is not listed now */
  status: "new" | "gone" | "left" | "up" | "down" | "same";
  /** Change: of what it held by the day, beyond chance; none where the runs cannot tell */
  change: "gone" | "fallen" | "risen" | "steady" | "too_little_data" | null;
  /** Rank: in the later list */
  rank: number | null;
  /** Rank before: in the earlier list */
  rank_before: number | null;
  /** Change of rank: below 0 where it moved up */
  rank_change: number | null;
  /** Target: in the later list */
  target_id: string | null;
  /** Target before: in the earlier list */
  target_id_before: string | null;
  /** Place: what people call it: the nearest street or area */
  label: string;
  /** Class: of its unit with the smallest q */
  class?: ClassName;
  /** Unit: kind of the units that it is made of */
  unit: UnitKind;
  /** Resolution: of its H3 cells */
  resolution?: number | null;
  /** Members: ids of its units */
  members: string[];
  /** Overlap: mean of the shares of harm that both targets have in common */
  overlap: number;
  /** Merged from: earlier targets that it took in */
  merged_from: string[];
  /** Merged into: later target that took it in */
  merged_into: string | null;
  /** Split from: earlier target that it was part of */
  split_from: string | null;
  /** Incidents: in the later window, as its list has them */
  count: number | null;
  /** Incidents before: in the earlier window, as its list has them */
  count_before: number | null;
  /** Incidents a day: in the later window */
  count_per_day: number | null;
  /** Incidents a day before: in the earlier window */
  count_per_day_before: number | null;
  /** Ratio of counts: by day, on the same units */
  count_ratio: CountRatio | null;
  /** Harm: in the later window, as its list has it (unit of the harm index) */
  harm: number | null;
  /** Harm before: in the earlier window, as its list has it (unit of the harm index) */
  harm_before: number | null;
  /** Harm a day: in the later window (unit of the harm index / day) */
  harm_per_day: number | null;
  /** Harm a day before: in the earlier window (unit of the harm index / day) */
  harm_per_day_before: number | null;
  /** Ratio of harm: by day, on the same units */
  harm_ratio: HarmRatio | null;
  /** Change of harm: where both runs count alike in windows of one length (unit of the harm index) */
  harm_change: number | null;
  /** Compared on: the units of both targets together, and what they held: what the ratios rest on */
  compared_on: ComparedOn;
  /** Note: what became of it, in plain words */
  note: string;
}

export interface BoundaryArea {
  /** Name: of the area */
  name: string;
}

export interface StreetSegment {
  /** Segment: its id, as units of runs name it */
  segment_id: string;
  /** Name: of the street */
  name: string | null;
  /** Road class: as the source of the network has it */
  road_class: string | null;
  /** Length: on the ellipsoid (m) */
  length_m: number;
  /** Source ids: segments of the source that it stands for; none where the network was not simplified */
  source_ids: string[] | null;
}

export interface TargetFeature {
  type: "Feature";
  id: string;
  geometry: Geometry;
  properties: Target;
  patrol_area?: Geometry;
}

export interface TargetCollection {
  type: "FeatureCollection";
  bbox: Box;
  run: Run;
  features: TargetFeature[];
}

export interface UnitScoreFeature {
  type: "Feature";
  id: string;
  geometry: Geometry;
  properties: UnitScore;
}

export interface UnitScoreCollection {
  type: "FeatureCollection";
  bbox: Box;
  run: Run;
  features: UnitScoreFeature[];
}

export interface ComparedTargetFeature {
  type: "Feature";
  id: string;
  geometry: Geometry;
  properties: ComparedTarget;
}

export interface ComparedTargetCollection {
  type: "FeatureCollection";
  bbox: Box;
  run: Run;
  earlier: Run;
  /** Number of targets by status, and that merged or split. */
  summary: Record<string, number>;
  sentence: string;
  cautions: string[];
  features: ComparedTargetFeature[];
}

export interface BoundaryAreaFeature {
  type: "Feature";
  geometry: Geometry;
  properties: BoundaryArea;
}

export interface BoundaryAreaCollection {
  type: "FeatureCollection";
  features: BoundaryAreaFeature[];
}

export interface StreetSegmentFeature {
  type: "Feature";
  id: string;
  geometry: Geometry;
  properties: StreetSegment;
}

export interface StreetSegmentCollection {
  type: "FeatureCollection";
  features: StreetSegmentFeature[];
}

/** A kind of unit of place. */
export interface Kind {
  /** What people call one, and several. */
  one: string;
  several: string;
  /** What forms call them. */
  choice: string;
  /** What those of a run are, and `many` of them: sentences with the run's parameters. */
  of_run: string;
  counted: string;
  /** The properties that tell its size, and harm by size. */
  size: "area_km2" | "length_m";
  density: "harm_per_km2" | "harm_per_100m";
  shape: "polygon" | "line";
  /** The parameter that names the network or layer whose parts they are. */
  made_of: "network" | "layer" | null;
  /** What one looks like in a square of 14. */
  swatch: string;
}

export const UNIT_KINDS: Record<UnitKind, Kind> = {
  "h3": {
    "one": "cell",
    "several": "cells",
    "choice": "Cells",
    "of_run": "cells of resolution {resolution}",
    "counted": "{many} H3 cells of resolution {resolution}",
    "size": "area_km2",
    "density": "harm_per_km2",
    "shape": "polygon",
    "made_of": null,
    "swatch": "M7 .8 12.4 3.9V10.1L7 13.2 1.6 10.1V3.9Z"
  },
  "segment": {
    "one": "street segment",
    "several": "street segments",
    "choice": "Street segments",
    "of_run": "street segments of {network}",
    "counted": "{many} street segments of the network {network}",
    "size": "length_m",
    "density": "harm_per_100m",
    "shape": "line",
    "made_of": "network",
    "swatch": "M3 13.2 .8 10 11 .8 13.2 4Z"
  },
  "polygon": {
    "one": "area",
    "several": "areas",
    "choice": "Areas of a layer",
    "of_run": "areas of {layer}",
    "counted": "{many} areas of the layer {layer}",
    "size": "area_km2",
    "density": "harm_per_km2",
    "shape": "polygon",
    "made_of": "layer",
    "swatch": "M1.5 3 8 1.2 12.8 5.5 11 12.6 3.2 11.4Z"
  }
};

/** The formats of runs, and what a list of downloads calls them. */
export const FORMATS: { name: string; offer: string }[] = [
  {
    "name": "geojson",
    "offer": "GeoJSON"
  },
  {
    "name": "gpkg",
    "offer": "GeoPackage, styled for QGIS"
  },
  {
    "name": "qgz",
    "offer": "QGIS project"
  },
  {
    "name": "csv",
    "offer": "CSV, for a spreadsheet"
  },
  {
    "name": "kml",
    "offer": "KML, for Google Earth"
  },
  {
    "name": "geoparquet",
    "offer": "GeoParquet"
  },
  {
    "name": "fgb",
    "offer": "FlatGeobuf"
  },
  {
    "name": "json",
    "offer": "The whole answer (JSON)"
  },
  {
    "name": "zip",
    "offer": "All of them (ZIP)"
  }
];
