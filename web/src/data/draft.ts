/** A profile in the making: plain fields for the form, and the keys that the service reads. */

import type { Written } from "../api/incidents";

export const CANONICAL = [
  "external_id",
  "offence_name",
  "offence_code",
  "occurred_from",
  "occurred_to",
  "reported_at",
  "longitude",
  "latitude",
  "location_text",
] as const;
export type Canonical = (typeof CANONICAL)[number];

/** What a file has to hold whatever else it lacks; of the two kinds of offence, either. */
const NEEDED: readonly string[] = ["occurred_from", "longitude", "latitude"];
/** Without its ids a file sent twice would be stored twice: they may not be missing. */
const NEVER_OPTIONAL: readonly string[] = [...NEEDED, "external_id"];

export interface Draft {
  /** What the form does not show (mappings of offences, further columns) goes through untouched. */
  base: Written;
  columns: Record<string, string[]>;
  formats: string;
  precision: string;
  zone: string;
  crs: string;
  encoding: string;
  delimiter: string;
  source: string;
  /** Columns that are kept beside those that are matched, by name; all: a profile that says so. */
  keep: "all" | string[];
  codesAsGiven: boolean;
  /** What rows that share an id are; empty: not said. */
  onePer: string;
  /** Clock times that stand for an unknown one, and places that do, as they are typed. */
  defaultClocks: string;
  placeholders: string;
  /** The first day that incidents can be of; empty: as the service has it. */
  earliest: string;
  rejectStrays: boolean;
  /** Whether times and places are written as the service guesses, until somebody says how. */
  guessed: { formats: boolean; crs: boolean };
}

/** The form's fields of a profile; `zone` is for one that states none. */
export function draftOf(written: Written, zone: string, guessed = false): Draft {
  const columns = Object.entries(written.columns ?? {}).map(
    ([canonical, source]) => [canonical, typeof source === "string" ? [source] : source] as const,
  );
  return {
    base: written,
    columns: Object.fromEntries(columns),
    formats: (written.time?.formats ?? ["iso"]).join("; "),
    precision: written.time?.precision ?? "inferred",
    zone: written.time_zone ?? zone,
    crs: written.crs ?? "EPSG:4326",
    encoding: written.encoding ?? "utf-8",
    delimiter: written.delimiter ?? ",",
    source: written.source ?? "",
    keep: written.attributes === "none" ? [] : (written.attributes ?? []),
    codesAsGiven: written.offence?.code === "as_given",
    onePer: written.one_per ?? "",
    defaultClocks: (written.time?.default_clocks ?? []).join("; "),
    placeholders: (written.place?.placeholders ?? []).map((one) => one.join(" ")).join("; "),
    earliest: written.time?.earliest ?? "",
    rejectStrays: written.place?.reject_strays ?? false,
    guessed: { formats: guessed, crs: guessed },
  };
}

/** The keys of the profile that a form describes. */
export function writtenOf(draft: Draft): Written {
  const { base } = draft;
  const columns = Object.fromEntries(
    Object.entries(draft.columns)
      .filter(([, several]) => several.length > 0)
      .map(([canonical, several]) => [
        canonical,
        several.length === 1 ? (several[0] ?? "") : several,
      ]),
  );
  const offence = "offence_name" in columns ? "offence_name" : "offence_code";
  return {
    ...base,
    ...(draft.source.trim() ? { source: draft.source.trim() } : {}),
    time_zone: draft.zone.trim() || null,
    crs: draft.crs.trim(),
    encoding: draft.encoding,
    delimiter: draft.delimiter,
    columns,
    // What the profile that it began with does without, it does without still.
    optional: Object.keys(columns).filter(
      (one) =>
        !NEVER_OPTIONAL.includes(one) && (one !== offence || base.optional?.includes(one)),
    ),
    time: {
      ...said(base.time),
      formats: formatsOf(draft.formats),
      precision: draft.precision,
      ...where("default_clocks", formatsOf(draft.defaultClocks), base.time),
      ...(draft.earliest.trim() ? { earliest: draft.earliest.trim() } : {}),
    },
    ...placeOf(draft),
    ...(draft.onePer ? { one_per: draft.onePer as "row" | "id" } : "one_per" in base ? { one_per: null } : {}),
    offence: { ...base.offence, code: draft.codesAsGiven ? "as_given" : "slug" },
    attributes: draft.keep.length ? draft.keep : "none",
  };
}

