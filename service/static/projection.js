// Lays longitude and latitude flat: metres east and south of a city's middle, true at its latitude.

/** @typedef {import("./types.js").Box} Box */
/** @typedef {import("./types.js").Geometry} Geometry */
/** @typedef {import("./types.js").Position} Position */

const METRES_PER_DEGREE = (Math.PI / 180) * 6_371_008.8;

export class Projection {
  /** @param {Box} box */
  constructor([west, south, east, north]) {
    this.longitude = (west + east) / 2;
    this.latitude = (south + north) / 2;
    this.perLongitude = METRES_PER_DEGREE * Math.cos((this.latitude * Math.PI) / 180);
  }

  /** @param {Position} position @returns {Position} */
  flat([longitude, latitude]) {
    return [
      (longitude - this.longitude) * this.perLongitude,
      (this.latitude - latitude) * METRES_PER_DEGREE,
    ];
  }
}

/** Tell whether a geometry is made of lines, not of rings. @param {Geometry} geometry */
export const isLinear = ({ type }) => type === "LineString" || type === "MultiLineString";

/**
 * Return the rings or lines of a geometry, flat.
 * @param {Geometry} geometry
 * @param {Projection} projection
 * @returns {Position[][]}
 */
export function pathsOf(geometry, projection) {
  const paths =
    geometry.type === "LineString"
      ? [geometry.coordinates]
      : geometry.type === "MultiPolygon"
        ? geometry.coordinates.flat()
        : geometry.coordinates;
  return paths.map((path) => path.map((position) => projection.flat(position)));
}

/**
 * Return the box around flat rings or lines.
 * @param {Position[][]} paths
 * @returns {Box}
 */
export function boxOf(paths) {
  /** @type {Box} */
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of paths.flat()) {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
  return box;
}

/**
 * Write flat rings, or lines, as the `d` of an SVG path.
 * @param {Position[][]} paths
 * @param {boolean} [linear]
 */
export const drawnPath = (paths, linear = false) =>
  paths
    .map((path) => `M${path.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L")}`)
    .map((path) => (linear ? path : `${path}Z`))
    .join("");
