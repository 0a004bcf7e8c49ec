// Keeps a picture of the ground wider than the view, so that a moved view need not draw it again.

import { View } from "./view.js";

/** @typedef {(context: CanvasRenderingContext2D, view: View) => void} Draw */

const MARGIN = 0.3; // of the view's size, on each side
const CHEAP_MS = 8; // a picture that is drawn within this is drawn again for every change of scale
const SETTLE_MS = 90; // until then a dear picture is stretched while the reader zooms

export class Raster {
  /** @param {Draw} drawGround @param {() => void} again asks for the next frame */
  constructor(drawGround, again) {
    this.drawGround = drawGround;
    this.again = again;
    this.canvas = document.createElement("canvas");
    this.frame = new View(() => {});
    this.fresh = false;
    this.cost_ms = 0;
    this.settling = 0;
  }

  /** What the picture shows has changed. */
  discard() {
    this.fresh = false;
  }

  /** @param {CanvasRenderingContext2D} context in device pixels @param {View} view */
  paint(context, view) {
    const stretched = this.fresh && this.frame.scale !== view.scale;
    clearTimeout(this.settling);
    if (stretched && this.cost_ms > CHEAP_MS) {
      this.settling = window.setTimeout(() => {
        this.discard();
        this.again();
      }, SETTLE_MS);
    } else if (stretched || !this.fresh || !this.covers(view)) this.draw(view);
    const ratio = devicePixelRatio;
    const [left, top] = view.toScreen(this.frame.toPlane([0, 0]));
    const size = view.scale / this.frame.scale;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(
      this.canvas,
      Math.round(left * ratio),
      Math.round(top * ratio),
      this.canvas.width * size,
      this.canvas.height * size,
    );
  }

  /** @param {View} view */
  covers(view) {
    const [left, top] = this.frame.toScreen(view.toPlane([0, 0]));
    const [right, bottom] = this.frame.toScreen(view.toPlane([view.width, view.height]));
    return left >= 0 && top >= 0 && right <= this.frame.width && bottom <= this.frame.height;
  }

  /** @param {View} view */
  draw(view) {
    const ratio = devicePixelRatio;
    const began = performance.now();
    this.canvas.width = Math.round(view.width * (1 + 2 * MARGIN) * ratio);
    this.canvas.height = Math.round(view.height * (1 + 2 * MARGIN) * ratio);
    const { x, y, scale } = view;
    const [width, height] = [this.canvas.width / ratio, this.canvas.height / ratio];
    Object.assign(this.frame, { x, y, scale, width, height });
    const context = this.canvas.getContext("2d");
    if (!context) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.drawGround(context, this.frame);
    this.fresh = true;
    this.cost_ms = performance.now() - began;
  }
}
