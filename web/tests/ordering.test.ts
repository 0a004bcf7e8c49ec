import { expect, test } from "vitest";

import type { Run, Target } from "../src/api/types";
import { alsoOf, choiceWords, leadOf, orderOf, orderWords } from "../src/words/ordering";
import { shortWindow } from "../src/words/runs";

const run = (strategy: string | undefined, more: Record<string, unknown> = {}) =>
  ({
    parameters: { strategy, ...more },
    harm_index: { unit: "days" },
    horizon: { step: "month" },
    inference: { inference: "permutation", permutations: 9999, alpha: 0.05 },
  }) as unknown as Run;

const target = {
  harm: 39905,
  count: 138,
  harm_share: 0.036,
  expected_harm: 3143,
  expected_interval: [1111, 5871],
} as unknown as Target;

test("a list of expected harm shows it first, with its interval, and the share after it", () => {
  const expected = run("expected");
  expect(leadOf(target, expected)).toMatchObject({ said: "3,143 days", interval: "1,111 to 5,871" });
  expect(alsoOf(target, expected)).toEqual(["3.6% of harm", "138 incidents"]);
  expect(orderWords(expected)).toContain("expected in the next month");
  expect(choiceWords(expected)).toEqual({ by: "expected harm", how: "in the next month" });
});

test("lists of the window show what the window held", () => {
  for (const strategy of ["hot-spot", "top", "significant"]) {
    expect(leadOf(target, run(strategy)).said).toBe("39,905 days");
    expect(leadOf(target, run(strategy, { value: "count" })).said).toBe("138 incidents");
    expect(alsoOf(target, run(strategy, { value: "count" }))).toEqual(["3.6% of harm"]);
    expect(orderWords(run(strategy))).toContain("by harm in the window");
  }
});

test("only of hot spots is it said that a test chose them", () => {
  expect(choiceWords(run("hot-spot"))?.by).toContain("Gi*");
  expect(choiceWords(run("hot-spot"))?.how).toBe("9,999 permutations, q ≤ 0.05");
  expect(orderOf(run("significant"))).toBe("hot-spot");
  for (const strategy of ["expected", "top"]) {
    expect(JSON.stringify(choiceWords(run(strategy)))).not.toMatch(/Gi|permutations/);
  }
  expect(choiceWords(run(undefined))).toBeNull();
  expect(orderWords(run(undefined))).toBeNull();
});

test("windows of whole months and years are told by their names", () => {
  const short = (from: string, to: string) => shortWindow({ from, to });
  expect(short("2025-01-01", "2025-12-31")).toBe("2025");
  expect(short("2023-01-01", "2025-12-31")).toBe("2023–2025");
  expect(short("2024-02-01", "2024-02-29")).toBe("Feb 2024");
  expect(short("2025-01-01", "2025-03-31")).toBe("Jan–Mar 2025");
  expect(short("2024-11-01", "2025-01-31")).toBe("Nov 2024 – Jan 2025");
  expect(short("2025-02-01", "2025-02-27")).toBe("1 Feb 2025 – 27 Feb 2025");
});
