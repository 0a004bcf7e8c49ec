/** The run as a file: for GIS, for spreadsheets, for the briefing. */

import { address } from "../api/http";
import { shown } from "../state/store";
import { words } from "../words/en";

const FORMATS = ["gpkg", "geojson", "csv", "qgz", "kml", "geoparquet", "fgb", "json", "zip"] as const;

export function Downloads() {
  const now = shown.value;
  if (!now) return null;
  const { run, told } = now;
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
        {FORMATS.filter((one) => told.formats.includes(one)).map((format) => (
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
