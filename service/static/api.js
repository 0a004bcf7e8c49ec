// Asks the service, and turns its refusals (RFC 9457) into errors that can be shown.

/** @typedef {import("./types.js").Run} Run */
/** @typedef {import("./types.js").RunSummary} RunSummary */
/** @typedef {import("./types.js").Areal} Areal */

export const MAX_UNITS = 100_000;

/** A refusal, with the service's own words. */
export class Refusal extends Error {
  /**
   * @param {string} title
   * @param {string} detail
   */
  constructor(title, detail) {
    super(detail);
    this.title = title;
  }
}

/**
 * @param {string} process
 * @param {AbortSignal} signal
 * @returns {Promise<RunSummary[]>}
 */
export const runs = (process, signal) =>
  get(`runs?process=${encodeURIComponent(process)}&limit=20`, signal);

/**
 * @param {string} run
 * @param {AbortSignal} signal
 * @returns {Promise<import("./types.js").Collection<import("./types.js").Target>>}
 */
export const targets = (run, signal) => get(`runs/${encodeURIComponent(run)}/targets`, signal);

/**
 * @param {string} run
 * @param {AbortSignal} signal
 * @returns {Promise<import("./types.js").Collection<import("./types.js").Score>>}
 */
export const scores = (run, signal) =>
  get(`runs/${encodeURIComponent(run)}/scores?limit=${MAX_UNITS}`, signal);

/**
 * Return the outline of a study area, LAYER or LAYER/AREA.
 * @param {string} name
 * @param {AbortSignal} signal
 * @returns {Promise<Areal[]>}
 */
export async function outline(name, signal) {
  const [layer, ...rest] = name.split("/");
  const area = rest.join("/");
  const collection = await get(`boundaries/${encodeURIComponent(layer)}`, signal);
  return collection.features
    .filter((/** @type {any} */ one) => !area || one.properties.name === area)
    .map((/** @type {any} */ one) => one.geometry);
}

/**
 * Return the segments of a street network, NAME or NAME@VERSION.
 * @param {string} network
 * @param {AbortSignal} signal
 * @returns {Promise<import("./types.js").Feature<import("./types.js").Street>[]>}
 */
export async function streets(network, signal) {
  const path = `streets/${encodeURIComponent(network)}/segments?limit=${MAX_UNITS}`;
  return (await get(path, signal)).features;
}

/**
 * Return the names of an index's offences by code; empty when the index cannot be read.
 * @param {{name: string, version: string}} index
 * @param {AbortSignal} signal
 * @returns {Promise<Map<string, string>>}
 */
export async function offenceNames(index, signal) {
  const found = await get(
    `harm-indexes/${encodeURIComponent(`${index.name}@${index.version}`)}`,
    signal,
  );
  return new Map(
    found.weights.map((/** @type {any} */ one) => [one.offence_code, one.offence_name]),
  );
}

/**
 * @param {string} path
 * @param {AbortSignal} signal
 */
async function get(path, signal) {
  let response;
  try {
    response = await fetch(new URL(`api/v1/${path}`, document.baseURI), { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Refusal("No answer", "The service does not answer. Is `harmspot serve` running?");
  }
  if (response.ok) return response.json();
  const body = await response.json().catch(() => ({}));
  throw new Refusal(
    String(body.title ?? `Status ${response.status}`),
    String(body.detail ?? "The service refused without saying why."),
  );
}
