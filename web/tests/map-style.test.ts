import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
import { expect, test, vi } from "vitest";

import type { LayerFigure } from "../src/api/figures";
import type { Run, TargetCollection } from "../src/api/types";
import type { Palette } from "../src/map/palette";
import type { Scene } from "../src/map/scene";
import { byClass, byHarm } from "../src/map/shading";
import { styleOf } from "../src/map/style";

vi.stubGlobal("document", { baseURI: "http://127.0.0.1:8000/spots/?run=1" });

const PALETTE = new Proxy({} as Palette, { get: () => "#123456" });
const SQUARE: GeoJSON.Polygon = {
  type: "Polygon",
  coordinates: [[[0, 0], [0.01, 0], [0.01, 0.01], [0, 0.01], [0, 0]]],
};
const STREET: GeoJSON.LineString = { type: "LineString", coordinates: [[0, 0], [0.01, 0.01]] };

function runOf(unit: string, more: Record<string, unknown> = {}): Run {
  return {
    id: "r".repeat(24),
    parameters: { unit, network: "city", districts: "wards", tail: "both", ...more },
    references: { network: { name: "city", version: 3 }, districts: { name: "wards", version: 1 } },
    window: { from: "2025-01-01", to: "2025-12-31" },
    study_area: { name: "city", units: 100_000, area_km2: 80, bbox: [0, 51, 0.2, 51.2] },
    incidents: { used: 9_000 },
    harm_index: { unit: "days" },
    sources: [],
  } as unknown as Run;
}

function targetsOf(geometry: GeoJSON.Geometry, many = 2): TargetCollection {
  return {
    features: Array.from({ length: many }, (_, at) => ({
      type: "Feature",
      geometry,
      patrol_area: SQUARE,
      properties: { rank: at + 1, target_id: `t-${at}`, label: "Here" },
    })),
  } as unknown as TargetCollection;
}

function sceneOf(more: Partial<Scene> = {}): Scene {
  const run = more.run ?? runOf("h3");
  return {
    run,
    units: true,
    shadings: ["class", "harm"],
    figures: [],
    targets: targetsOf(SQUARE),
    outline: [{ type: "Feature", properties: {}, geometry: SQUARE }],
    shading: byClass(run),
    places: null,
    hidden: [],
    incidents: true,
    writtenAs: "a1b2",
    basemap: null,
    palette: PALETTE,
    differences: null,
    ...more,
  };
}

const QUARTERS = [{ rank: 51, harm: 3520.5 }, { rank: 152, harm: 2205 }, { rank: 415, harm: 624 }];
const CHANGES: GeoJSON.FeatureCollection = {
  type: "FeatureCollection",
  features: [{ type: "Feature", properties: { status: "gone" }, geometry: SQUARE }],
};

test.each<[string, Scene]>([
  ["cells by class", sceneOf()],
  ["cells by harm, some picked out", sceneOf({ shading: byHarm(QUARTERS), places: 12 })],
  ["streets", sceneOf({ run: runOf("segment"), targets: targetsOf(STREET), places: 3 })],
  ["more targets than pins", sceneOf({ targets: targetsOf(SQUARE, 201) })],
  ["what changed", sceneOf({ differences: CHANGES })],
  ["nothing but the ground", sceneOf({ hidden: ["units", "targets", "streets", "density"] })],
])("the style of %s is a valid one", (_, scene) => {
  expect(validateStyleMin(styleOf(scene))).toEqual([]);
});

test("tiles are asked for by the path of the service, of the run and version that is shown", () => {
  const { sources } = styleOf(sceneOf());
  expect(sources["units"]).toMatchObject({
    tiles: [
      "http://127.0.0.1:8000/spots/ogc/collections/units/tiles/WebMercatorQuad/{z}/{y}/{x}" +
        `?run_id=${"r".repeat(24)}&v=a1b2&f=mvt`,
    ],
  });
  expect(JSON.stringify(sources["streets"])).toContain("network=city%403");
  // The service knows which incidents are the run's, by the clock of each source.
  expect(JSON.stringify(sources["incidents"])).toContain(`run_id=${"r".repeat(24)}`);
  expect(JSON.stringify(sources["incidents"])).not.toContain("filter=");
});

test("nothing is asked for of incidents where they may not be shown", () => {
  expect(Object.keys(styleOf(sceneOf({ incidents: false })).sources)).not.toContain("incidents");
});

test("streets of a run of streets are drawn once, as its units", () => {
  const { sources } = styleOf(sceneOf({ run: runOf("segment"), targets: targetsOf(STREET) }));
  expect(Object.keys(sources)).not.toContain("streets");
});

test("only the classes that a run may have are in its steps", () => {
  const hot = byClass(runOf("h3", { tail: "hot" })).steps.map((step) => step.colour);
  expect(hot).toEqual(["class-hot-99", "class-hot-95", "class-hot-90", "class-not-significant"]);
  expect(byClass(runOf("h3")).steps).toHaveLength(7);
});

test("the legend of harm says where its quarters end", () => {
  const steps = byHarm(QUARTERS).steps.map((step) => step.words);
  expect(steps[0]).toMatch(/^First quarter of all harm \(≥ 3.52.\)$/);
  expect(steps.at(-1)).toBe("none");
  expect(byHarm([{ rank: 0, harm: 0 }]).steps[0]?.words).toBe("First quarter of all harm");
});

test("a run without units asks for no tiles of them, and what its analysis declares is drawn", () => {
  const figures = (["polygon", "line"] as const).map((shape): LayerFigure => ({
    kind: "layer",
    name: shape,
    title: shape,
    description: "",
    shape,
    columns: [{ name: "name", title: "Name", reads: "text", interval: false, description: "", folded: false }],
    places: [{ geometry: shape === "line" ? STREET : SQUARE, values: ["Here"] }],
  }));
  const style = styleOf(sceneOf({ units: false, figures }));
  expect(validateStyleMin(style)).toEqual([]);
  expect(Object.keys(style.sources)).not.toContain("units");
  expect(style.layers.map((one) => one.id).filter((id) => id.startsWith("figure-"))).toEqual([
    "figure-polygon-fill",
    "figure-polygon-line",
    "figure-line-line",
  ]);
  const hidden = styleOf(sceneOf({ figures, hidden: ["figures"] })).layers;
  const shown = hidden.filter((one) => one.layout?.visibility !== "none").map((one) => one.id);
  expect(shown.filter((id) => id.startsWith("figure-"))).toEqual([]);
});
