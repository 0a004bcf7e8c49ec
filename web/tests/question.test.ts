import { describe, expect, test } from "vitest";

import type { Coverage, InputDescription } from "../src/api/offers";
import { begin, change, faults, parametersOf, turn, wayOf, whole } from "../src/question/draft";
import { fieldsOf, joined, split } from "../src/question/inputs";
import { firstIndex } from "../src/question/first-index";
import { lastDays, wholeMonth, wholeMonths, windowsOf } from "../src/question/windows";

const input = (schema: Partial<InputDescription["schema"]>, minOccurs = 0): InputDescription => ({
  title: "",
  description: "",
  minOccurs,
  schema: { type: "string", ...schema },
});

const onlyFor = (units: string[], one: InputDescription): InputDescription => ({
  ...one,
  additionalParameters: { parameters: [{ name: "only-for-unit", value: units }] },
});

const fields = fieldsOf({
  unit: input({ enum: ["h3", "segment", "polygon"], default: "h3" }),
  resolution: onlyFor(["h3"], input({ type: "integer", minimum: 7, maximum: 12, default: 9 })),
  network: input({ nullable: true, default: null }),
  index: input({}, 1),
  from: input({ format: "date" }, 1),
  to: input({ format: "date" }, 1),
  offences: input({ type: "array", items: { type: "string" }, nullable: true, default: null }),
  top: input({ type: "integer", minimum: 1, maximum: 10_000, nullable: true, default: 20 }),
  harm_share: input({
    type: "number",
    minimum: 0,
    exclusiveMinimum: true,
    maximum: 1,
    nullable: true,
    default: null,
  }),
  patrol_minutes: input({ type: "number", minimum: 0, nullable: true, default: null }),
  curvature: input({ type: "number", default: 0.5 }),
});

const coverage: Coverage = {
  data_version: 1,
  incidents: 10,
  by_month: 0,
  first_day: "2024-06-01",
  last_day: "2025-05-31",
  sources: [],
  offences: [],
  indexes: [],
};
const asked = {
  unit: "segment",
  resolution: null,
  network: "city",
  index: "count",
  from: "2025-01-01",
  to: "2025-03-31",
  offences: ["robbery"],
  top: null,
};
const first = begin(fields, asked, coverage, null);

describe("a question", () => {
  test("begins as the shown run was asked", () => {
    expect(first).toMatchObject({ unit: "segment", network: "city", offences: "robbery", top: "" });
    expect(first["resolution"]).toBe("9"); // null only says that segments have none
  });

  test("is asked again as it was", () => {
    const { resolution, ...rest } = asked;
    expect(resolution).toBeNull();
    expect(parametersOf(fields, first)).toEqual(rest);
  });

  test("without a run begins with the last year of the data, where they reach so far", () => {
    const fresh = begin(fields, null, coverage, "harm");
    expect(fresh).toMatchObject({ from: "2024-06-01", to: "2025-05-31", index: "harm", top: "20" });
    const short = begin(fields, null, { ...coverage, first_day: "2025-03-04" }, "harm");
    expect(short["from"]).toBe("2025-03-04");
  });

  test("asks for a parameter that the page has no word for", () => {
    expect(parametersOf(fields, whole(first, { curvature: "0.25" }))).toMatchObject({
      curvature: 0.25,
    });
    expect(parametersOf(fields, first)).not.toHaveProperty("curvature");
  });

  test("leaves what means nothing for its unit", () => {
    const cells = whole(first, { resolution: "8" });
    expect(parametersOf(fields, cells)).not.toHaveProperty("resolution");
    expect(parametersOf(fields, whole(cells, { unit: "h3" }))).toMatchObject({ resolution: 8 });
  });

  test("changed back is not changed", () => {
    const changed = change(first, {}, { to: "2025-04-30" });
    expect(changed).toEqual({ to: "2025-04-30" });
    expect(change(first, changed, { to: "2025-03-31" })).toEqual({});
  });

  test("says the number of targets one way, and lifts the other limits", () => {
    const shared = whole(first, turn("harm_share"));
    expect(wayOf(shared)).toBe("harm_share");
    expect(parametersOf(fields, shared)).toMatchObject({ harm_share: 0.5, top: null });
    expect(faults(fields, whole(shared, { harm_share: "" }))).toEqual({
      harm_share: { kind: "missing" },
    });
  });
});

