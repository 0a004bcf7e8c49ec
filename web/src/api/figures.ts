/** A run as it is told: in words, and in the figures that its analysis declares. */

import { get } from "./http";
import type { Places } from "./types";

export type Reads = "text" | "day" | "whole" | "number" | "harm" | "share" | "chance";
/** From, to; null: open there. */
export type Interval = [low: number | null, high: number | null];
export type Cell = string | number | Interval | null;

/** A column of a table, or the quantity along an axis. */
export interface Column {
  name: string;
  title: string;
  reads: Reads;
  interval: boolean;
  /** What it holds, where the title does not say it. */
  description: string;
  /** Whether it may be folded away where there is little room. */
  folded: boolean;
}

interface Declared {
  name: string;
  title: string;
  /** What it shows, in a sentence. */
  description: string;
}

export interface TableFigure extends Declared {
  kind: "table";
  columns: Column[];
  rows: Cell[][];
}

export interface BarsFigure extends Declared {
  kind: "bars";
  of: Column;
  value: Column;
  bars: [name: string, value: number | null, interval: Interval | null][];
}

/** A line; null: not known there. */
export interface Course {
  name: string;
  title: string;
  values: (number | null)[];
  low: (number | null)[] | null;
  high: (number | null)[] | null;
}

export interface LineFigure extends Declared {
  kind: "line";
  across: Column;
  up: Column;
  /** Numbers, or days. */
  at: (number | string)[];
  lines: Course[];
}

export interface StripFigure extends Declared {
  kind: "heat_strip";
  down: Column;
  across: Column;
  value: Column;
  rows: string[];
  columns: string[];
  values: (number | null)[][];
}

export interface LayerFigure extends Declared {
  kind: "layer";
  shape: "line" | "polygon";
  columns: Column[];
  places: { geometry: GeoJSON.Geometry; values: Cell[] }[];
}

export type Figure = TableFigure | BarsFigure | LineFigure | StripFigure | LayerFigure;

/** How good such lists were on what came after, as far as that is known. */
export interface Test {
  status: "computed" | "queued" | "running" | "failed" | "none" | "impossible" | "outdated";
  /** The run that tells it; null where none can. */
  href: string | null;
  page: string | null;
  job: string | null;
  /** The verdict, or why there is none and how to get it. */
  words: string;
}

export interface Told {
  id: string;
  process: string;
  process_title: string;
  headline: string;
  question: string;
  /** The places that the run stored. */
  places: Places[];
  /** What is told of each of its units. */
  unit_properties: string[];
  figures: Figure[];
  /** Layers that the map shows, and no file holds. */
  on_map: LayerFigure[];
  /** The formats in which it comes as a file. */
  formats: string[];
  /** Of a list of targets alone. */
  backtest?: Test | null;
}

export const told = (run: string, signal?: AbortSignal) =>
  get<Told>(`api/v1/runs/${encodeURIComponent(run)}/figures`, signal);

export const layersOf = ({ figures, on_map }: Told): LayerFigure[] => [
  ...figures.filter((one) => one.kind === "layer"),
  ...on_map,
];
