// What part of the plane is seen: a centre in metres and a scale in pixels per metre.

/** @typedef {import("./types.js").Box} Box */
/** @typedef {import("./types.js").Position} Position */
/** @typedef {{x: number, y: number, scale: number}} Frame */

const MAX_SCALE = 4; // pixels per metre: closer than this, a patrol target fills the screen
const GLIDE_MS = 320;

export class View {
  /** @param {() => void} changed called once a frame at most */
  constructor(changed) {
    this.x = 0;
    this.y = 0;
    this.scale = 1;
    this.width = 1;
    this.height = 1;
    this.minScale = 0.001;
    this.moved = false; // by the reader, or to a target: away from the whole
    this.changed = changed;
    this.asked = 0;
    this.gliding = 0;
  }

  /** @param {Position} at @returns {Position} */
  toScreen([x, y]) {
    return [
      (x - this.x) * this.scale + this.width / 2,
      (y - this.y) * this.scale + this.height / 2,
    ];
  }

  /** @param {Position} pixel @returns {Position} */
  toPlane([px, py]) {
    return [
      (px - this.width / 2) / this.scale + this.x,
      (py - this.height / 2) / this.scale + this.y,
    ];
  }

  /** @param {number} width @param {number} height */
  resize(width, height) {
    this.width = width;
    this.height = height;
    this.ask();
  }

  /** @param {number} dx @param {number} dy pixels the content moves */
  pan(dx, dy) {
    this.stop();
    this.moved = true;
    this.x -= dx / this.scale;
    this.y -= dy / this.scale;
    this.ask();
  }

  /** @param {number} factor @param {Position} [pixel] what stays where it is */
  zoom(factor, pixel = [this.width / 2, this.height / 2]) {
    this.stop();
    this.moved = true;
    const [x, y] = this.toPlane(pixel);
    this.scale = this.allowed(this.scale * factor);
    const [nowX, nowY] = this.toPlane(pixel);
    this.x += x - nowX;
    this.y += y - nowY;
    this.ask();
  }

  /**
   * Return the frame that shows a box whole.
   * @param {Box} box
   * @param {Position} [padding] pixels at either side, and above and below
   * @returns {Frame}
   */
  around([left, top, right, bottom], [aside, above] = [0, 0]) {
    const scale = Math.min(
      Math.max(this.width - 2 * aside, 50) / Math.max(right - left, 1),
      Math.max(this.height - 2 * above, 50) / Math.max(bottom - top, 1),
    );
    return { x: (left + right) / 2, y: (top + bottom) / 2, scale: Math.min(scale, MAX_SCALE) };
  }

  /** @param {Frame} frame */
  jump({ x, y, scale }) {
    this.stop();
    Object.assign(this, { x, y, scale: this.allowed(scale) });
    this.ask();
  }

  /** Move smoothly, or at once for those who asked for less motion. @param {Frame} frame */
  glide(frame) {
    this.stop();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.jump(frame);
    const from = { x: this.x, y: this.y, scale: this.scale };
    const target = this.allowed(frame.scale);
    const began = performance.now();
    const step = (/** @type {number} */ now) => {
      const done = Math.min(Math.max((now - began) / GLIDE_MS, 0), 1);
      const eased = 1 - (1 - done) ** 3;
      this.x = from.x + (frame.x - from.x) * eased;
      this.y = from.y + (frame.y - from.y) * eased;
      this.scale = from.scale * (target / from.scale) ** eased;
      this.gliding = done < 1 ? requestAnimationFrame(step) : 0;
      this.ask();
    };
    this.gliding = requestAnimationFrame(step);
  }

  stop() {
    cancelAnimationFrame(this.gliding);
    this.gliding = 0;
  }

  /** @param {number} scale */
  allowed(scale) {
    return Math.min(Math.max(scale, this.minScale), MAX_SCALE);
  }

  ask() {
    this.asked ||= requestAnimationFrame(() => {
      this.asked = 0;
      this.changed();
    });
  }
}
