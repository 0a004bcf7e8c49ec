/** How large things of the ground are on the screen. */

import type { Box, Run } from "../api/types";

/** Metres to a pixel at zoom 0 on the equator: the world is 512 pixels wide there. */
const METRES_AT_ZERO = 78_271.517;
const METRES_PER_DEGREE = 111_195;

const flattened = (latitude: number) => Math.cos((latitude * Math.PI) / 180);

export const metresPerPixel = (zoom: number, latitude: number): number =>
  (METRES_AT_ZERO * flattened(latitude)) / 2 ** zoom;

/** The zoom at which so many pixels show so many metres. */
export const zoomAt = (pixels: number, metres: number, latitude: number): number =>
  Math.log2((pixels * METRES_AT_ZERO * flattened(latitude)) / metres);

export const middleOf = ([, south, , north]: Box): number => (south + north) / 2;

/** A box whose east is beyond 180 where it lies across the antimeridian, as maps have it. */
export const unrolled = ([west, south, east, north]: Box): Box => [
  west,
  south,
  west > east ? east + 360 : east,
  north,
];

/** The square metres that a box covers. */
function areaOf([west, south, east, north]: Box): number {
  const wide = (east - west) * METRES_PER_DEGREE * flattened((south + north) / 2);
  return wide * (north - south) * METRES_PER_DEGREE;
}

/** The square metres of ground for each unit, on average. */
export const groundOf = ({ study_area: { area_km2, bbox, units } }: Run): number =>
  (area_km2 == null ? areaOf(unrolled(bbox)) : area_km2 * 1e6) / Math.max(units, 1);

/**
 * The zoom from which tiles hold every unit; further out, where a tile is too full, those of the
 * least harm are left out.
 */
export function wholeFrom(run: Run, most: number): number {
  if (run.study_area.units <= most) return 0;
  const side = Math.sqrt(groundOf(run) * most);
  return Math.ceil(zoomAt(512, side, middleOf(run.study_area.bbox)));
}

/** The longest round length that fits: 1, 2 or 5 times a power of ten. */
export function roundLength(most_m: number): number {
  const power = 10 ** Math.floor(Math.log10(most_m));
  return [5, 2, 1].map((step) => step * power).find((length) => length <= most_m) ?? power;
}

/** A box with so much of its own size, and so many metres, on every side. */
export function widened([west, south, east, north]: Box, share: number, metres: number): Box {
  const latitude = (south + north) / 2;
  const high = (north - south) * METRES_PER_DEGREE;
  const wide = (east - west) * METRES_PER_DEGREE * flattened(latitude);
  const margin = Math.max(high, wide) * share + metres;
  const [up, aside] = [
    margin / METRES_PER_DEGREE,
    margin / (METRES_PER_DEGREE * flattened(latitude)),
  ];
  return [west - aside, south - up, east + aside, north + up];
}
