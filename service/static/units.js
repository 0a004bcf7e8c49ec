// Draws up to a hundred thousand units on a canvas: only those in view, small ones as squares.

import { boxOf } from "./projection.js";

/** @typedef {import("./types.js").Score} Score */
/** @typedef {import("./types.js").Position} Position */
/** @typedef {import("./projection.js").Projection} Projection */
/** @typedef {import("./view.js").View} View */
/** @typedef {import("./shading.js").Shading} Shading */

const SQUARE_BELOW_PX = 4;
const EDGES_FROM_PX = 9;
const BATCH = 1_000; // units to a path: longer paths take more than their share of time

export class Units {
  /**
   * @param {import("./types.js").Feature<Score>[]} features
   * @param {Projection} projection
   */
  constructor(features, projection) {
    this.scores = features.map((feature) => feature.properties);
    /** @type {Float32Array[]} each unit's outer rings, x and y in turn */
    this.rings = [];
    this.boxes = new Float32Array(features.length * 4);
    let width = 0;
    features.forEach((feature, at) => {
      const rings = projection.rings(feature.geometry);
      this.rings.push(Float32Array.from(rings[0].flat()));
      const box = boxOf(rings);
      this.boxes.set(box, at * 4);
      width += box[2] - box[0];
    });
    this.width_m = features.length ? width / features.length : 1;
    this.steps = new Uint8Array(features.length);
    /** @type {number[][]} units by step */
    this.byStep = [];
  }

  /** @param {Shading} shading */
  shade(shading) {
    this.byStep = shading.steps.map(() => []);
    this.scores.forEach((score, at) => this.byStep[shading.stepOf(score)].push(at));
  }

  /**
   * @param {CanvasRenderingContext2D} context in CSS pixels
   * @param {View} view
   * @param {string[]} colours of the steps
   * @param {string} edge
   */
  draw(context, view, colours, edge) {
    const size = this.width_m * view.scale;
    this.byStep.forEach((units, step) => {
      const seen = units.filter((at) => this.inView(at, view));
      context.fillStyle = colours[step];
      if (size < SQUARE_BELOW_PX) this.squares(context, view, seen);
      else {
        context.strokeStyle = size < EDGES_FROM_PX ? colours[step] : edge;
        context.lineWidth = size < EDGES_FROM_PX ? 0.6 : 1;
        for (let from = 0; from < seen.length; from += BATCH) {
          this.outlines(context, view, seen.slice(from, from + BATCH));
        }
      }
    });
  }

  /** Return the unit at a place of the plane. @param {Position} at @returns {Score | undefined} */
  at([x, y]) {
    const found = this.rings.findIndex((ring, unit) => {
      const [left, top, right, bottom] = this.boxes.subarray(unit * 4, unit * 4 + 4);
      return x >= left && x <= right && y >= top && y <= bottom && within(ring, x, y);
    });
    return this.scores[found];
  }

  /** @param {number} at @param {View} view */
  inView(at, view) {
    const [left, top] = view.toPlane([0, 0]);
    const [right, bottom] = view.toPlane([view.width, view.height]);
    const box = at * 4;
    return (
      this.boxes[box + 2] >= left &&
      this.boxes[box] <= right &&
      this.boxes[box + 3] >= top &&
      this.boxes[box + 1] <= bottom
    );
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view @param {number[]} units */
  squares(context, view, units) {
    for (const at of units) {
      const [left, top] = view.toScreen([this.boxes[at * 4], this.boxes[at * 4 + 1]]);
      const [right, bottom] = view.toScreen([this.boxes[at * 4 + 2], this.boxes[at * 4 + 3]]);
      context.fillRect(left, top, right - left + 0.3, bottom - top + 0.3);
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view @param {number[]} units */
  outlines(context, view, units) {
    const dx = view.width / 2 - view.x * view.scale;
    const dy = view.height / 2 - view.y * view.scale;
    context.beginPath();
    for (const at of units) {
      const ring = this.rings[at];
      context.moveTo(ring[0] * view.scale + dx, ring[1] * view.scale + dy);
      for (let i = 2; i < ring.length; i += 2) {
        context.lineTo(ring[i] * view.scale + dx, ring[i + 1] * view.scale + dy);
      }
      context.closePath();
    }
    context.fill();
    context.stroke();
  }
}

/** Tell whether a point is inside a ring. @param {Float32Array} ring @param {number} x @param {number} y */
function within(ring, x, y) {
  let inside = false;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    const [x1, y1, x2, y2] = [ring[i], ring[i + 1], ring[j], ring[j + 1]];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}