describe("what does not fit", () => {
  const wrong = (changed: Record<string, string>) => faults(fields, whole(first, changed));

  test("is nothing in a question that was answered", () => {
    expect(wrong({})).toEqual({});
  });

  test.each([
    [{ to: "2024-12-31" }, "to", "backwards"],
    [{ from: "" }, "from", "missing"],
    [{ network: "" }, "network", "missing"],
    [{ offences: "," }, "offences", "none"],
    [{ top: "many" }, "top", "number"],
    [{ top: "2.5" }, "top", "whole"],
    [{ top: "0" }, "top", "range"],
    [{ harm_share: "0" }, "harm_share", "range"],
  ])("%j is told at its field", (changed, field, kind) => {
    expect(wrong(changed)).toMatchObject({ [field]: { kind } });
  });

  test("is not looked for in what the unit leaves", () => {
    expect(wrong({ resolution: "99" })).toEqual({});
    expect(wrong({ resolution: "99", unit: "h3" })).toHaveProperty("resolution");
  });
});

test("several values are told apart in an address, whatever they hold", () => {
  for (const values of [["a"], ["a,b", "50%", "ü / x"], []]) {
    expect(split(joined(values))).toEqual(values);
  }
  expect(split("")).toBeNull();
  expect(split("100%,b")).toEqual(["100%", "b"]); // written by hand
});

describe("windows", () => {
  test("end with the last day of the data", () => {
    expect(lastDays("2025-03-01", 28)).toEqual({ from: "2025-02-02", to: "2025-03-01" });
    expect(windowsOf("2025-12-31").map(([, { to }]) => to)).toEqual(Array(4).fill("2025-12-31"));
  });

  test("of a month are whole", () => {
    expect(wholeMonth("2024-02-29")).toEqual({ from: "2024-02-01", to: "2024-02-29" });
    expect(wholeMonth("2024-03-30")).toEqual({ from: "2024-02-01", to: "2024-02-29" });
    expect(wholeMonth("2025-01-02")).toEqual({ from: "2024-12-01", to: "2024-12-31" });
  });
});

describe("data that know months alone", () => {
  const months: Coverage = { ...coverage, by_month: 9, last_day: "2025-05-31" };

  test("are offered and begun with whole months", () => {
    const windows = Object.fromEntries(windowsOf("2025-05-31", true));
    expect(windows).toEqual({
      month: { from: "2025-05-01", to: "2025-05-31" },
      months3: { from: "2025-03-01", to: "2025-05-31" },
      months12: { from: "2024-06-01", to: "2025-05-31" },
    });
    const { from, to } = begin(fields, null, months, "harm");
    expect([from, to]).toEqual(["2024-06-01", "2025-05-31"]);
  });

  test("a window that cuts a month is offered as whole months", () => {
    expect(wholeMonths({ from: "2025-05-04", to: "2025-05-31" })).toEqual({
      from: "2025-05-01",
      to: "2025-05-31",
    });
    expect(wholeMonths({ from: "2025-01-31", to: "2025-02-01" })).toEqual({
      from: "2025-01-01",
      to: "2025-02-28",
    });
    expect(wholeMonths({ from: "2025-05-01", to: "2025-06-30" })).toBeNull();
    expect(wholeMonths({ from: "", to: "2025-06-30" })).toBeNull();
  });
});

describe("a form begins with the index that weighs most of the incidents", () => {
  const index = (name: string) => ({ name, version: "1", title: name, unit: "days" });
  const indexes = ["a-half", "b-fits", "count"].map(index);
  const offered = (...shares: number[]) => ({
    indexes,
    coverage: {
      ...coverage,
      indexes: indexes.map(({ name }, at) => ({ name, share: shares[at] ?? 0 })),
    },
  });

  test("not with the first of the alphabet, nor with the count, where one weighs harm", () => {
    expect(firstIndex(offered(0.5, 0.98, 1))).toBe("b-fits");
  });

  test("with the count where none weighs any", () => {
    expect(firstIndex(offered(0, 0, 1))).toBe("count");
  });
});
