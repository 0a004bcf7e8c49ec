import { afterEach, describe, expect, it } from "vitest";

import { gettext, ngettext, speak } from "../src/words/catalogue";

const targets = (many: number) => ngettext("{number} target", "{number} targets", many);

describe("the catalogue", () => {
  afterEach(() => speak(null));

  it("says English without a catalogue, with its values and its plural", () => {
    expect(gettext("{many} of {all}", { many: "3", all: "12" })).toBe("3 of 12");
    expect([0, 1, 2].map(targets)).toEqual(["0 targets", "1 target", "2 targets"]);
  });

  it("keeps a value that looks like a place for another one", () => {
    expect(gettext("{a} and {b}", { a: "{b}", b: "x" })).toBe("{b} and x");
  });

  it("says what a language says, in the form that a number takes, beyond the table too", () => {
    const form = (n: number) =>
      n === 1 ? 0 : n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14) ? 1 : 2;
    speak({
      language: "pl",
      sentences: { "{number} target": ["{number} cel", "{number} cele", "{number} celów"] },
      forms: Array.from({ length: 200 }, (_, n) => form(n)),
    });
    expect([1, 3, 5, 12, 1002, 1012].map(targets)).toEqual([
      "1 cel", "3 cele", "5 celów", "12 celów", "1002 cele", "1012 celów",
    ]);
    expect(gettext("Not in it")).toBe("Not in it");
  });
});
