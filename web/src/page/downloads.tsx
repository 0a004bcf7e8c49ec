/** The run as a file: for GIS, for spreadsheets, for the briefing. */

import { address } from "../api/http";
import { shown } from "../state/store";
import { words } from "../words/en";

/** In the order in which they are offered; formats that have no words here follow by their name. */
const FORMATS = ["gpkg", "geojson", "csv", "qgz", "kml", "geoparquet", "fgb", "json", "zip"];

export function Downloads() {
  const now = shown.value;
  if (!now) return null;
  const { run, told } = now;
  const names: Readonly<Record<string, string>> = words.downloads;
  const of = `api/v1/runs/${encodeURIComponent(run.id)}`;
  return (
    <details class="menu downloads">
      <summary>{words.masthead.downloads}</summary>
      <ul>
        <li>
          <a href={address(`${of}/briefing`)} download>
            {words.downloads.briefing}
          </a>
        </li>
        {offered(told.formats).map((format) => (
          <li key={format}>
            <a href={address(`${of}/export?format=${format}`)} download>
              {names[format] ?? format}
            </a>
          </li>
        ))}
      </ul>
    </details>
  );
}

function offered(able: readonly string[]): string[] {
  const known = FORMATS.filter((one) => able.includes(one));
  return [...known, ...able.filter((one) => !FORMATS.includes(one))];
}
