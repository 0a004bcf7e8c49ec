/** What lies beneath, where the installation has a basemap: muted, so that harm stands out. */

import type { LayerSpecification, SourceSpecification } from "maplibre-gl";

import type { Installation } from "../api/types";
import { FONT, growing } from "./expressions";
import type { Palette } from "./palette";
import type { Drawing } from "./style";

export interface Basemap {
  draw: (palette: Palette) => Drawing;
}

const SOURCE = "basemap";
const IMAGES = { "raster-saturation": -0.75, "raster-contrast": -0.15 } as const;

/** Open the basemap of an installation; null: it has none. */
export async function openBasemap({ kind, url }: Installation["basemap"]): Promise<Basemap | null> {
  if (kind === "none" || url === null) return null;
  if (kind === "raster") {
    return images({ type: "raster", tiles: [absolute(url)], tileSize: 256 });
  }
  const { openArchive } = await import("./archive");
  const archive = await openArchive(absolute(url));
  return archive.images
    ? images({ type: "raster", url: archive.url, tileSize: 256 })
    : { draw: (palette) => vectorsOf(archive.url, palette) };
}

/** Addresses of tiles have braces, which must stay as they are. */
const absolute = (url: string) =>
  new URL(url, document.baseURI).href.replaceAll("%7B", "{").replaceAll("%7D", "}");

const images = (source: SourceSpecification): Basemap => ({
  draw: (palette) => {
    const dark = isDark(palette.map);
    return {
      sources: { [SOURCE]: source },
      layers: [
        {
          id: "basemap",
          type: "raster",
          source: SOURCE,
          paint: { ...IMAGES, "raster-opacity": dark ? 0.45 : 0.65, "raster-fade-duration": 0 },
        },
      ],
    };
  },
});

/** Tell whether a colour, `#rrggbb`, is a dark one. */
export const isDark = (colour: string): boolean =>
  [1, 3, 5].reduce((sum, at) => sum + parseInt(colour.slice(at, at + 2), 16), 0) < 3 * 128;

/** A modest style for the layers that Protomaps puts in its archives. */
function vectorsOf(url: string, palette: Palette): Drawing {
  const of = (layer: string) => ({ source: SOURCE, "source-layer": layer });
  const layers: LayerSpecification[] = [
    { id: "basemap-earth", type: "fill", ...of("earth"), paint: { "fill-color": palette.map } },
    {
      id: "basemap-green",
      type: "fill",
      ...of("landuse"),
      filter: [
        "in",
        ["get", "kind"],
        ["literal", ["park", "forest", "wood", "grass", "cemetery", "nature_reserve"]],
      ],
      paint: { "fill-color": palette.green },
    },
    {
      id: "basemap-water",
      type: "fill",
      ...of("water"),
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": palette.water },
    },
    {
      id: "basemap-buildings",
      type: "fill",
      ...of("buildings"),
      minzoom: 14,
      paint: { "fill-color": palette.built },
    },
    {
      id: "basemap-roads",
      type: "line",
      ...of("roads"),
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": palette.street,
        "line-width": growing(10, ofKind(1, 0.4), 17, ofKind(6, 3)) as never,
      },
    },
    {
      id: "basemap-places",
      type: "symbol",
      ...of("places"),
      layout: {
        "text-field": ["coalesce", ["get", "name:en"], ["get", "name"], ""],
        "text-font": FONT,
        "text-size": 12,
      },
      paint: {
        "text-color": palette.muted,
        "text-halo-color": palette.map,
        "text-halo-width": 1.6,
      },
    },
  ];
  return { sources: { [SOURCE]: { type: "vector", url } }, layers };
}

const ofKind = (main: number, small: number) =>
  [
    "match",
    ["get", "kind"],
    ["highway", "major_road"],
    main,
    small,
  ] as never;
