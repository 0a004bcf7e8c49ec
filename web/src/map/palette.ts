/** The colours of the page's custom properties, as the map's own drawing needs them. */

const NAMES = [
  "map",
  "surface",
  "ink",
  "muted",
  "accent",
  "pin",
  "halo",
  "bar",
  "up",
  "down",
  "boundary",
  "cell-edge",
  "cell-edge-quiet",
  "street",
  "street-none",
  "patrol",
  "figure",
  "water",
  "green",
  "built",
  "class-hot-99",
  "class-hot-95",
  "class-hot-90",
  "class-not-significant",
  "class-cold-90",
  "class-cold-95",
  "class-cold-99",
  "harm-1",
  "harm-2",
  "harm-3",
  "harm-4",
  "harm-none",
] as const;

export type ColourName = (typeof NAMES)[number];
export type Palette = Readonly<Record<ColourName, string>>;

/** Read the colours that hold now: other ones hold in the dark. */
export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element);
  return Object.fromEntries(
    NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim() || "#888888"]),
  ) as Record<ColourName, string>;
}

/** A colour, written `#rrggbb`, with so much of it covering what lies beneath. */
export const covering = (colour: string, share: number): string =>
  colour.slice(0, 7) +
  Math.round(share * 255)
    .toString(16)
    .padStart(2, "0");
