/** The shapes of what the service sends: see the API's own description at /docs. */

import type { Parameters } from "./generated";

export type {
  Box,
  ClassName,
  Parameters,
  Peak,
  PeakWindow,
  Run,
  Series,
  StudyArea,
  Target,
  TargetCollection,
  TargetFeature,
  Trend,
  UnitKind,
} from "./generated";

/** Rows that a run can store: ranked targets, and every unit of place with its statistic. */
export type Places = "targets" | "units";

export interface RunSummary {
  id: string;
  process: string;
  created_at: string;
  parameters: Parameters;
  data_version: number;
  software_version: string;
  provenance: Record<string, unknown>;
  result: Record<string, unknown>;
  process_title: string;
  headline: string;
  /** The places that runs of its process store. */
  places: Places[];
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
  /** How answers are written: what is asked for with it, and can never change, may be kept. */
  representation: string;
}