/** What else a profile says of times; the earliest day is the form's. */
function said(time: Written["time"]): Written["time"] {
  const { earliest: _, ...others } = time ?? {};
  return others;
}

/** What is said of places, where something is. */
function placeOf({ base, placeholders, rejectStrays }: Draft): Pick<Written, "place"> {
  const places = formatsOf(placeholders).map((one) => one.split(/[\s,]+/).map(Number));
  const place = {
    ...base.place,
    ...where("placeholders", places, base.place),
    ...(rejectStrays || base.place?.reject_strays ? { reject_strays: rejectStrays } : {}),
  };
  return Object.keys(place).length ? { place } : {};
}

/** A list under its key; an empty one only where there was another before. */
const where = (key: string, list: readonly unknown[], base: object | undefined) =>
  list.length || (base && key in base) ? { [key]: list } : {};

export const formatsOf = (text: string): string[] =>
  text
    .split(";")
    .map((one) => one.trim())
    .filter(Boolean);

/** Say which column holds something; at `place` 1, the column that is joined to the first. */
export function withColumn(draft: Draft, canonical: string, place: 0 | 1, column: string): Draft {
  const [first = "", second = ""] = draft.columns[canonical] ?? [];
  const both = place === 0 ? [column, second] : [first, column];
  return {
    ...draft,
    columns: { ...draft.columns, [canonical]: both.filter(Boolean) },
  };
}

/** The columns that nothing is matched with: those of a file, and those that are kept if there. */
export function otherColumns(draft: Draft, names: readonly string[]): string[] {
  const matched = new Set(Object.values(draft.columns).flat());
  const kept = draft.keep === "all" ? [] : draft.keep;
  return [...new Set([...names, ...kept])].filter((one) => !matched.has(one));
}

/** Keep a column, or keep it no more. */
export function withKept(draft: Draft, column: string, kept: boolean): Draft {
  const others = draft.keep === "all" ? [] : draft.keep.filter((one) => one !== column);
  return { ...draft, keep: kept ? [...others, column] : others };
}

/** The draft with what the service guesses of the columns that are matched by now. */
export function withGuesses(draft: Draft, suggestion: Written): Draft {
  const formats = suggestion.time?.formats?.join("; ");
  const { crs } = suggestion;
  const next = {
    ...draft,
    ...(draft.guessed.formats && formats ? { formats } : {}),
    ...(draft.guessed.crs && crs ? { crs } : {}),
  };
  return next.formats === draft.formats && next.crs === draft.crs ? draft : next;
}

/** What still has to be matched before a row can be read. */
export function lacking(draft: Draft, geometry: boolean): string[] {
  const has = (one: string) => (draft.columns[one]?.length ?? 0) > 0;
  const places = ["longitude", "latitude"];
  const needed = NEEDED.filter((one) => !(geometry && places.includes(one)) && !has(one));
  return has("offence_name") || has("offence_code") ? needed : [...needed, "offence_name"];
}

export const isNeeded = (canonical: string) =>
  NEEDED.includes(canonical) || canonical === "offence_name";

/** A name for the profile of a file, of the characters that such names have. */
export const nameFor = (file: string) =>
  file
    .replace(/(\.(csv|tsv|txt|xlsx|xlsm|xls|ods|json|geojson|ndjson|parquet|geoparquet|gpkg|fgb|kml|kmz|zip|gz))+$/i, "")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+|-+$/g, "")
    .slice(0, 100);
