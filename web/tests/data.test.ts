import { expect, test } from "vitest";

import { EventReader } from "../src/api/events";
import type { BatchReport } from "../src/api/incidents";
import { total } from "../src/data/batches";
import { folded } from "../src/data/folded";
import { draftOf, lacking, nameFor, otherColumns, withColumn, withKept, writtenOf } from "../src/data/draft";
import { whenWords } from "../src/data/saying";

const WRITTEN = {
  time_zone: "Europe/London",
  crs: "EPSG:27700",
  encoding: "utf-8",
  delimiter: ";",
  columns: {
    external_id: "Ref",
    offence_name: "Offence",
    occurred_from: ["Day", "Clock"],
    longitude: "East",
    latitude: "North",
    location_text: "Street",
  },
  time: { formats: ["%d/%m/%Y %H:%M", "iso"], precision: "exact" },
  offence: { code: "slug", mapping: { Rob: "robbery" } },
};

test("a profile survives the way through the form, with what the form does not show", () => {
  expect(writtenOf(draftOf(WRITTEN, "UTC"))).toEqual({
    ...WRITTEN,
    optional: ["location_text"],
    attributes: "none",
  });
});

test("a profile that does without the words of offences does so after the form, too", () => {
  const columns = { ...WRITTEN.columns, offence_code: "Code" };
  const generic = { ...WRITTEN, columns, optional: ["offence_name", "location_text"] };
  expect(writtenOf(draftOf(generic, "UTC")).optional).toContain("offence_name");
  expect(writtenOf(draftOf({ ...generic, optional: [] }, "UTC")).optional).not.toContain("offence_name");
});

test("what warnings speak of can be said in the form, and taken back", () => {
  const plain = draftOf(WRITTEN, "UTC");
  const said = { ...plain, onePer: "row", defaultClocks: "00:00; 00:01", earliest: "1990-01-01" };
  const written = writtenOf({ ...said, placeholders: "-0.1 51.5; 1,2", rejectStrays: true });
  expect(written.one_per).toBe("row");
  expect(written.time).toEqual({ ...WRITTEN.time, default_clocks: ["00:00", "00:01"], earliest: "1990-01-01" });
  expect(written.place).toEqual({ placeholders: [[-0.1, 51.5], [1, 2]], reject_strays: true });
  const again = draftOf(written, "UTC");
  expect(writtenOf(again)).toEqual(written);
  const back = writtenOf({ ...again, onePer: "", defaultClocks: "", placeholders: "", rejectStrays: false });
  expect([back.one_per, back.time?.default_clocks]).toEqual([null, []]);
  expect(back.place).toEqual({ placeholders: [], reject_strays: false });
});

test("columns are kept by name alone, and once they are matched they are no others", () => {
  const kept = withKept(draftOf(WRITTEN, "UTC"), "Beat", true);
  expect(writtenOf(kept).attributes).toEqual(["Beat"]);
  expect(otherColumns(kept, ["Ref", "Offence", "Victim"])).toEqual(["Victim", "Beat"]);
  expect(writtenOf(withKept(kept, "Beat", false)).attributes).toBe("none");
  expect(writtenOf(draftOf({ ...WRITTEN, attributes: ["Beat"] }, "UTC")).attributes).toEqual(["Beat"]);
  const all = draftOf({ ...WRITTEN, attributes: "all" }, "UTC");
  expect(writtenOf(all).attributes).toBe("all");
});

test("ids may never be missing from a later file", () => {
  const draft = withColumn(draftOf({}, "UTC"), "external_id", 0, "Ref");
  expect(writtenOf(draft).optional).toEqual([]);
});

test("a day and a clock in two columns are joined, and either can be taken back", () => {
  const day = withColumn(draftOf({}, "UTC"), "occurred_from", 0, "Day");
  const both = withColumn(day, "occurred_from", 1, "Clock");
  expect(writtenOf(both).columns).toEqual({ occurred_from: ["Day", "Clock"] });
  expect(writtenOf(withColumn(both, "occurred_from", 1, "")).columns).toEqual({
    occurred_from: "Day",
  });
});

