/** How a file writes times, places and text. */

import { words } from "../words/data";
import { Check } from "./check";
import { draft, preview } from "./state";
import type { Draft } from "./draft";

const FORMATS = [
  "iso",
  "%d/%m/%Y %H:%M",
  "%m/%d/%Y %H:%M",
  "%m/%d/%Y %I:%M:%S %p",
  "%d/%m/%Y",
  "%m/%d/%Y",
  "%d.%m.%Y %H:%M",
  "%d.%m.%Y",
  "%Y-%m",
];
const SYSTEMS = ["EPSG:4326", "EPSG:27700", "EPSG:29902", "EPSG:3857", "EPSG:25832"];
const ENCODINGS = ["utf-8", "windows-1252", "iso-8859-15", "utf-16", "utf-16-le"];

const zones = () => Intl.supportedValuesOf("timeZone");

export function Writing() {
  const now = draft.value;
  if (!now) return null;
  const said = words.builder;
  const isCsv = preview.value?.format === "csv";
  const set = (change: Partial<Draft>) => (draft.value = { ...now, ...change });
  return (
    <>
      <Text
        id="formats"
        label={said.formats}
        hint={said.formatsHint}
        value={now.formats}
        offered={FORMATS}
        onType={(formats) => set({ formats, guessed: { ...now.guessed, formats: false } })}
      />
      <Choices
        id="precision"
        label={said.precision}
        value={now.precision}
        names={said.precisions}
        onChoose={(precision) => set({ precision })}
      />
      <Text
        id="zone"
        label={said.zone}
        hint={said.zoneHint}
        value={now.zone}
        offered={zones()}
        onType={(zone) => set({ zone })}
      />
      <Text
        id="crs"
        label={said.crs}
        hint={said.crsHint}
        value={now.crs}
        offered={SYSTEMS}
        onType={(crs) => set({ crs, guessed: { ...now.guessed, crs: false } })}
      />
      {isCsv ? (
        <>
          <Choices
            id="delimiter"
            label={said.delimiter}
            value={now.delimiter}
            names={said.delimiters}
            onChoose={(delimiter) => set({ delimiter })}
          />
          <Choices
            id="encoding"
            label={said.encoding}
            value={now.encoding}
            names={Object.fromEntries([...ENCODINGS, now.encoding].map((one) => [one, one]))}
            onChoose={(encoding) => set({ encoding })}
          />
        </>
      ) : null}
      {now.columns["offence_code"]?.length ? (
        <Check
          label={said.code}
          checked={now.codesAsGiven}
          onCheck={(codesAsGiven) => set({ codesAsGiven })}
        />
      ) : null}
    </>
  );
}

interface TextOf {
  id: string;
  label: string;
  hint?: string;
  value: string;
  offered?: readonly string[];
  onType: (text: string) => void;
}

export function Text({ id, label, hint, value, offered, onType }: TextOf) {
  return (
    <div class="match">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        autocomplete="off"
        spellcheck={false}
        value={value}
        list={offered ? `${id}-offered` : undefined}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onInput={(event) => onType(event.currentTarget.value)}
      />
      {hint ? (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      ) : null}
      {offered ? (
        <datalist id={`${id}-offered`}>
          {offered.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      ) : null}
    </div>
  );
}

interface ChoicesOf {
  id: string;
  label: string;
  value: string;
  names: Record<string, string>;
  onChoose: (value: string) => void;
}

export function Choices({ id, label, value, names, onChoose }: ChoicesOf) {
  return (
    <div class="match">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        {Object.entries(names).map(([one, name]) => (
          <option key={one} value={one}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
