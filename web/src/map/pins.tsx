/** Numbered pins over the targets: buttons that gestures of the map pass through. */

import { type ReadonlySignal, useSignal, useSignalEffect } from "@preact/signals";
import type { Map as MapLibre } from "maplibre-gl";
import { useEffect, useMemo, useRef } from "preact/hooks";

import type { Run, Target, TargetFeature } from "../api/types";
import { at, choose, hovered } from "../state/store";
import { words } from "../words/en";
import { leadOf } from "../words/ordering";
import { type Pixel, crowded } from "./crowding";
import { MOST_PINS, type Scene, isShown } from "./scene";
import { pinPlace } from "./shapes";

const CROWDED_PX = 21;
const CLICK_PX = 5;
const STEPS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowDown: 1,
  ArrowLeft: -1,
  ArrowUp: -1,
};

interface Props {
  map: MapLibre;
  scene: ReadonlySignal<Scene | null>;
  /** These are not the targets of the list: they are told, but cannot be chosen. */
  apart?: boolean;
}

export function Pins({ map, scene, apart = false }: Props) {
  const layer = useRef<HTMLDivElement>(null);
  /** The one of them that the tab key stops at. */
  const stop = useSignal<string | null>(null);
  const now = scene.value;
  const features = now && isShown(now, "targets") ? now.targets.features : [];
  const few = features.length <= MOST_PINS ? features : [];
  const places = useMemo(() => few.map((one) => pinPlace(one.geometry)), [now?.targets, few.length]);

  useEffect(() => {
    const place = () => layer.current && placePins(map, layer.current, places);
    place();
    map.on("move", place);
    map.on("resize", place);
    return () => {
      map.off("move", place);
      map.off("resize", place);
    };
  }, [map, places]);
  // A chosen pin is drawn whole, which may leave others less room.
  useSignalEffect(() => {
    void [at.value.target, hovered.value];
    requestAnimationFrame(() => layer.current && placePins(map, layer.current, places));
  });

  const step = (event: KeyboardEvent) => {
    const way = STEPS[event.key];
    if (way === undefined || !(event.target instanceof HTMLElement)) return;
    event.preventDefault();
    event.stopPropagation();
    const from = few.findIndex(
      (one) => one.properties.target_id === (event.target as HTMLElement).dataset["id"],
    );
    const to = (from + way + few.length) % few.length;
    const [next, where] = [few[to], places[to]];
    if (!next || !where) return;
    if (!map.getBounds().contains(where)) map.easeTo({ center: where });
    stop.value = next.properties.target_id;
    layer.current
      ?.querySelector<HTMLElement>(`[data-id="${CSS.escape(next.properties.target_id)}"]`)
      ?.focus({ preventScroll: true });
  };

  const known = few.some((one) => one.properties.target_id === stop.value) ? stop.value : null;
  const tabbed = known ?? few[0]?.properties.target_id;
  return (
    <div
      class="pins"
      ref={layer}
      role="group"
      aria-label={words.map.pins}
      onKeyDown={step}
    >
      {few.map((one) => (
        <Pin
          key={one.properties.target_id}
          feature={one}
          run={now?.run}
          tabbed={one.properties.target_id === tabbed}
          apart={apart}
        />
      ))}
    </div>
  );
}

interface PinProps {
  feature: TargetFeature;
  run: Run | undefined;
  tabbed: boolean;
  apart: boolean;
}

function Pin({ feature: { properties: target }, run, tabbed, apart }: PinProps) {
  const id = target.target_id;
  const pressed = useRef<Pixel>([0, 0]);
  const selected = !apart && at.value.target === id;
  const marks = `${selected ? " selected" : ""}${hovered.value === id ? " hovered" : ""}`;
  return (
    <button
      type="button"
      class={`pin${marks}`}
      data-id={id}
      data-rank={target.rank}
      aria-pressed={apart ? undefined : selected}
      aria-disabled={apart || undefined}
      aria-label={words.map.pin(target.rank, target.label, run ? ledBy(target, run) : "")}
      tabIndex={tabbed ? 0 : -1}
      onPointerDown={(event) => (pressed.current = [event.clientX, event.clientY])}
      onClick={(event) => {
        event.stopPropagation();
        const [x, y] = pressed.current;
        // A drag of the map that began here is no choice; a key's click has no place.
        const dragged = Math.hypot(event.clientX - x, event.clientY - y) > CLICK_PX;
        if (!apart && (event.detail === 0 || !dragged)) choose(id);
      }}
      onDblClick={(event) => event.stopPropagation()}
      onPointerEnter={() => (hovered.value = id)}
      onPointerLeave={() => (hovered.value = null)}
      onFocus={() => (hovered.value = id)}
      onBlur={() => (hovered.value = null)}
    >
      <svg viewBox="-14 -32 28 34" aria-hidden="true">
        <path class="body" d="M0 0L-5.5 -9.2A12 12 0 1 1 5.5 -9.2Z" />
        <text y={-15.2}>{target.rank}</text>
        <circle class="dot" r={4.5} />
      </svg>
    </button>
  );
}

/** What ranks a target, with its name: "3,466 days of harm expected in the next four weeks". */
const ledBy = (target: Target, run: Run) => {
  const { said, name } = leadOf(target, run);
  return words.map.lead(said, name);
};

/** Move the pins to where the camera has their places; this is done for every frame it moves. */
function placePins(map: MapLibre, layer: HTMLElement, places: [number, number][]) {
  const pins = [...layer.children].filter((one) => one instanceof HTMLElement);
  const { clientWidth: width, clientHeight: height } = map.getContainer();
  const pixels = places.map((place): Pixel => {
    const { x, y } = map.project(place);
    return [x, y];
  });
  const isMarked = (at: number) => /selected|hovered/.test(pins[at]?.className ?? "");
  const order = pins.map((_, at) => at).sort((a, b) => Number(isMarked(b)) - Number(isMarked(a)));
  const full = crowded(
    order.map((at) => pixels[at] ?? [0, 0]),
    CROWDED_PX,
  );
  order.forEach((at, nth) => {
    const [pin, pixel] = [pins[at], pixels[at]];
    if (!pin || !pixel) return;
    pin.style.transform = `translate(${pixel[0].toFixed(1)}px, ${pixel[1].toFixed(1)}px)`;
    pin.style.zIndex = String(isMarked(at) ? pins.length + 1 : pins.length - at);
    // On paper the map has another size.
    pin.style.setProperty("--x", String(pixel[0] / width));
    pin.style.setProperty("--y", String(pixel[1] / height));
    // An attribute of its own: the class is written anew for every mark.
    pin.toggleAttribute("data-crowded", full[nth] === true && !isMarked(at));
  });
}
