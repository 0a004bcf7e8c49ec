// The map: units and streets on a canvas, targets above them, its controls and its scale.

import { h, s } from "./elements.js";
import { followGestures } from "./gestures.js";
import { Legend } from "./legend.js";
import { Pins } from "./pins.js";
import { Projection, boxOf } from "./projection.js";
import { Raster } from "./raster.js";
import { byClass, byHarm } from "./shading.js";
import { Streets } from "./streets.js";
import { Units } from "./units.js";
import { View } from "./view.js";
import { chance, classWords, distance, harm, integer, plural, unitNames } from "./words.js";

/** @typedef {import("./types.js").Score} Score */
/** @typedef {import("./types.js").Target} Target */
/** @typedef {import("./types.js").Run} Run */
/** @typedef {import("./types.js").Box} Box */
/**
 * @template P
 * @typedef {import("./types.js").Collection<P>} Collection
 */

/** Aside there is room for the controls, above for the highest pin. @type {[number, number]} */
const PADDING_PX = [58, 30];
/** Around a selected target: this much of its own size, and these metres, on every side. */
const SURROUNDINGS = { share: 0.6, metres: 300 };
const FAR_SCALE = 0.12; // pixels per metre: below it a target is a dozen pixels wide
const SCALE_BAR_PX = 110;
const PALE = new Set(["--class-not-significant", "--harm-none"]);

export class TargetMap {
  /**
   * @param {HTMLElement} element
   * @param {{onSelect: (id: string) => void, onHover: (id: string | null) => void}} events
   */
  constructor(element, events) {
    this.element = element;
    this.view = new View(() => this.draw());
    this.raster = new Raster(
      (context, view) => this.drawGround(context, view),
      () => this.view.ask(),
    );
    this.pins = new Pins(events);
    this.canvas = /** @type {HTMLCanvasElement} */ (h("canvas", { "aria-hidden": "true" }));
    this.stage = h("div", { class: "stage", tabindex: 0, role: "application" });
    this.stage.append(this.pins.beneath, this.canvas, this.pins.svg);
    this.readout = h("p", { class: "readout" });
    this.scaleWords = h("span");
    this.scaleBar = s("svg", { class: "scale-bar", height: 8, "aria-hidden": "true" });
    this.legend = new Legend((kind) => {
      this.shadedBy = kind;
      this.reshade();
    });
    this.attribution = h("p", { class: "attribution" });
    element.replaceChildren(
      this.stage,
      this.controls(),
      h("p", { class: "north", title: "North is up" }, "N"),
      h("footer", { class: "key" }, this.legend.element, this.attribution),
    );
    this.stage.append(h("p", { class: "scale" }, this.scaleBar, this.scaleWords), this.readout);
    followGestures(this.stage, this.view, () => this.showAll());
    this.stage.addEventListener("pointermove", (event) => this.tell(event));
    this.stage.addEventListener("pointerleave", () => this.tell(null));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour());

