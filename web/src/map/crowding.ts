/** Tells which pins would lie on those of higher ranks, without comparing all with all. */

export type Pixel = readonly [x: number, y: number];

/**
 * @param places where pins stand, the most important first
 * @param apart_px nearer than this to one that stays, a pin is crowded
 */
export function crowded(places: readonly Pixel[], apart_px: number): boolean[] {
  const squares = new Map<string, Pixel[]>();
  const squareOf = ([x, y]: Pixel, dx: number, dy: number): Pixel[] => {
    const key = `${Math.floor(x / apart_px) + dx} ${Math.floor(y / apart_px) + dy}`;
    const known = squares.get(key);
    if (known) return known;
    const made: Pixel[] = [];
    squares.set(key, made);
    return made;
  };
  const around = [-1, 0, 1].flatMap((dx) => [-1, 0, 1].map((dy) => [dx, dy] as const));
  return places.map((place) => {
    const near = around.some(([dx, dy]) =>
      squareOf(place, dx, dy).some(
        ([x, y]) => Math.hypot(x - place[0], y - place[1]) < apart_px,
      ),
    );
    if (!near) squareOf(place, 0, 0).push(place);
    return near;
  });
}
