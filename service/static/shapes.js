// Holds many shapes on the plane in a few flat arrays, and finds, traces and measures them there.

import { pathsOf } from "./projection.js";

/** @typedef {import("./types.js").Geometry} Geometry */
/** @typedef {import("./types.js").Position} Position */
/** @typedef {import("./projection.js").Projection} Projection */
/** @typedef {import("./view.js").View} View */

const BATCH = 1_000; // shapes to a path: longer paths take more than their share of time
const NEAR_PX = 0.8; // corners nearer than this to the last are not seen

export class Shapes {
  /**
   * @param {Geometry[]} geometries
   * @param {Projection} projection
   */
  constructor(geometries, projection) {
    /** @type {Position[][][]} */
    const all = geometries.map((geometry) => pathsOf(geometry, projection));
    const paths = all.flat();
    this.length = geometries.length;
    /** First path of each shape, and one more. */
    this.firstPath = running(all.map((of) => of.length));
    /** First corner of each path, and one more. */
    this.firstCorner = running(paths.map((path) => path.length));
    this.corners = new Float32Array(this.firstCorner[paths.length] * 2);
    paths.forEach((path, at) => this.corners.set(path.flat(), this.firstCorner[at] * 2));
    this.boxes = new Float32Array(this.length * 4);
    for (let at = 0; at < this.length; at += 1) this.boxes.set(this.boxAround(at), at * 4);
  }

  /** @param {number} shape */
  boxAround(shape) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    const end = this.firstCorner[this.firstPath[shape + 1]];
    for (let at = this.firstCorner[this.firstPath[shape]]; at < end; at += 1) {
      const [x, y] = [this.corners[2 * at], this.corners[2 * at + 1]];
      if (x < box[0]) box[0] = x;
      if (y < box[1]) box[1] = y;
      if (x > box[2]) box[2] = x;
      if (y > box[3]) box[3] = y;
    }
    return box;
  }

  /** Mean width of the shapes, metres. */
  get width_m() {
    let sum = 0;
    for (let at = 0; at < this.length; at += 1) sum += this.boxes[at * 4 + 2] - this.boxes[at * 4];
    return this.length ? sum / this.length : 1;
  }

  /** Return those of some shapes that a view shows. @param {number[]} shapes @param {View} view */
  inView(shapes, view) {
    const [left, top] = view.toPlane([0, 0]);
    const [right, bottom] = view.toPlane([view.width, view.height]);
    const { boxes } = this;
    return shapes.filter(
      (at) =>
        boxes[at * 4 + 2] >= left &&
        boxes[at * 4] <= right &&
        boxes[at * 4 + 3] >= top &&
        boxes[at * 4 + 1] <= bottom,
    );
  }

  /**
   * Trace shapes as paths, and let each path be painted.
   * @param {CanvasRenderingContext2D} context
   * @param {View} view
   * @param {number[]} shapes
   * @param {boolean} closed
   * @param {() => void} paint
   */
  trace(context, view, shapes, closed, paint) {
    const [dx, dy] = view.toScreen([0, 0]);
    for (let from = 0; from < shapes.length; from += BATCH) {
      context.beginPath();
      for (const shape of shapes.slice(from, from + BATCH)) {
        const end = this.firstPath[shape + 1];
        for (let path = this.firstPath[shape]; path < end; path += 1) {
          this.tracePath(context, path, view.scale, dx, dy);
          if (closed) context.closePath();
        }
      }
      paint();
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} path
   * @param {number} scale
   * @param {number} dx
   * @param {number} dy
   */
  tracePath(context, path, scale, dx, dy) {
    const { corners } = this;
    const last = this.firstCorner[path + 1] - 1;
    let [x, y] = [Infinity, Infinity];
    for (let at = this.firstCorner[path]; at <= last; at += 1) {
      const [nextX, nextY] = [corners[2 * at] * scale + dx, corners[2 * at + 1] * scale + dy];
      if (x === Infinity) context.moveTo(nextX, nextY);
      else if (at === last || Math.abs(nextX - x) > NEAR_PX || Math.abs(nextY - y) > NEAR_PX) {
        context.lineTo(nextX, nextY);
      } else continue;
      [x, y] = [nextX, nextY];
    }
  }

  /** Return the first shape that holds a place, or -1. @param {Position} place */
  holding([x, y]) {
    for (let at = 0; at < this.length; at += 1) {
      if (this.near(at, x, y, 0) && this.holds(at, x, y)) return at;
    }
    return -1;
  }

  /** Return the shape nearest to a place, or -1. @param {Position} place @param {number} reach_m */
  nearest([x, y], reach_m) {
    let [found, least] = [-1, reach_m ** 2];
    for (let at = 0; at < this.length; at += 1) {
      if (!this.near(at, x, y, reach_m)) continue;
      const distance = this.squaredDistance(at, x, y);
      if (distance < least) [found, least] = [at, distance];
    }
    return found;
  }

  /** @param {number} shape @param {number} x @param {number} y @param {number} reach_m */
  near(shape, x, y, reach_m) {
    const { boxes } = this;
    return (
      x >= boxes[shape * 4] - reach_m &&
      x <= boxes[shape * 4 + 2] + reach_m &&
      y >= boxes[shape * 4 + 1] - reach_m &&
      y <= boxes[shape * 4 + 3] + reach_m
    );
  }

  /**
   * Tell whether a place is inside a shape, and not in a hole.
   * @param {number} shape
   * @param {number} x
   * @param {number} y
   */
  holds(shape, x, y) {
    let inside = false;
    this.eachSide(shape, (x1, y1, x2, y2) => {
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
    });
    return inside;
  }

  /** @param {number} shape @param {number} x @param {number} y */
  squaredDistance(shape, x, y) {
    let least = Infinity;
    this.eachSide(shape, (x1, y1, x2, y2) => {
      const [dx, dy] = [x2 - x1, y2 - y1];
      const along = ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1);
      const at = Math.min(Math.max(along, 0), 1);
      least = Math.min(least, (x1 + at * dx - x) ** 2 + (y1 + at * dy - y) ** 2);
    });
    return least;
  }

  /**
   * @param {number} shape
   * @param {(x1: number, y1: number, x2: number, y2: number) => void} tell
   */
  eachSide(shape, tell) {
    const { corners } = this;
    for (let path = this.firstPath[shape]; path < this.firstPath[shape + 1]; path += 1) {
      const end = this.firstCorner[path + 1];
      for (let at = this.firstCorner[path] + 1; at < end; at += 1) {
        const i = 2 * at;
        tell(corners[i - 2], corners[i - 1], corners[i], corners[i + 1]);
      }
    }
  }
}

/**
 * Return where each of some lengths begins, and where the last one ends.
 * @param {number[]} lengths
 */
function running(lengths) {
  const starts = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, at) => {
    starts[at + 1] = starts[at] + length;
  });
  return starts;
}
