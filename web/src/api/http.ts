/** Asks the service, and turns its refusals (RFC 9457) into errors that can be shown. */

import type { Problem } from "./types";

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

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return ask<T>(path, signal ? { signal } : {});
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
  let response: Response;
  try {
    response = await fetch(address(path), how);
  } catch (error) {
    if (how.signal?.aborted) throw error;
    throw new Refusal("No answer", "The service does not answer. Is `harmspot serve` running?");
  }
  if (response.ok) return (await response.json()) as T;
  throw await refusalOf(response);
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
