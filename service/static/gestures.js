// Moves a view by drag, pinch, wheel, double click and keys.

/** @typedef {import("./view.js").View} View */
/** @typedef {import("./types.js").Position} Position */

const DRAG_PX = 4;
const KEY_PX = 80;
const KEY_ZOOM = 1.5;

/**
 * @param {HTMLElement} element
 * @param {View} view
 * @param {() => void} showAll
 */
export function followGestures(element, view, showAll) {
  /** @type {Map<number, Position>} */
  const fingers = new Map();
  let dragging = false;

  const place = (/** @type {MouseEvent} */ event) => {
    const box = element.getBoundingClientRect();
    return /** @type {Position} */ ([event.clientX - box.left, event.clientY - box.top]);
  };
  const onControl = (/** @type {Event} */ event) =>
    event.target instanceof Element && event.target.closest("button, label, input, a") !== null;

  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || onControl(event)) return;
    fingers.set(event.pointerId, place(event));
    dragging = fingers.size > 1;
  });
  element.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = place(event);
    const moved = Math.hypot(now[0] - before[0], now[1] - before[1]);
    if (!dragging && moved < DRAG_PX) return;
    // Captured only once it is a drag: a captured pointer's click would miss the target under it.
    if (!element.hasPointerCapture(event.pointerId)) element.setPointerCapture(event.pointerId);
    dragging = true;
    element.classList.add("dragging");
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const apart = (/** @type {Position} */ at) =>
        Math.max(Math.hypot(at[0] - other[0], at[1] - other[1]), 1);
      view.zoom(apart(now) / apart(before), middle(before, other));
      view.pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
    } else {
      view.pan(now[0] - before[0], now[1] - before[1]);
    }
    fingers.set(event.pointerId, now);
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
    element.addEventListener(end, (event) => {
      fingers.delete(/** @type {PointerEvent} */ (event).pointerId);
      if (fingers.size === 0) {
        dragging = false;
        element.classList.remove("dragging");
      }
    });
  }
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const strength = event.ctrlKey ? 0.01 : 0.0016; // a trackpad's pinch comes with ctrlKey
      const delta = Math.max(-300, Math.min(300, event.deltaY * lines));
      view.zoom(Math.exp(-delta * strength), place(event));
    },
    { passive: false },
  );
  element.addEventListener("dblclick", (event) => {
    if (!onControl(event)) view.zoom(event.shiftKey ? 0.5 : 2, place(event));
  });
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== element) return;
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => view.pan(KEY_PX, 0),
      ArrowRight: () => view.pan(-KEY_PX, 0),
      ArrowUp: () => view.pan(0, KEY_PX),
      ArrowDown: () => view.pan(0, -KEY_PX),
      "+": () => view.zoom(KEY_ZOOM),
      "=": () => view.zoom(KEY_ZOOM),
      "-": () => view.zoom(1 / KEY_ZOOM),
      0: showAll,
    };
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

/** @param {Position} a @param {Position} b @returns {Position} */
const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
