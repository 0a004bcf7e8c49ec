/** The shapes of what the service sends: see the API's own description at /docs. */

export type Box = [west: number, south: number, east: number, north: number];
export type UnitKind = "h3" | "segment" | "polygon";
export type ClassName =
  | "hot_99"
  | "hot_95"
  | "hot_90"
  | "not_significant"
  | "cold_90"
  | "cold_95"
  | "cold_99";

export interface Trend {
  previous_from: string;
  previous_to: string;
  previous_count: number;
  previous_harm: number;
  ratio: number | null;
  interval: [low: number, high: number | null];
  confidence: number;
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
}

/** How count and harm of a target went; the window begins at `window_from`. */
export interface Series {
  step: "week" | "month";
  window_from: string;
  from: string[];
  count: number[];
  harm: number[];
}

export interface Target {
  rank: number;
  target_id: string;
  unit: UnitKind;
  resolution: number | null;
  members: string[];
  area_km2?: number;
  length_m?: number;
  harm_per_km2?: number;
  harm_per_100m?: number;
  count: number;
  harm: number;
  harm_share: number;
  count_share: number;
  z_max: number;
  p_min: number;
  q_min: number;
  class: ClassName;
  offences: Record<string, number>;
  harm_by_offence: Record<string, number>;
  dominance: number;
  effective_incidents: number;
  trend: Trend | null;
  peak: Peak | null;
  /** Runs stored before it was computed have none. */
  series?: Series | null;
  district?: string | null;
  label: string;
  note: string;
}

export interface Parameters {
  unit: UnitKind;
  resolution: number | null;
  network: string | null;
  layer: string | null;
  districts: string | null;
  index: string;
  study_area: string | null;
  from: string;
  to: string;
  sources: string[] | null;
  offences: string[] | null;
  value?: "harm" | "count";
  top?: number | null;
  [name: string]: unknown;
}

export interface StudyArea {
  name: string | null;
  version: number | null;
  units: number;
  area_km2?: number;
  length_km?: number;
  bbox: Box;
  fallback: string | null;
}

/** What an answer rests on: the foreign member `run` of every collection. */
export interface Run {
  id: string;
  process: string;
  parameters: Parameters;
  window: { from: string; to: string; days: number; time_zones: string[] };
  study_area: StudyArea;
  references?: Record<string, { name: string; version: number }>;
  harm_index: {
    name: string;
    version: string;
    title: string;
    unit: string;
    citation: string | null;
  };
  sources: string[];
  data_version: number;
  software_version: string;
  seed: number;
  incidents: {
    in_window: number;
    used: number;
    outside: number;
    excluded: Record<string, number>;
    unmapped: Record<string, number>;
  };
  inference: Record<string, unknown> | null;
  warnings: string[];
  message?: string | null;
}

export interface RunSummary {
  id: string;
  process: string;
  created_at: string;
  parameters: Parameters;
  data_version: number;
  software_version: string;
  provenance: Record<string, unknown>;
  result: Record<string, unknown>;
}

export interface TargetFeature {
  type: "Feature";
  id?: string;
  geometry: GeoJSON.Geometry;
  properties: Target;
  /** To patrol around it, where the run was asked for such areas. */
  patrol_area?: GeoJSON.Geometry | null;
}

export interface TargetCollection {
  type: "FeatureCollection";
  bbox: Box;
  run: Run;
  features: TargetFeature[];
}

export type JobStatus = "accepted" | "running" | "successful" | "failed" | "dismissed";

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: { where: string; message: string }[];
}

export interface Job {
  id: string;
  process: string;
  parameters: Record<string, unknown>;
  status: JobStatus;
  /** Percent; it never falls. */
  progress: number;
  message: string;
  run_id: string | null;
  problem: Problem | null;
  created_at: string;
}

/** What this installation offers. */
export interface Installation {
  agency: string;
  version: string;
  basemap: { kind: "none" | "raster" | "pmtiles"; url: string | null; attribution: string };
  /** Whether incidents may be shown, as a density. */
  incidents: boolean;
  max_upload_mb: number;
}
