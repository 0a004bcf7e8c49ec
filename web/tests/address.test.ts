import { expect, test } from "vitest";

import { PLAIN, read, write } from "../src/state/address";
import type { Address } from "../src/state/address";

test("what is as usual needs no address", () => {
  expect(write(PLAIN)).toBe("");
  expect(read("")).toEqual(PLAIN);
});

test("an address carries all that the reader sees", () => {
  const seen: Address = {
    run: "a".repeat(24),
    target: "t/1 & more",
    compare: "b".repeat(24),
    beside: true,
    panel: "concentration",
    shading: "harm",
    hidden: ["boundaries", "streets"],
    places: 12,
    view: { zoom: 13.25, latitude: 54.5, longitude: -0.12345 },
    question: { offences: "R,S", from: "2025-01-01", study_area: "city/Old Town" },
  };
  expect(read(write(seen))).toEqual(seen);
});

test("what an address says wrongly is as if it did not say it", () => {
  const wrong = "?panel=secret&places=-3&view=99/x/0&hidden=units,ghosts&shading=rainbow";
  expect(read(wrong)).toEqual({ ...PLAIN, hidden: ["units"] });
  expect(read("?places=1.5").places).toBeNull();
  expect(read("?view=3/89/10").view).toBeNull();
});

test("an open form without changes stays open", () => {
  const opened = { ...PLAIN, question: {} };
  expect(read(write(opened))).toEqual(opened);
});
