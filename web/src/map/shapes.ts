/** Where shapes lie: their box, and the point at which a pin stands. */

import type { Box } from "../api/types";

type Position = GeoJSON.Position;

export const isLinear = ({ type }: GeoJSON.Geometry): boolean =>
  type === "LineString" || type === "MultiLineString";

/** The rings or lines of a geometry. */
export function pathsOf(geometry: GeoJSON.Geometry): Position[][] {
  switch (geometry.type) {
    case "LineString":
      return [geometry.coordinates];
    case "MultiLineString":
    case "Polygon":
      return geometry.coordinates;
    case "MultiPolygon":
      return geometry.coordinates.flat();
    case "GeometryCollection":
      return geometry.geometries.flatMap(pathsOf);
    default:
      return [];
  }
}

/** Its east is beyond 180 where the geometry lies on both sides of the antimeridian. */
export function boxOf(geometry: GeoJSON.Geometry): Box {
  const box = boundsOf(geometry, (x) => x);
  return box[2] - box[0] > 180 ? boundsOf(geometry, (x) => (x < 0 ? x + 360 : x)) : box;
}

function boundsOf(geometry: GeoJSON.Geometry, placed: (x: number) => number): Box {
  const box: Box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [longitude = 0, y = 0] of pathsOf(geometry).flat()) {
    const x = placed(longitude);
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
  return box;
}

/** Where the pin of a target stands: in the middle of its first ring, or on its street. */
export function pinPlace(geometry: GeoJSON.Geometry): [number, number] {
  const paths = pathsOf(geometry);
  return isLinear(geometry) ? midpointOf(paths, boxOf(geometry)) : centroidOf(paths[0] ?? []);
}

/** The centre of gravity of a ring. */
function centroidOf(ring: Position[]): [number, number] {
  const [originX = 0, originY = 0] = ring[0] ?? [];
  let [area, x, y] = [0, 0, 0];
  // Near the ring, so that nothing is lost in large products.
  const near = ring.map(([x = 0, y = 0]): [number, number] => [x - originX, y - originY]);
  near.slice(1).forEach(([x2, y2], at) => {
    const [x1, y1] = near[at] ?? [0, 0];
    const cross = x1 * y2 - x2 * y1;
    area += cross;
    x += (x1 + x2) * cross;
    y += (y1 + y2) * cross;
  });
  return area ? [originX + x / (3 * area), originY + y / (3 * area)] : [originX, originY];
}

/** The place on some lines that is nearest to the middle of all, side by side. */
function midpointOf(lines: Position[][], [west, south, east, north]: Box): [number, number] {
  const flat = Math.cos((((south + north) / 2) * Math.PI) / 180);
  let best: [number, number] = [(west + east) / 2, (south + north) / 2];
  let least = Infinity;
  for (const line of lines) {
    line.slice(1).forEach(([x2 = 0, y2 = 0], at) => {
      const [x1 = 0, y1 = 0] = line[at] ?? [];
      const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
      const away = Math.hypot((x - (west + east) / 2) * flat, y - (south + north) / 2);
      if (away < least) [best, least] = [[x, y], away];
    });
  }
  return best;
}
