import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { begin, get, Refusal, send } from "../src/api/http";
import { CSRF_HEADER, forget } from "../src/api/session";

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

const session = (token: string | null) => new Response(JSON.stringify({ csrf_token: token }));

test("writes of a session carry its token, which is asked for once", async () => {
  forget();
  const asked = vi.fn().mockResolvedValueOnce(session("t1"));
  asked.mockImplementation(async () => found());
  vi.stubGlobal("fetch", asked);
  await send("POST", "api/v1/jobs", { process: "targets" });
  await send("DELETE", "api/v1/jobs/1");
  expect(asked.mock.calls.map(([url]) => String(url))).toEqual([
    "http://harm.example/spots/api/v1/session",
    "http://harm.example/spots/api/v1/jobs",
    "http://harm.example/spots/api/v1/jobs/1",
  ]);
  for (const [, how] of asked.mock.calls.slice(1)) expect(how.headers[CSRF_HEADER]).toBe("t1");
});

test("where there is no session, writes carry nothing, and reads ask for no token", async () => {
  forget();
  const asked = vi.fn().mockResolvedValueOnce(found()).mockResolvedValueOnce(session(null));
  asked.mockImplementation(async () => found());
  vi.stubGlobal("fetch", asked);
  await get("api/v1/runs");
  await send("POST", "api/v1/jobs", {});
  expect(asked).toHaveBeenCalledTimes(3);
  expect(asked.mock.calls[2]?.[1].headers).not.toHaveProperty(CSRF_HEADER);
});

test("a session that is over leads to the page to log in, and back", async () => {
  forget();
  const assign = vi.fn();
  vi.stubGlobal("location", { pathname: "/spots/", search: "?run=1", assign });
  const over = new Response(JSON.stringify({ title: "Not known", detail: "Log in." }), { status: 401 });
  vi.stubGlobal("fetch", vi.fn().mockResolvedValueOnce(over));
  await expect(get("api/v1/runs")).rejects.toThrow("Log in.");
  expect(String(assign.mock.calls[0]?.[0])).toBe(
    "http://harm.example/spots/login?next=%2F%3Frun%3D1",
  );
});

test("what is only begun is asked for once, though it takes a while", async () => {
  const asked = vi.fn().mockImplementation(async () => pending());
  vi.stubGlobal("fetch", asked);
  await begin("api/v1/runs/1");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveBeenCalledTimes(1);
});
