/** What the page asks of the service, one function for each question. */

import { get, send } from "./http";
import type { Installation, Job, Places, RunSummary, TargetCollection } from "./types";

const part = encodeURIComponent;

export const installation = (signal?: AbortSignal) =>
  get<Installation>("api/v1/installation", signal);

/** Stored runs, the newest first: those with some places, or all. */
export const runs = (places: Places | null, signal?: AbortSignal) =>
  get<RunSummary[]>(`api/v1/runs?${places ? `places=${places}&` : ""}limit=50`, signal);

export const run = (id: string, signal?: AbortSignal) =>
  get<RunSummary>(`api/v1/runs/${part(id)}`, signal);

export const targets = (id: string, signal?: AbortSignal) =>
  get<TargetCollection>(`api/v1/runs/${part(id)}/targets`, signal);

/** Names of an index's offences by code. */
export async function offenceNames(
  index: { name: string; version: string },
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  type Index = { weights: { offence_code: string; offence_name: string }[] };
  const found = await get<Index>(
    `api/v1/harm-indexes/${part(`${index.name}@${index.version}`)}`,
    signal,
  );
  return new Map(found.weights.map((one) => [one.offence_code, one.offence_name]));
}

/** The areas of a study area, `LAYER` or `LAYER/AREA`. */
export async function outline(name: string, signal?: AbortSignal): Promise<GeoJSON.Feature[]> {
  const [layer = "", ...rest] = name.split("/");
  const area = rest.join("/");
  const found = await get<GeoJSON.FeatureCollection>(`api/v1/boundaries/${part(layer)}`, signal);
  return found.features.filter((one) => !area || one.properties?.["name"] === area);
}

export const submit = (process: string, parameters: Record<string, unknown>) =>
  send<Job>("POST", "api/v1/jobs", { process, parameters });

export const job = (id: string, signal?: AbortSignal) => get<Job>(`api/v1/jobs/${part(id)}`, signal);

export const dismiss = (id: string) => send<Job>("DELETE", `api/v1/jobs/${part(id)}`);
