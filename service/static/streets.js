// Draws the streets of a network over cells and areas, so that people know where they are.

import { Shapes } from "./shapes.js";

/** @typedef {import("./types.js").Street} Street */
/** @typedef {import("./projection.js").Projection} Projection */
/** @typedef {import("./view.js").View} View */

/** Classes of roads that lead through a town, as most sources call them. */
const MAIN = /motorway|trunk|primary|secondary|^a road|^b road/i;
const ALL_FROM_SCALE = 0.09; // pixels per metre: below it small streets would cover the cells
const WIDTH_PX = { main: 1.5, small: 0.8 };

export class Streets {
  /**
   * @param {import("./types.js").Feature<Street>[]} features
   * @param {Projection} projection
   */
  constructor(features, projection) {
    this.shapes = new Shapes(
      features.map((feature) => feature.geometry),
      projection,
    );
    /** @type {number[]} */
    this.main = [];
    /** @type {number[]} */
    this.small = [];
    features.forEach(({ properties }, at) => {
      (MAIN.test(properties.road_class ?? "") ? this.main : this.small).push(at);
    });
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view @param {string} colour */
  draw(context, view, colour) {
    context.strokeStyle = colour;
    context.lineCap = context.lineJoin = "round";
    const closer = Math.min(Math.max(view.scale / 0.3, 0.7), 2.2);
    for (const kind of /** @type {const} */ (["small", "main"])) {
      if (kind === "small" && view.scale < ALL_FROM_SCALE) continue;
      context.lineWidth = WIDTH_PX[kind] * closer;
      const seen = this.shapes.inView(this[kind], view);
      this.shapes.trace(context, view, seen, false, () => context.stroke());
    }
  }
}
