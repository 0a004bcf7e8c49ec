import { describe, expect, test } from "vitest";

import type { Parameters } from "../src/api/types";
import { type Side, hindrance, inOrder } from "../src/compare/places";

const side = (changed: Partial<Parameters>, references = {}): Side => ({
  id: JSON.stringify(changed),
  references,
  parameters: {
    unit: "h3",
    resolution: 9,
    network: null,
    layer: null,
    districts: null,
    index: "count",
    study_area: null,
    from: "2024-01-01",
    to: "2024-12-31",
    sources: null,
    offences: null,
    ...changed,
  } as Parameters,
});

describe("runs can be compared", () => {
  test("on cells of one size, whatever network names them", () => {
    const other = side({ from: "2023-01-01", to: "2023-12-31" }, { network: { name: "a", version: 2 } });
    expect(hindrance(side({}), other)).toBeNull();
  });

  test("not on cells of two sizes, nor on cells and streets", () => {
    expect(hindrance(side({}), side({ resolution: 10 }))).toMatch(/resolution 10.*resolution 9/);
    expect(hindrance(side({}), side({ unit: "segment", resolution: null }))).toMatch(/street/);
  });

  test("not on streets of two versions, which number them anew", () => {
    const on = (version: number) =>
      side({ unit: "segment", resolution: null }, { network: { name: "city", version } });
    expect(hindrance(on(1), on(1))).toBeNull();
    expect(hindrance(on(1), on(2))).toMatch(/versions/);
  });
});

test("the run whose window ends first comes first, whichever is shown", () => {
  const [old, young] = [side({ to: "2023-12-31" }), side({ to: "2024-12-31" })];
  expect(inOrder(young, old)).toEqual([old, young]);
  expect(inOrder(old, young)).toEqual([old, young]);
});

test("of two runs of one window the shown one is the later", () => {
  const [shown, other] = [side({}), side({ top: 3 })];
  expect(inOrder(shown, other)).toEqual([other, shown]);
});
