// Draws targets: an outline over areas or a band beneath streets, and a numbered pin above it.

import { s } from "./elements.js";
import { boxOf, drawnPath, isLinear, pathsOf } from "./projection.js";

/** @typedef {import("./types.js").Target} Target */
/** @typedef {import("./types.js").Box} Box */
/** @typedef {import("./types.js").Position} Position */
/** @typedef {import("./projection.js").Projection} Projection */
/** @typedef {import("./view.js").View} View */
/** @typedef {{box: Box, centre: Position, outline: SVGElement, pin: SVGElement}} Drawn */

const PIN = "M0 0L-5.5 -9.2A12 12 0 1 1 5.5 -9.2Z";
const CROWDED_PX = 20;

export class Pins {
  /** @param {{onSelect: (id: string) => void, onHover: (id: string | null) => void}} events */
  constructor(events) {
    this.events = events;
    this.ground = s("g", { class: "ground" });
    this.bands = s("g", { class: "ground" });
    this.pins = s("g", { class: "pins" });
    this.svg = s("svg", { class: "pins-layer", "aria-hidden": "true" }, this.ground, this.pins);
    this.beneath = s("svg", { class: "pins-layer", "aria-hidden": "true" }, this.bands);
    /** @type {Map<string, Drawn>} in order of rank */
    this.drawn = new Map();
    /** @type {string | null} */
    this.selected = null;
    /** @type {string | null} */
    this.hovered = null;
  }

  /**
   * @param {import("./types.js").Feature<Target>[]} features
   * @param {import("./types.js").Areal[]} boundary
   * @param {Projection} projection
   */
  show(features, boundary, projection) {
    this.drawn.clear();
    this.selected = this.hovered = null;
    this.ground.replaceChildren(
      ...boundary.map((area) =>
        s("path", { class: "boundary", d: drawnPath(pathsOf(area, projection)) }),
      ),
    );
    this.bands.replaceChildren();
    this.pins.replaceChildren();
    for (const { properties: target, geometry } of features) {
      const linear = isLinear(geometry);
      const paths = pathsOf(geometry, projection);
      const d = drawnPath(paths, linear);
      const outline = s(
        "g",
        { class: linear ? "target band" : "target", "data-id": target.target_id },
        s("path", { class: "halo", d }),
        s("path", { class: "edge", d }),
      );
      const pin = s(
        "g",
        { class: "pin", "data-id": target.target_id, "data-rank": target.rank },
        s("path", { class: "body", d: PIN }),
        s("text", { y: -15.2 }, String(target.rank)),
        s("circle", { class: "dot", r: 4 }),
      );
      for (const part of [outline, pin]) this.listen(part, target.target_id);
      (linear ? this.bands : this.ground).append(outline);
      this.pins.prepend(pin); // the first rank lies on top
      const centre = linear ? midpointOf(paths) : centroidOf(paths[0]);
      this.drawn.set(target.target_id, { box: boxOf(paths), centre, outline, pin });
    }
  }

  /** @param {SVGElement} part @param {string} id */
  listen(part, id) {
    part.addEventListener("click", () => this.events.onSelect(id));
    part.addEventListener("pointerenter", () => this.events.onHover(id));
    part.addEventListener("pointerleave", () => this.events.onHover(null));
  }

  /** @param {string | null} selected @param {string | null} hovered */
  mark(selected, hovered) {
    const touched = new Set([this.selected, this.hovered, selected, hovered]);
    this.selected = selected;
    this.hovered = hovered;
    for (const id of touched) {
      const found = id === null ? undefined : this.drawn.get(id);
      if (!found) continue;
      for (const part of [found.outline, found.pin]) {
        part.classList.toggle("selected", id === selected);
        part.classList.toggle("hovered", id === hovered);
      }
    }
    // Later in the document is higher on the map.
    for (const id of [hovered, selected]) {
      const found = id === null ? undefined : this.drawn.get(id);
      if (found && found.pin !== this.pins.lastElementChild) {
        found.outline.parentElement?.append(found.outline);
        this.pins.append(found.pin);
      }
    }
  }

  /** @param {View} view */
  place(view) {
    const [x, y] = view.toScreen([0, 0]);
    for (const layer of [this.ground, this.bands]) {
      layer.setAttribute("transform", `translate(${x} ${y}) scale(${view.scale})`);
    }
    /** @type {Map<string, Position[]>} pins by the square of the screen they stand in */
    const squares = new Map();
    for (const [id, { centre, pin }] of this.drawn) {
      const at = view.toScreen(centre);
      pin.setAttribute("transform", `translate(${at[0].toFixed(1)} ${at[1].toFixed(1)})`);
      const marked = id === this.selected || id === this.hovered;
      const crowded = !marked && isCrowded(at, squares);
      pin.classList.toggle("crowded", crowded);
      if (!crowded) squareOf(at, squares, 0, 0).push(at);
    }
  }
}

/** Return the centre of gravity of a ring. @param {Position[]} ring @returns {Position} */
function centroidOf(ring) {
  let [area, x, y] = [0, 0, 0];
  const [originX, originY] = ring[0]; // near the ring, so that nothing is lost in large products
  for (let at = 1; at < ring.length; at += 1) {
    const [x1, y1] = [ring[at - 1][0] - originX, ring[at - 1][1] - originY];
    const [x2, y2] = [ring[at][0] - originX, ring[at][1] - originY];
    const cross = x1 * y2 - x2 * y1;
    area += cross;
    x += (x1 + x2) * cross;
    y += (y1 + y2) * cross;
  }
  return area ? [originX + x / (3 * area), originY + y / (3 * area)] : [originX, originY];
}

/**
 * Return the place on some lines that is nearest to the middle of all, side by side.
 * @param {Position[][]} lines
 * @returns {Position}
 */
function midpointOf(lines) {
  const [left, top, right, bottom] = boxOf(lines);
  const away = (/** @type {Position} */ [x, y]) =>
    Math.hypot(x - (left + right) / 2, y - (top + bottom) / 2);
  const sides = lines.flatMap((line) =>
    line.slice(1).map(
      ([x, y], at) => /** @type {Position} */ ([(line[at][0] + x) / 2, (line[at][1] + y) / 2]),
    ),
  );
  return sides.reduce((best, one) => (away(one) < away(best) ? one : best), sides[0]);
}

/** @param {Position} at @param {Map<string, Position[]>} squares */
function isCrowded(at, squares) {
  for (const dx of [-1, 0, 1]) {
    for (const dy of [-1, 0, 1]) {
      const near = squareOf(at, squares, dx, dy);
      if (near.some(([x, y]) => Math.hypot(x - at[0], y - at[1]) < CROWDED_PX)) return true;
    }
  }
  return false;
}

/** @param {Position} at @param {Map<string, Position[]>} squares @param {number} dx @param {number} dy */
function squareOf([x, y], squares, dx, dy) {
  const key = `${Math.floor(x / CROWDED_PX) + dx} ${Math.floor(y / CROWDED_PX) + dy}`;
  const found = squares.get(key) ?? [];
  squares.set(key, found);
  return found;
}
