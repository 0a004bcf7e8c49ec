/** Where the words along an axis have room, reckoned by how wide letters of a chart are. */

/** Width of a letter of a chart's words, which are 10.5 units high; most are narrower. */
const LETTER = 6;
/** Room between one word and the next. */
const GAP = 8;

export const widthOf = (said: string) => said.length * LETTER;

export const shortened = (said: string, most: number) =>
  said.length <= most ? said : `${said.slice(0, most - 1)}…`;

export interface Label {
  /** Which of the places it names. */
  index: number;
  said: string;
  anchor: "start" | "middle" | "end";
}

/**
 * Choose which places along an axis are named, so that no name covers another: the first, the last,
 * and as many between them, evenly, as have room.
 */
export function labelled(places: readonly number[], names: readonly string[], most: number): Label[] {
  const last = places.length - 1;
  if (last < 0) return [];
  const label = (index: number): Label => ({
    index,
    said: names[index] ?? "",
    anchor: index === 0 ? "start" : index === last ? "end" : "middle",
  });
  for (let many = Math.min(most, places.length); many > 1; many -= 1) {
    const kept = Array.from({ length: many }, (_, at) => label(Math.round((at * last) / (many - 1))));
    const spans = kept.map((one) => spanOf(one, places[one.index] ?? 0));
    if (spans.every(([from], at) => at === 0 || from >= (spans[at - 1]?.[1] ?? 0) + GAP)) return kept;
  }
  return [label(0)];
}

function spanOf({ said, anchor }: Label, at: number): [from: number, to: number] {
  const width = widthOf(said);
  const from = anchor === "start" ? at : anchor === "end" ? at - width : at - width / 2;
  return [from, from + width];
}
