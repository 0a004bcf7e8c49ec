/** Pieces of style that several layers share. */

import type { ExpressionSpecification } from "maplibre-gl";

/** The fonts of the reader's system: none is fetched. */
export const FONT = ["system-ui", "DejaVu Sans", "sans-serif"];

export const whenState = <T extends string | number>(
  state: string,
  then: T,
  otherwise: T | ExpressionSpecification,
): ExpressionSpecification =>
  [
    "case",
    ["boolean", ["feature-state", state], false],
    then,
    otherwise,
  ] as unknown as ExpressionSpecification;

/** One value further out than a zoom, another from there on. */
export const from = (
  zoom: number,
  before: string | number | ExpressionSpecification,
  after: string | number | ExpressionSpecification,
): ExpressionSpecification =>
  ["step", ["zoom"], before, zoom, after] as unknown as ExpressionSpecification;

/** From one zoom to another, as something on the ground grows. */
export const growing = (
  zoom: number,
  least: number | ExpressionSpecification,
  zoomOfMost: number,
  most: number | ExpressionSpecification,
): ExpressionSpecification =>
  [
    "interpolate",
    ["exponential", 2],
    ["zoom"],
    zoom,
    least,
    zoomOfMost,
    most,
  ] as unknown as ExpressionSpecification;
