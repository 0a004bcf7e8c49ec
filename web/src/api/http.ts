/** Asks the service, and turns its refusals (RFC 9457) into errors that can be shown. */

import { forget, logIn, ofWrites } from "./session";
import type { Problem } from "./types";

const LEAST_S = 1;
const UNKNOWN = 401;

/** The session is over: the reader logs in again, and is back here then. */
export function comeIn(): void {
  forget();
  logIn();
}

/** A refusal, with the service's own words; `status` 0: it did not answer at all. */
export class Refusal extends Error {
  constructor(
    readonly title: string,
    detail: string,
    readonly status = 0,
    readonly errors: { where: string; message: string }[] = [],
  ) {
    super(detail);
  }

  static of(problem: Problem): Refusal {
    return new Refusal(problem.title, problem.detail, problem.status, problem.errors);
  }
}

/** The address of a path of the service, which may stand below a proxy's path. */
export const address = (path: string): string => new URL(path, document.baseURI).href;

/** Read something; what takes a while (202) is asked for again when the service says so. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const how = signal ? { signal } : {};
  for (;;) {
    const response = await answered(path, how);
    if (response.status !== 202) return (await response.json()) as T;
    await rest(Number(response.headers.get("Retry-After")) || LEAST_S, signal);
  }
}

/** Ask for something once and wait for none of it: what takes a while is begun by that. */
export async function begin(path: string): Promise<void> {
  await (await answered(path, {})).body?.cancel();
}

export async function send<T>(
  method: "POST" | "PUT" | "DELETE",
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  return ask<T>(path, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
    ...(signal ? { signal } : {}),
  });
}

async function ask<T>(path: string, how: RequestInit): Promise<T> {
  return (await (await answered(path, how)).json()) as T;
}

async function answered(path: string, how: RequestInit): Promise<Response> {
  const written = how.method === undefined || how.method === "GET" ? {} : await ofWrites();
  let response: Response;
  try {
    response = await fetch(address(path), { ...how, headers: { ...how.headers, ...written } });
  } catch (error) {
    if (how.signal?.aborted) throw error;
    throw new Refusal("No answer", "The service does not answer. Is `harmspot serve` running?");
  }
  if (response.ok) return response;
  if (response.status === UNKNOWN) comeIn();
  throw await refusalOf(response);
}

function rest(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const left = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", left);
      resolve();
    }, seconds * 1000);
    if (signal?.aborted) left();
    else signal?.addEventListener("abort", left, { once: true });
  });
}

async function refusalOf(response: Response): Promise<Refusal> {
  const body = (await response.json().catch(() => ({}))) as Partial<Problem>;
  return new Refusal(
    body.title ?? `Status ${response.status}`,
    body.detail ?? "The service refused without saying why.",
    response.status,
    body.errors ?? [],
  );
}
