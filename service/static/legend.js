// The legend of the map: what the colours of the units mean, and what they are to tell.

import { h } from "./elements.js";
import { swatch } from "./marks.js";
import { unitNames } from "./words.js";

/** @typedef {import("./shading.js").Shading} Shading */
/** @typedef {import("./types.js").Run} Run */

const CHOICES = { class: "hot spot", harm: "harm" };

export class Legend {
  /** @param {(kind: string) => void} choose */
  constructor(choose) {
    this.choose = choose;
    this.element = h("fieldset", { class: "legend" });
  }

  /** @param {Shading} shading @param {string} chosen @param {Run} run */
  show(shading, chosen, run) {
    const [, many] = unitNames(run);
    const had = this.element.contains(document.activeElement);
    const steps = shading.steps.map(({ colour, words }) =>
      h("li", {}, swatch(run.parameters.unit, colour.slice(2)), words),
    );
    this.element.replaceChildren(
      h("legend", {}, `${many[0].toUpperCase()}${many.slice(1)} by`),
      h(
        "div",
        { class: "switch" },
        ...Object.entries(CHOICES).map(([kind, words]) => this.choice(kind, words, chosen)),
      ),
      h("ul", {}, ...steps),
    );
    if (had) /** @type {HTMLElement | null} */ (this.element.querySelector(":checked"))?.focus();
  }

  /** @param {string} value @param {string} words @param {string} chosen */
  choice(value, words, chosen) {
    const input = h("input", { type: "radio", name: "shading", value, checked: chosen === value });
    input.addEventListener("change", () => this.choose(value));
    return h("label", {}, input, h("span", {}, words));
  }
}
