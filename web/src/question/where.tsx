/** Where: the unit of place and its size, the study area, the districts. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { areasOf } from "../api/offers";
import { words } from "../words/en";
import { area, distance } from "../words/format";
import { Labelled, Said, Select } from "./field";
import { choiceOfUnit, neededBy } from "./units";
import { type Form, identifier, nameOf } from "./form";
import { isFor } from "./inputs";
import { newest } from "./newest";

export function Where({ form }: { form: Form }) {
  const { layers, networks } = form.offers;
  const unit = form.draft["unit"] ?? "";
  const needed = neededBy(unit);
  const resolution = form.fields.get("resolution");
  const named = newest(layers).map((one) => [one.name, one.name] as const);
  const streets = newest(networks).map((one) => [one.name, one.name] as const);
  const none = ["", words.question.none] as const;
  return (
    <fieldset class="part">
      <legend>{words.question.parts.where}</legend>
      <Units form={form} />
      {resolution && isFor(resolution, unit) ? (
        <Select form={form} name="resolution" options={sizes(form)} />
      ) : null}
      {needed === "layer" ? (
        <Select
          form={form}
          name="layer"
          options={[...(form.draft["layer"] ? [] : [["", ""] as const]), ...named]}
          {...(named.length ? {} : { help: words.question.noLayer })}
        />
      ) : null}
      {needed === "network" ? (
        <Select
          form={form}
          name="network"
          options={[...(form.draft["network"] ? [] : [["", ""] as const]), ...streets]}
          {...(streets.length ? {} : { help: words.question.noNetwork })}
        />
      ) : streets.length || form.draft["network"] ? (
        <Select
          form={form}
          name="network"
          label={words.question.namesFrom}
          options={[none, ...streets]}
        />
      ) : null}
      <StudyArea form={form} />
      {named.length || form.draft["districts"] ? (
        <Select form={form} name="districts" options={[none, ...named]} />
      ) : null}
    </fieldset>
  );
}

function Units({ form }: { form: Form }) {
  const kinds = form.fields.get("unit")?.choices ?? [];
  const { networks, layers } = form.offers;
  const choose = (unit: string) => {
    // Where there is but one to choose, it is chosen.
    const needed = neededBy(unit);
    const offered = needed === null ? [] : newest({ network: networks, layer: layers }[needed]);
    const only = needed !== null && !form.draft[needed] && offered.length === 1;
    form.set({ unit, ...(only ? { [needed]: offered[0]?.name ?? "" } : {}) });
  };
  return (
    <div class="field" role="radiogroup" aria-label={nameOf("unit")} id={identifier("unit")} tabIndex={-1}>
      <div class="quick">
        {kinds.map((one) => (
          <label key={one} class="radio">
            <input
              type="radio"
              name="unit"
              value={one}
              checked={form.draft["unit"] === one}
              onChange={() => choose(one)}
            />
            {choiceOfUnit(one)}
          </label>
        ))}
      </div>
      <Said form={form} name="unit" />
    </div>
  );
}

/** Sizes of cells in words: the mean area of a cell, and a hexagon's width between two sides. */
function sizes(form: Form): (readonly [string, string])[] {
  const field = form.fields.get("resolution");
  const [least, most] = [field?.min ?? 7, field?.max ?? 12];
  return Array.from({ length: most - least + 1 }, (_, at) => {
    const resolution = least + at;
    const km2 = cellArea(resolution);
    const across = Math.sqrt((2 * km2) / Math.sqrt(3)) * 1000;
    const size = km2 < 0.01 ? `${Number((km2 * 1e6).toPrecision(2))} m²` : area(Number(km2.toPrecision(2)));
    return [
      String(resolution),
      words.question.resolution(size, distance(Number(across.toPrecision(2)))),
    ] as const;
  });
}

const EARTH_KM2 = 510_065_622;

/** Mean area of the cells of H3, of which there are 2 + 120 · 7ʳ at resolution r. */
const cellArea = (resolution: number) => EARTH_KM2 / (2 + 120 * 7 ** resolution);

/** A layer, or one area of it. */
function StudyArea({ form }: { form: Form }) {
  const value = form.draft["study_area"] ?? "";
  const [layer = "", ...rest] = value.split("/");
  const part = rest.join("/");
  const areas = useSignal<string[]>([]);
  useEffect(() => {
    areas.value = [];
    if (!layer) return;
    const asking = new AbortController();
    // Without the names the whole layer can still be asked for; the service says what is wrong.
    areasOf(layer, asking.signal).then(
      (found) => (areas.value = found.sort((a, b) => a.localeCompare(b, undefined, { numeric: true }))),
      () => {},
    );
    return () => asking.abort();
  }, [layer]);

  const layers = newest(form.offers.layers).map((one) => one.name);
  const named = layer && !layers.includes(layer) ? [...layers, layer] : layers;
  const parts = part && !areas.value.includes(part) ? [part, ...areas.value] : areas.value;
  return (
    <>
      <Labelled form={form} name="study_area">
        <select
          id={identifier("study_area")}
          aria-describedby={`${identifier("study_area")}-said`}
          value={layer}
          onChange={(event) => form.set({ study_area: event.currentTarget.value })}
        >
          <option value="">{words.question.noStudyArea}</option>
          {named.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </Labelled>
      {parts.length > 1 || part ? (
        <div class="field">
          <label for="ask-area">{words.question.area}</label>
          <select
            id="ask-area"
            value={part}
            onChange={(event) => {
              const chosen = event.currentTarget.value;
              form.set({ study_area: chosen ? `${layer}/${chosen}` : layer });
            }}
          >
            <option value="">{words.question.wholeLayer}</option>
            {parts.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </div>
      ) : null}
    </>
  );
}
