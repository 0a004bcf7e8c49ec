/** Puts a picture of the map in its place while the page is printed: its canvas is not kept. */

import type { Map as MapLibre } from "maplibre-gl";

export function followPrint(map: MapLibre, picture: HTMLImageElement): () => void {
  const take = () => {
    // A canvas has its content until it has been shown, so both in one turn.
    map.redraw();
    picture.src = map.getCanvas().toDataURL();
    picture.hidden = false;
  };
  const drop = () => {
    picture.hidden = true;
    picture.removeAttribute("src");
  };
  addEventListener("beforeprint", take);
  addEventListener("afterprint", drop);
  return () => {
    removeEventListener("beforeprint", take);
    removeEventListener("afterprint", drop);
  };
}
