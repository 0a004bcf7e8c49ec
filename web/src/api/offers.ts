/** What can be asked about: the process's inputs, the days, offences, indexes, streets and layers. */

import { get } from "./http";

/** One input of a process as JSON Schema has it; see `question/inputs.ts` for what is made of it. */
export interface InputDescription {
  title: string;
  description: string;
  schema: InputSchema;
  minOccurs: number;
  /** What JSON Schema has no words for, such as the unit of a number. */
  additionalParameters?: { parameters: { name: string; value: string[] }[] };
}

export interface InputSchema {
  type: "string" | "integer" | "number" | "array" | "boolean";
  format?: string;
  enum?: string[];
  items?: { type: string; enum?: string[] };
  minItems?: number;
  default?: unknown;
  nullable?: boolean;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
}

export interface Coverage {
  data_version: number;
  incidents: number;
  /** How many of them are known only by their month. */
  by_month: number;
  first_day: string | null;
  last_day: string | null;
  sources: { name: string; incidents: number; first_day: string | null; last_day: string | null }[];
  offences: { code: string; name: string | null; incidents: number }[];
  /** What share of the incidents each harm index weighs. */
  indexes: { name: string; share: number }[];
}

export interface IndexOffer {
  name: string;
  version: string;
  title: string;
  unit: string;
}

/** A version of a street network or of a boundary layer. */
export interface Versioned {
  name: string;
  version: number;
}

/** An analysis that can be asked. */
export interface Analysis {
  id: string;
  title: string;
}

/** All that the form of a question offers. */
export interface Offers {
  analyses: Analysis[];
  inputs: Record<string, InputDescription>;
  coverage: Coverage;
  indexes: IndexOffer[];
  networks: Versioned[];
  layers: Versioned[];
}

/** Ask for everything that a question about a process can name. */
export async function offers(process: string, signal?: AbortSignal): Promise<Offers> {
  type Described = { inputs: Record<string, InputDescription> };
  const [{ inputs }, { processes: analyses }, coverage, indexes, networks, layers] = await Promise.all([
    get<Described>(`ogc/processes/${encodeURIComponent(process)}?f=json`, signal),
    get<{ processes: Analysis[] }>("ogc/processes?f=json", signal),
    get<Coverage>("api/v1/incidents/coverage", signal),
    get<IndexOffer[]>("api/v1/harm-indexes", signal),
    get<Versioned[]>("api/v1/streets", signal),
    get<Versioned[]>("api/v1/boundaries", signal),
  ]);
  return { analyses, inputs, coverage, indexes, networks, layers };
}

/** The names of a layer's areas. */
export async function areasOf(layer: string, signal?: AbortSignal): Promise<string[]> {
  const found = await get<GeoJSON.FeatureCollection>(
    `api/v1/boundaries/${encodeURIComponent(layer)}`,
    signal,
  );
  return found.features.map((one) => String(one.properties?.["name"] ?? "")).filter(Boolean);
}
