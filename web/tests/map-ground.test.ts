import { expect, test } from "vitest";

import type { Run } from "../src/api/types";
import { crowded, type Pixel } from "../src/map/crowding";
import { metresPerPixel, roundLength, wholeFrom, widened, zoomAt } from "../src/map/ground";
import { covering } from "../src/map/palette";
import { boxOf, pinPlace } from "../src/map/shapes";

test("the scale bar has the longest round length that fits", () => {
  expect([999, 1000, 1999, 2000, 4999, 5000].map(roundLength)).toEqual([
    500, 1000, 1000, 2000, 2000, 5000,
  ]);
  expect(roundLength(0.3)).toBeCloseTo(0.2);
});

test("a zoom and the metres of its pixels are two ways to say one thing", () => {
  for (const [zoom, latitude] of [[3, 0], [12.5, 51.5], [17, -33]] as const) {
    expect(zoomAt(100, 100 * metresPerPixel(zoom, latitude), latitude)).toBeCloseTo(zoom);
  }
  // The equator is 40,075 km long, and the world 512 pixels wide at zoom 0.
  expect(metresPerPixel(0, 0) * 512).toBeCloseTo(40_075_017, -2);
});

test("tiles hold all units from the zoom at which as many as fit have room", () => {
  const run = (units: number) =>
    ({ study_area: { units, area_km2: 1500, bbox: [-0.4, 51.3, 0.2, 51.7] } }) as unknown as Run;
  expect(wholeFrom(run(10_000), 10_000)).toBe(0);
  expect(wholeFrom(run(100_000), 10_000)).toBe(11);
  expect(wholeFrom(run(400_000), 10_000)).toBe(12);
});

test("a widened box has as much more on every side, in metres", () => {
  const [west, south, east, north] = widened([0, 60, 0.02, 60.01], 0.5, 100);
  const margin = 0.01 * 111_195 * 0.5 + 100;
  expect((60 - south) * 111_195).toBeCloseTo(margin, -1);
  expect((north - 60.01) * 111_195).toBeCloseTo(margin, -1);
  expect(-west * 111_195 * 0.5).toBeCloseTo(margin, -1);
  expect((east - 0.02) * 111_195 * 0.5).toBeCloseTo(margin, -1);
});

test("pins stand inside cells, and on streets rather than between them", () => {
  const ring = [[10, 50], [12, 50], [12, 52], [10, 52], [10, 50]];
  expect(pinPlace({ type: "Polygon", coordinates: [ring] })).toEqual([11, 51]);
  const lines = [[[0, 0], [4, 0]], [[0, 9], [9, 9]]];
  expect(pinPlace({ type: "MultiLineString", coordinates: lines })).toEqual([4.5, 9]);
  expect(boxOf({ type: "MultiLineString", coordinates: lines })).toEqual([0, 0, 9, 9]);
});

test("a pin gives way to those before it, and to no other", () => {
  const places: Pixel[] = [[0, 0], [15, 0], [30, 0], [-5, -5], [200, 200]];
  expect(crowded(places, 20)).toEqual([false, true, false, true, false]);
});

test("of pins that are drawn no two are too near, and each that is not has one near it", () => {
  const places = Array.from(
    { length: 300 },
    (_, at): Pixel => [(at * 7919) % 613, (at * 104_729) % 397],
  );
  const dots = crowded(places, 21);
  const near = (a: Pixel, b: Pixel) => Math.hypot(a[0] - b[0], a[1] - b[1]) < 21;
  const drawn = places.filter((_, at) => !dots[at]);
  expect(drawn.length).toBeGreaterThan(100);
  for (const place of drawn) {
    expect(drawn.filter((other) => other !== place && near(place, other))).toEqual([]);
  }
  for (const place of places.filter((_, at) => dots[at])) {
    expect(drawn.some((other) => near(place, other))).toBe(true);
  }
});

test("a colour covers as much as it is told to", () => {
  expect(covering("#17324d", 1)).toBe("#17324dff");
  expect(covering("#17324d80", 0)).toBe("#17324d00");
});
