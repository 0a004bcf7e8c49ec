/** Whose incidents and whose basemap the map shows. */

import type { Run } from "../api/types";
import { installation } from "../state/store";
import { words } from "../words/en";
import { integer } from "../words/format";

export function attributionOf({ run }: { run: Run }): string {
  const { attribution } = words.map;
  const units = countedUnits(run);
  return run.sources.includes("synthetic")
    ? attribution.synthetic(units)
    : attribution.incidents(run.sources.join(", "), units);
}

export function BasemapWords() {
  const said = installation.value?.basemap.attribution;
  return said ? <> {words.map.attribution.basemap(said)}</> : null;
}

function countedUnits({ study_area, parameters }: Run): string {
  const many = integer(study_area.units);
  const { counted } = words.map;
  if (parameters.unit === "segment") return counted.segment(many, parameters.network ?? "");
  return parameters.unit === "polygon"
    ? counted.polygon(many, parameters.layer ?? "")
    : counted.h3(many, String(parameters.resolution));
}
