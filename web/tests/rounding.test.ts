import { describe, expect, test } from "vitest";

import { chance, harm, integer, number, percent } from "../src/words/format";
import said from "./rounding.json";

/** Numbers are rounded by one rule: here, and in the service (tests/unit/test_rounding.py). */
describe("numbers read as the service writes them", () => {
  test.each(Object.entries({ whole: integer, harm, number, percent, chance }))("%s", (how, say) => {
    const expected = said[how as keyof typeof said] as Record<string, string>;
    const spoken = Object.keys(expected).map((value) => [value, say(Number(value))]);
    const whole = Object.entries(expected).map(([value, text]) => [value, text.replace(/\.0%$/, "%")]);
    expect(Object.fromEntries(spoken)).toEqual(Object.fromEntries(whole));
  });
});
