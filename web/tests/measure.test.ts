import { expect, test } from "vitest";

import type { Run } from "../src/api/types";
import { heldBy, questionOf } from "../src/pareto/measure";

const lorenz = { share_of_units: [0, 0.1, 0.5, 1], share_of_total: [0, 0.6, 0.9, 1] };

test("the curve is read between its points", () => {
  const read = (share: number) => heldBy(lorenz, lorenz.share_of_total, share);
  expect(read(0)).toBe(0);
  expect(read(0.05)).toBeCloseTo(0.3);
  expect(read(0.3)).toBeCloseTo(0.75);
  expect(read(1)).toBe(1);
  expect(read(2)).toBe(1);
});

test("the same question is asked of the concentration", () => {
  const run = {
    harm_index: { name: "cchi", version: "2026" },
    parameters: {
      unit: "h3",
      resolution: 9,
      network: null,
      index: "cchi",
      study_area: "city/Old & New",
      from: "2025-01-01",
      to: "2025-12-31",
      offences: ["A", "B"],
      alpha: 0.05,
      top: 15,
    },
  } as unknown as Run;
  const asked = new URLSearchParams(questionOf(run).split("?")[1]);
  expect(asked.getAll("offences")).toEqual(["A", "B"]);
  expect(asked.get("index")).toBe("cchi");
  expect(questionOf(run, "cchi@2026")).toContain("index=cchi%402026");
  expect(asked.get("study_area")).toBe("city/Old & New");
  expect([...asked.keys()]).not.toContain("alpha");
  expect([...asked.keys()]).not.toContain("network");
});
