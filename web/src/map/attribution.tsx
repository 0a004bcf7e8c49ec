/** Whose incidents and whose basemap the map shows. */

import type { Run } from "../api/types";
import { installation } from "../state/store";
import { words } from "../words/en";
import { everyUnit } from "../words/runs";

export function attributionOf({ run }: { run: Run }): string {
  const { attribution } = words.map;
  const units = everyUnit(run);
  return run.sources.includes("synthetic")
    ? attribution.synthetic(units)
    : attribution.incidents(run.sources.join(", "), units);
}

export function BasemapWords() {
  const said = installation.value?.basemap.attribution;
  return said ? <> {words.map.attribution.basemap(said)}</> : null;
}