test("what is still to be matched is named, positions only where there are no geometries", () => {
  const empty = draftOf({}, "UTC");
  expect(lacking(empty, false)).toEqual(["occurred_from", "longitude", "latitude", "offence_name"]);
  expect(lacking(empty, true)).toEqual(["occurred_from", "offence_name"]);
  expect(lacking(draftOf(WRITTEN, "UTC"), false)).toEqual([]);
});

test("a profile's name is made of the characters that such names have", () => {
  expect(nameFor("Kriminalität März 2024.csv.gz")).toBe("Kriminalit-t-M-rz-2024");
  expect(nameFor("…csv")).toBe("csv");
});

test("events are read whole, wherever the pieces are cut", () => {
  const text = 'event: progress\ndata: {"rows": 7}\n\n: still there\n\nevent: report\ndata: {}\n\n';
  for (let cut = 0; cut <= text.length; cut += 1) {
    const reader = new EventReader();
    const events = [...reader.push(text.slice(0, cut)), ...reader.push(text.slice(cut))];
    expect(events).toEqual([
      { event: "progress", data: '{"rows": 7}' },
      { event: "report", data: "{}" },
    ]);
  }
});

test("the sum of reports counts every row once", () => {
  const report = (accepted: number, rejected: number): BatchReport => ({
    batch_id: 1,
    file: "a.csv",
    source: "s",
    profile: "p",
    read: accepted + rejected,
    accepted,
    updated: 0,
    duplicate: 0,
    rejected,
    rejected_by_reason: rejected ? { missing_time: rejected } : {},
    warnings: [],
    warned: [],
    received_at: null,
    kind: "ingest" as const,
    cancelled: 0,
    removed: 0,
    undone: null,
  });
  const sum = total([report(5, 2), report(3, 0), report(0, 1)]);
  expect([sum.read, sum.accepted, sum.rejected]).toEqual([11, 8, 3]);
  expect(sum.rejected_by_reason).toEqual({ missing_time: 3 });
});

test("warnings of one kind are told once, with the files and the rows of all", () => {
  const report = (file: string, ...warned: BatchReport["warned"]): BatchReport => ({
    ...total([]),
    file,
    warned,
  });
  const repeats = (rows: number) => ({ code: "repeated_ids", message: `${rows} rows`, rows, share: null });
  const shared = (rows: number, share: number) => ({ code: "shared_points", message: "one place", rows, share });
  const before = (message: string) => ({ code: "file", message, rows: null, share: null });
  const all = [
    report("a", repeats(2), shared(10, 0.5), before("line 1 stands before the header")),
    report("b", repeats(3), shared(20, 0.05), before("lines 1 to 3 stand before the header")),
    report("c", repeats(1), before("the values are parted by ';'")),
    report("d", repeats(1)),
    report("e", repeats(1000)),
  ];
  expect(folded(all)).toEqual([
    "a: 2 rows. Likewise 4 more files (b, c, d, …), 1,007 in all",
    "a: one place. Likewise 1 more file (b), 30 in all (7.1%)",
    "a: line 1 stands before the header. Likewise 1 more file (b)",
    "c: the values are parted by ';'",
  ]);
});

test("a time is told as finely as it is known, by the clocks of its zone", () => {
  const month = {
    occurred_from: "2018-03-31T23:00:00Z",
    occurred_to: "2018-04-30T22:59:59.999999Z",
    time_precision: "month" as const,
  };
  expect(whenWords(month, "Europe/London", ["en-GB"])).toBe("April 2018");
  const exact = {
    occurred_from: "2016-04-27T18:44:00Z",
    occurred_to: "2016-04-27T18:44:00Z",
    time_precision: "exact" as const,
  };
  expect(whenWords(exact, "America/Chicago", ["en-GB"])).toBe("27 Apr 2016, 13:44");
});
