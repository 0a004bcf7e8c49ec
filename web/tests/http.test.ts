import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { get, Refusal } from "../src/api/http";

const pending = () => new Response("{}", { status: 202, headers: { "Retry-After": "3" } });
const found = () => new Response(JSON.stringify({ units: 4 }));

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("document", { baseURI: "http://harm.example/spots/" });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("what takes a while is asked for again when the service says so", async () => {
  const asked = vi.fn().mockResolvedValueOnce(pending()).mockResolvedValueOnce(pending());
  asked.mockResolvedValueOnce(found());
  vi.stubGlobal("fetch", asked);
  const answer = get("api/v1/concentration?index=count");
  await vi.advanceTimersByTimeAsync(2_900);
  expect(asked).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(3_200);
  expect(await answer).toEqual({ units: 4 });
  expect(new Set(asked.mock.calls.map(([url]) => url))).toEqual(
    new Set(["http://harm.example/spots/api/v1/concentration?index=count"]),
  );
});

test("who leaves asks no more", async () => {
  const asked = vi.fn().mockImplementation(async () => pending());
  vi.stubGlobal("fetch", asked);
  const leaving = new AbortController();
  const answer = get("api/v1/concentration", leaving.signal);
  const left = expect(answer).rejects.toThrow();
  await vi.advanceTimersByTimeAsync(100);
  leaving.abort();
  await left;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveBeenCalledTimes(1);
});

test("a refusal after a wait is told", async () => {
  const problem = { title: "No incidents", detail: "There is none.", status: 422, errors: [] };
  const refused = new Response(JSON.stringify(problem), { status: 422 });
  vi.stubGlobal("fetch", vi.fn().mockResolvedValueOnce(pending()).mockResolvedValueOnce(refused));
  const answer = get("api/v1/targets");
  const told = expect(answer).rejects.toEqual(new Refusal("No incidents", "There is none.", 422));
  await vi.advanceTimersByTimeAsync(4_000);
  await told;
});
