// Draws up to a hundred thousand units on a canvas: cells and areas are filled, streets are lines.

import { isLinear } from "./projection.js";
import { Shapes } from "./shapes.js";

/** @typedef {import("./types.js").Score} Score */
/** @typedef {import("./types.js").Position} Position */
/** @typedef {import("./projection.js").Projection} Projection */
/** @typedef {import("./view.js").View} View */
/** @typedef {import("./shading.js").Shading} Shading */

const SQUARE_BELOW_PX = 4;
const EDGES_FROM_PX = 9;
const REACH_PX = 7; // around a street, that the pointer may find it

/** Width of a street: as on the ground, but within these pixels, so that it can be seen. */
const STREET_WIDTH = { metres: 9, least: 0.7, most: 5 };

export class Units {
  /**
   * @param {import("./types.js").Feature<Score>[]} features
   * @param {Projection} projection
   */
  constructor(features, projection) {
    this.scores = features.map((feature) => feature.properties);
    this.linear = features.length > 0 && isLinear(features[0].geometry);
    this.shapes = new Shapes(
      features.map((feature) => feature.geometry),
      projection,
    );
    this.width_m = this.shapes.width_m;
    /** @type {number[][]} units by step */
    this.byStep = [];
    /** @type {number[]} how much wider than others the streets of a step are drawn */
    this.weights = [];
  }

  /** @param {Shading} shading */
  shade(shading) {
    this.weights = shading.steps.map((step) => step.weight);
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
    const steps = this.byStep.map((units, step) => ({
      step,
      seen: this.shapes.inView(units, view),
    }));
    // What stands out lies above what does not.
    steps.sort((a, b) => this.weights[a.step] - this.weights[b.step]);
    for (const { step, seen } of steps) {
      if (this.linear) this.lines(context, view, seen, colours[step], this.weights[step]);
      else this.areas(context, view, seen, colours[step], edge);
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {View} view
   * @param {number[]} seen
   * @param {string} colour
   * @param {number} weight
   */
  lines(context, view, seen, colour, weight) {
    const { metres, least, most } = STREET_WIDTH;
    context.strokeStyle = colour;
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = Math.min(Math.max(metres * view.scale, least), most) * weight;
    this.shapes.trace(context, view, seen, false, () => context.stroke());
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {View} view
   * @param {number[]} seen
   * @param {string} colour
   * @param {string} edge
   */
  areas(context, view, seen, colour, edge) {
    const size = this.width_m * view.scale;
    context.fillStyle = colour;
    if (size < SQUARE_BELOW_PX) return this.squares(context, view, seen);
    context.strokeStyle = size < EDGES_FROM_PX ? colour : edge;
    context.lineWidth = size < EDGES_FROM_PX ? 0.6 : 1;
    this.shapes.trace(context, view, seen, true, () => {
      context.fill("evenodd");
      context.stroke();
    });
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view @param {number[]} seen */
  squares(context, view, seen) {
    const { boxes } = this.shapes;
    for (const at of seen) {
      const [left, top] = view.toScreen([boxes[at * 4], boxes[at * 4 + 1]]);
      const [right, bottom] = view.toScreen([boxes[at * 4 + 2], boxes[at * 4 + 3]]);
      context.fillRect(left, top, right - left + 0.3, bottom - top + 0.3);
    }
  }

  /**
   * Return the unit at a place of the plane.
   * @param {Position} place
   * @param {View} view
   * @returns {Score | undefined}
   */
  at(place, view) {
    const found = this.linear
      ? this.shapes.nearest(place, REACH_PX / view.scale)
      : this.shapes.holding(place);
    return this.scores[found];
  }
}
