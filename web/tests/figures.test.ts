import { expect, test } from "vitest";

import type { BarsFigure, Column, LineFigure } from "../src/api/figures";
import { reading } from "../src/figures/reading";
import { labelled, widthOf } from "../src/figures/labels";
import { shownOf, tableOf } from "../src/figures/table";

const column = (name: string, reads: Column["reads"] = "text"): Column => ({
  name,
  title: name,
  reads,
  interval: false,
  description: "",
  folded: false,
});
const declared = { name: "figure", title: "Figure", description: "" };

test("values read as their analysis says, and what is not known is told as such", () => {
  expect(reading(0.125, "share")).toBe("12.5%");
  expect(reading("2024-03-01", "day")).toContain("2024");
  expect(reading(0.00001, "chance")).toBe("< 0.0001");
  expect(reading(null, "whole")).toBe("–");
  expect(reading([1, 3], "whole")).toBe("1 to 3");
  expect(reading([1, null], "whole")).toBe("1 or more");
  expect(reading([null, 3], "whole")).toBe("up to 3");
  expect(reading("49", "text")).toBe("49");
});

test("every drawing has its numbers as a table, intervals among them", () => {
  const bars: BarsFigure = {
    ...declared,
    kind: "bars",
    of: column("day"),
    value: column("many", "whole"),
    bars: [
      ["Mon", 4, [3, 5]],
      ["Tue", null, null],
    ],
  };
  expect(tableOf(bars).columns.map((one) => one.interval)).toEqual([false, false, true]);
  const line: LineFigure = {
    ...declared,
    kind: "line",
    across: column("month", "day"),
    up: column("many", "whole"),
    at: ["2024-01-01", "2024-02-01"],
    lines: [{ name: "seen", title: "Seen", values: [1, null], low: [0, null], high: [2, null] }],
  };
  expect(tableOf(line).rows).toEqual([
    ["2024-01-01", 1, [0, 2]],
    ["2024-02-01", null, [null, null]],
  ]);
  expect(tableOf(line).columns[1]?.reads).toBe("whole");
});

test("an interval stands in the cell of the value before it", () => {
  const interval = { ...column("difference", "share"), interval: true };
  const columns = [column("rule"), column("difference", "share"), interval, column("verdict")];
  expect(shownOf(columns).map(({ at, interval }) => [at, interval])).toEqual([
    [0, null],
    [1, 2],
    [3, null],
  ]);
  expect(shownOf([column("rule"), interval]).map(({ interval }) => interval)).toEqual([null, null]);
});

test("no name along an axis covers another, however long they are", () => {
  const names = Array.from({ length: 13 }, (_, at) => `${at + 10} Sep 2025`);
  const places = names.map((_, at) => 44 + (at * 272) / 12);
  const kept = labelled(places, names, 4);
  expect(kept.map(({ index }) => index)).toEqual([0, 6, 12]);
  const spans = kept.map(({ index, said, anchor }) => {
    const [at, width] = [places[index] ?? 0, widthOf(said)];
    return anchor === "start" ? [at, at + width] : anchor === "end" ? [at - width, at] : [at - width / 2, at + width / 2];
  });
  spans.slice(1).forEach(([from], at) => expect(from).toBeGreaterThan(spans[at]?.[1] ?? 0));
  expect(labelled([10, 20], ["A long name", "another"], 4).map(({ index }) => index)).toEqual([0]);
  expect(labelled([], [], 4)).toEqual([]);
});
