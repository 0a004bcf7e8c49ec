/** The run as a file: for GIS, for spreadsheets, for the briefing. */

import { address } from "../api/http";
import { shown } from "../state/store";
import { words } from "../words/en";

const FORMATS = ["gpkg", "geojson", "csv", "qgz", "kml", "geoparquet", "fgb", "zip"] as const;

export function Downloads() {
  const run = shown.value?.run;
  if (!run) return null;
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
        {FORMATS.map((format) => (
          <li key={format}>
            <a href={address(`${of}/export?format=${format}`)} download>
              {words.downloads[format]}
            </a>
          </li>
        ))}
      </ul>
    </details>
  );
}
