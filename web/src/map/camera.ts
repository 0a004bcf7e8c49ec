/** Keeps the camera and the address in step, and brings chosen targets into view. */

import { effect, untracked } from "@preact/signals";
import type { Map } from "maplibre-gl";

import type { Box } from "../api/types";
import type { Address } from "../state/address";
import { at, go, shown } from "../state/store";
import { unrolled, widened } from "./ground";
import { boxOf } from "./shapes";

/** Aside there is room for the controls, above for the highest pin. */
const PADDING = { left: 58, right: 58, top: 34, bottom: 30 };
/** Around a selected target: this much of its own size, and these metres, on every side. */
const SURROUNDINGS = { share: 0.6, metres: 300 };
const GLIDE_MS = 420;
const SETTLED_MS = 250;
const STEP = 0.7;
/** Nearer than this to where the whole area is seen, the map stands there. */
const HOME_PX = 2;
const HOME_ZOOM = 0.01;
/** The whole area fills a quarter of the map at least. */
const FURTHEST = 2;

export interface Camera {
  showAll: () => void;
  /** Closer by so many levels, or further out. */
  zoom: (levels: number) => void;
  stop: () => void;
}

type View = Address["view"];

export const written = (view: View): string =>
  view ? `${view.zoom.toFixed(2)}/${view.latitude.toFixed(5)}/${view.longitude.toFixed(5)}` : "";

/** Steer the page's own map; the library leaves out motion for those who asked for less. */
export function steer(map: Map): Camera {
  let whole: Box = [-1, -1, 1, 1];
  let run: string | null = null;
  let target: string | null = null;
  let view = "";
  /** Whether the map stands at the whole area, where it stays when its size changes. */
  let home = true;
  let settling = 0;

  const show = (box: Box, padding: typeof PADDING | 20, glide: boolean) =>
    map.fitBounds(box, { padding, linear: true, animate: glide, duration: GLIDE_MS });
  const showAll = (glide = true) => show(whole, PADDING, glide);
  const showView = (to: NonNullable<View>, glide: boolean) => {
    const center: [number, number] = [to.longitude, to.latitude];
    map.easeTo({ center, zoom: to.zoom, animate: glide, duration: GLIDE_MS });
  };
  const showTarget = (id: string, glide: boolean) => {
    const found = shown.peek()?.collection.features.find((one) => one.properties.target_id === id);
    if (!found) {
      showAll(glide);
      return;
    }
    const { share, metres } = SURROUNDINGS;
    show(widened(boxOf(found.geometry), share, metres), 20, glide);
  };
  const showWhat = (now: Address, glide: boolean) => {
    if (now.view) showView(now.view, glide);
    else if (now.target) showTarget(now.target, glide);
    else showAll(glide);
  };

  const follow = (now: Address) => {
    const current = shown.peek()?.run;
    // Between the choice of another run and its arrival there is nothing to follow.
    if (!current || (now.run !== null && now.run !== current.id)) return;
    const arrived = current.id !== run;
    const led = written(now.view) !== view;
    const chosen = now.target !== target;
    run = current.id;
    view = written(now.view);
    target = now.target;
    if (arrived) {
      whole = unrolled(current.study_area.bbox);
      const fit = map.cameraForBounds(whole, { padding: PADDING });
      map.setMinZoom(fit?.zoom === undefined ? 0 : Math.max(fit.zoom - FURTHEST, 0));
    }
    if (arrived || led) {
      clearTimeout(settling);
      showWhat(now, !arrived);
    } else if (chosen) {
      if (now.target) showTarget(now.target, true);
      else showAll();
    }
  };

  const write = () => {
    // What the address says of another run is not of this camera.
    if (run === null || (at.peek().run ?? run) !== run) return;
    const { lng, lat } = map.getCenter();
    const seen = home ? null : { zoom: map.getZoom(), latitude: lat, longitude: lng };
    if (written(seen) === view) return;
    view = written(seen);
    go({ view: seen }, "replace");
  };
  const isHome = () => {
    const fit = map.cameraForBounds(whole, { padding: PADDING });
    if (!fit?.center || fit.zoom === undefined) return false;
    const { x, y } = map.project(fit.center);
    const { clientWidth, clientHeight } = map.getContainer();
    const away = Math.hypot(x - clientWidth / 2, y - clientHeight / 2);
    return away < HOME_PX && Math.abs(map.getZoom() - fit.zoom) < HOME_ZOOM;
  };
  const settle = () => {
    home = isHome();
    clearTimeout(settling);
    settling = window.setTimeout(write, SETTLED_MS);
  };
  const resized = () => {
    if (home) showAll(false);
  };

  map.on("moveend", settle);
  map.on("resize", resized);
  const forget = effect(() => {
    const now = at.value;
    void shown.value;
    untracked(() => follow(now));
  });
  return {
    showAll: () => showAll(),
    zoom: (levels) => {
        map.easeTo({ zoom: map.getZoom() + levels * STEP, duration: GLIDE_MS });
    },
    stop: () => {
      clearTimeout(settling);
      forget();
    },
  };
}