    /** @type {Run | null} */
    this.run = null;
    /** @type {Units | null} */
    this.units = null;
    /** @type {Streets | null} */
    this.streets = null;
    /** @type {Projection | null} */
    this.projection = null;
    /** @type {Box} */
    this.all = [-1, -1, 1, 1];
    this.shadedBy = "class";
    /** @type {string[]} */
    this.colours = [];
    this.edge = "";
    this.street = "";
    new ResizeObserver(() => this.fitStage()).observe(this.stage);
  }

  /**
   * Show the targets of a run; its units follow when they have come.
   * @param {Collection<Target>} collection
   * @param {import("./types.js").Areal[]} boundary
   */
  show(collection, boundary) {
    this.run = collection.run;
    this.units = this.streets = null;
    this.raster.discard();
    const [west, south, east, north] = collection.run.study_area.bbox;
    this.projection = new Projection([west, south, east, north]);
    this.all = boxOf([[this.projection.flat([west, south]), this.projection.flat([east, north])]]);
    this.pins.show(collection.features, boundary, this.projection);
    const ranks = collection.features.length;
    this.stage.setAttribute(
      "aria-label",
      `Map of ${plural(ranks, "target")}; the list has them all. ` +
        "Arrow keys move, plus and minus zoom, 0 shows the whole study area.",
    );
    this.element.setAttribute("aria-busy", "true");
    this.attribute(` Drawing the ${unitNames(collection.run)[1]}…`);
    this.view.moved = false;
    this.fitStage();
    this.reshade();
  }

  /** @param {Collection<Score> | null} collection null when they cannot be had */
  showUnits(collection) {
    this.element.setAttribute("aria-busy", "false");
    if (!this.projection || !this.run) return;
    const names = unitNames(this.run);
    this.attribute(collection ? "" : ` The ${names[1]} are not drawn.`);
    if (!collection) return;
    this.units = new Units(collection.features, this.projection);
    const missing = collection.run.study_area.units - collection.features.length;
    if (missing > 0) {
      this.attribute(` The ${plural(missing, ...names)} with the least harm are not drawn.`);
    }
    this.reshade();
  }

  /** @param {import("./types.js").Feature<import("./types.js").Street>[]} features */
  showStreets(features) {
    if (!this.projection) return;
    this.streets = features.length ? new Streets(features, this.projection) : null;
    this.recolour();
  }

  /** @param {string} words what else is to be said of the units */
  attribute(words) {
    this.attribution.textContent = this.run ? attributionOf(this.run) + words : "";
  }

  /** @param {string | null} selected @param {string | null} hovered */
  mark(selected, hovered) {
    this.pins.mark(selected, hovered);
    this.view.ask();
  }

  /** @param {string} id @param {boolean} atOnce */
  showTarget(id, atOnce = false) {
    const found = this.pins.drawn.get(id);
    if (!found) return;
    const [left, top, right, bottom] = found.box;
    const margin = Math.max(right - left, bottom - top) * SURROUNDINGS.share + SURROUNDINGS.metres;
    const frame = this.view.around([left - margin, top - margin, right + margin, bottom + margin]);
    this.view.moved = true;
    if (atOnce) this.view.jump(frame);
    else this.view.glide(frame);
  }

  showAll() {
    this.view.moved = false;
    this.view.glide(this.view.around(this.all, PADDING_PX));
  }

  fitStage() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    if (!width || !height) return;
    const ratio = devicePixelRatio;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    for (const layer of [this.pins.beneath, this.pins.svg]) {
      layer.setAttribute("viewBox", `0 0 ${width} ${height}`);
    }
    this.raster.discard();
    this.view.resize(width, height);
    const whole = this.view.around(this.all, PADDING_PX);
    this.view.minScale = whole.scale / 4;
    if (!this.view.moved) this.view.jump(whole);
    this.draw(); // now, not in the next frame: resizing a canvas has emptied it
  }

  draw() {
    const context = this.canvas.getContext("2d");
    if (!context) return;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.view.width, this.view.height);
    this.raster.paint(context, this.view);
    this.pins.place(this.view);
    this.stage.classList.toggle("far", this.view.scale < FAR_SCALE);
    this.drawScale();
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view */
  drawGround(context, view) {
    this.units?.draw(context, view, this.colours, this.edge);
    this.streets?.draw(context, view, this.street);
  }

  drawScale() {
    const most = SCALE_BAR_PX / this.view.scale;
    const power = 10 ** Math.floor(Math.log10(most));
    const round = [5, 2, 1].map((step) => step * power).find((step) => step <= most) ?? power;
    const width = round * this.view.scale;
    this.scaleBar.setAttribute("width", String(width + 2));
    this.scaleBar.replaceChildren(s("path", { d: `M1 0V7H${(width + 1).toFixed(1)}V0` }));
    this.scaleWords.textContent = distance(round);
  }

  /** @returns {import("./shading.js").Shading | null} */
  get shading() {
    if (!this.run) return null;
    return this.shadedBy === "harm" ? byHarm() : byClass(this.run);
  }

  reshade() {
    const shading = this.shading;
    if (!shading) return;
    this.units?.shade(shading);
    this.legend.show(shading, this.shadedBy, this.run);
    this.recolour();
  }

  recolour() {
    const style = getComputedStyle(this.stage);
    const linear = this.run?.parameters.unit === "segment";
    this.colours = (this.shading?.steps ?? []).map(({ colour }) =>
      // What is white as a cell among cells would be lost as a line on the ground.
      style.getPropertyValue(linear && PALE.has(colour) ? "--street-none" : colour),
    );
    this.edge = style.getPropertyValue(this.streets ? "--cell-edge-quiet" : "--cell-edge");
    this.street = style.getPropertyValue("--street");
    this.raster.discard();
    this.view.ask();
  }

  controls() {
    const button = (
      /** @type {string} */ words,
      /** @type {string} */ d,
      /** @type {() => void} */ act,
    ) => {
      const made = h(
        "button",
        { type: "button", "aria-label": words, title: words },
        s("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" }, s("path", { d })),
      );
      made.addEventListener("click", act);
      return made;
    };
    return h(
      "div",
      { class: "controls" },
      button("Zoom in", "M10 4V16M4 10H16", () => this.view.zoom(1.6)),
      button("Zoom out", "M4 10H16", () => this.view.zoom(1 / 1.6)),
      button("Show the whole study area", "M4 8V4H8M12 4H16V8M16 12V16H12M8 16H4V12", () =>
        this.showAll(),
      ),
    );
  }

  /** Tell what is under the pointer. @param {PointerEvent | null} event */
  tell(event) {
    if (event?.pointerType === "touch") return;
    const box = this.stage.getBoundingClientRect();
    const found =
      event &&
      this.run &&
      this.units?.at(
        this.view.toPlane([event.clientX - box.left, event.clientY - box.top]),
        this.view,
      );
    this.readout.textContent = found && this.run ? readoutWords(found, this.run) : "";
  }
}

/** @param {Score} unit @param {Run} run */
const readoutWords = (unit, run) =>
  (unit.label ? `${unit.label}: ` : "") +
  `${plural(unit.count, "incident")}, ${harm(unit.harm)} ${run.harm_index.unit} of harm. ` +
  `${classWords(unit.class).replace(/,.*/, "")} (q = ${chance(unit.q)}).`;

/** @param {Run} run */
function attributionOf(run) {
  const units = `${countedUnits(run)}.`;
  return run.sources.includes("synthetic")
    ? `Synthetic sample city: nothing in it is real. ${units}`
    : `Incidents: ${run.sources.join(", ")}. ${units}`;
}

/** @param {Run} run */
function countedUnits({ study_area, parameters }) {
  const many = integer(study_area.units);
  if (parameters.unit === "segment") {
    return `${many} street segments of the network ${parameters.network}`;
  }
  return parameters.unit === "polygon"
    ? `${many} areas of the layer ${parameters.layer}`
    : `${many} H3 cells, resolution ${parameters.resolution}`;
}
