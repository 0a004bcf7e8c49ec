/** Which layers the map shows; those put away are in the address. */

import { UNIT_KINDS } from "../api/generated";
import { LAYERS, type LayerName } from "../state/address";
import { at, go } from "../state/store";
import { words } from "../words/en";
import { unitNames } from "../words/runs";
import type { Scene } from "./scene";
import { referenceOf } from "./tiles";

export function LayersMenu({ scene }: { scene: Scene }) {
  const { hidden } = at.value;
  const toggle = (layer: LayerName) =>
    go({
      hidden: hidden.includes(layer)
        ? hidden.filter((one) => one !== layer)
        : LAYERS.filter((one) => one === layer || hidden.includes(one)),
    });
  return (
    <details name="menu" class="menu layers" onKeyDown={closeByEscape}>
      <summary>{words.map.layers.name}</summary>
      <ul>
        {layersOf(scene).map((layer) => (
          <li key={layer}>
            <label>
              <input
                type="checkbox"
                name={layer}
                checked={!hidden.includes(layer)}
                onChange={() => toggle(layer)}
              />
              {layer === "units" ? capital(unitNames(scene.run)[1]) : words.map.layers[layer]}
            </label>
          </li>
        ))}
      </ul>
    </details>
  );
}

const capital = (said: string) => said.charAt(0).toUpperCase() + said.slice(1);

/** The layers that there is anything to draw of. */
function layersOf({ run, units, figures, targets, incidents }: Scene): LayerName[] {
  const there: Record<LayerName, boolean> = {
    units,
    figures: figures.length > 0,
    targets: targets.features.length > 0,
    boundaries: run.study_area.name !== null || referenceOf(run, "districts") !== null,
    streets: UNIT_KINDS[run.parameters.unit].shape !== "line" && referenceOf(run, "network") !== null,
    patrol_areas: targets.features.some((one) => one.patrol_area),
    density: incidents,
  };
  return LAYERS.filter((layer) => there[layer]);
}

function closeByEscape(event: KeyboardEvent) {
  const menu = event.currentTarget;
  if (event.key !== "Escape" || !(menu instanceof HTMLDetailsElement) || !menu.open) return;
  // The choice of a target is given back by the next one.
  event.stopPropagation();
  menu.open = false;
  menu.querySelector("summary")?.focus();
}
