/** The address bar holds all that the reader sees, so that a link is a briefing. */

export type Panel = "evidence" | "concentration" | "about";
export type Shading = "class" | "harm";
export const LAYERS = ["units", "targets", "figures", "boundaries", "streets", "patrol_areas", "density"] as const;
export type LayerName = (typeof LAYERS)[number];

export interface Address {
  /** The run shown; null: the newest. */
  run: string | null;
  target: string | null;
  /** The run that it is compared with. */
  compare: string | null;
  /** How: what changed, or both maps. */
  beside: boolean;
  panel: Panel;
  shading: Shading;
  /** Layers that are put away: at first the density, which would lie over all others. */
  hidden: readonly LayerName[];
  /** So many of the most harmful places are picked out on the map. */
  places: number | null;
  /** Where the map looks; null: at the study area. */
  view: { zoom: number; latitude: number; longitude: number } | null;
  /** The questions' form is open; what was changed in it but not asked yet. */
  question: Readonly<Record<string, string>> | null;
}

export const PLAIN: Address = {
  run: null,
  target: null,
  compare: null,
  beside: false,
  panel: "evidence",
  shading: "class",
  hidden: ["density"],
  places: null,
  view: null,
  question: null,
};

const PANELS: readonly Panel[] = ["evidence", "concentration", "about"];
const ASKED = "ask.";

/** Read an address; what it says wrongly is as if it did not say it. */
export function read(search: string): Address {
  const given = new URLSearchParams(search);
  const panel = PANELS.find((one) => one === given.get("panel"));
  const places = Number(given.get("places") ?? NaN);
  const asked = [...given].filter(([name]) => name.startsWith(ASKED));
  return {
    run: given.get("run") || null,
    target: given.get("target") || null,
    compare: given.get("compare") || null,
    beside: given.has("beside"),
    panel: panel ?? PLAIN.panel,
    shading: given.get("shading") === "harm" ? "harm" : "class",
    hidden: readHidden(given.get("hidden")),
    places: Number.isInteger(places) && places > 0 ? places : null,
    view: readView(given.get("view")),
    question:
      given.has("ask") || asked.length
        ? Object.fromEntries(asked.map(([name, value]) => [name.slice(ASKED.length), value]))
        : null,
  };
}

/** Write an address; what is as usual is left out. */
export function write(state: Address): string {
  const said = new URLSearchParams();
  const say = (name: string, value: string | null) => value && said.set(name, value);
  say("run", state.run);
  say("target", state.target);
  say("compare", state.compare);
  if (state.beside && state.compare) said.set("beside", "");
  if (state.panel !== PLAIN.panel) said.set("panel", state.panel);
  if (state.shading !== PLAIN.shading) said.set("shading", state.shading);
  const hidden = state.hidden.join(",");
  if (hidden !== PLAIN.hidden.join(",")) said.set("hidden", hidden);
  if (state.places !== null) said.set("places", String(state.places));
  if (state.view) {
    const { zoom, latitude, longitude } = state.view;
    said.set("view", `${zoom.toFixed(2)}/${latitude.toFixed(5)}/${longitude.toFixed(5)}`);
  }
  if (state.question) {
    said.set("ask", "");
    for (const [name, value] of Object.entries(state.question)) said.set(ASKED + name, value);
  }
  // Slashes and commas are allowed in a query, and read better.
  const written = said.toString().replaceAll("%2F", "/").replaceAll("%2C", ",");
  return written ? `?${written}` : "";
}

function readHidden(given: string | null): Address["hidden"] {
  if (given === null) return PLAIN.hidden;
  return LAYERS.filter((one) => given.split(",").includes(one));
}

function readView(given: string | null): Address["view"] {
  const [zoom, latitude, longitude] = (given ?? "").split("/").map(Number);
  if (zoom === undefined || latitude === undefined || longitude === undefined) return null;
  const fits =
    zoom >= 0 && zoom <= 24 && Math.abs(latitude) <= 85.06 && Math.abs(longitude) <= 180;
  return fits ? { zoom, latitude, longitude } : null;
}
