// Lays longitude and latitude flat: metres east and south of a city's middle, true at its latitude.

/** @typedef {import("./types.js").Box} Box */
/** @typedef {import("./types.js").Areal} Areal */
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

  /** @param {Areal} geometry @returns {Position[][]} the rings, flat */
  rings(geometry) {
    const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    return polygons.flat().map((ring) => ring.map((position) => this.flat(position)));
  }
}

/**
 * Return the box around flat rings.
 * @param {Position[][]} rings
 * @returns {Box}
 */
export function boxOf(rings) {
  /** @type {Box} */
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of rings.flat()) {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
  return box;
}

/**
 * Write flat rings as the `d` of an SVG path.
 * @param {Position[][]} rings
 */
export const pathOf = (rings) =>
  rings
    .map((ring) => `M${ring.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L")}Z`)
    .join("");
