/** The colours that hold now; they change with the reader's preference for light or dark. */

import { signal } from "@preact/signals";

import { type Palette, paletteOf } from "./palette";

export const palette = signal<Palette>(paletteOf(document.documentElement));

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  palette.value = paletteOf(document.documentElement);
});
// The page's own styles may come later than this module.
addEventListener("load", () => (palette.value = paletteOf(document.documentElement)));
