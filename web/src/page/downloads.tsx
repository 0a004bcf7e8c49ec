/** The run as a file: for GIS, for spreadsheets, for the briefing. */

import { FORMATS } from "../api/generated";
import { address } from "../api/http";
import { shown } from "../state/store";
import { gettext } from "../words/catalogue";
import { words } from "../words/en";

export function Downloads() {
  const now = shown.value;
  if (!now) return null;
  const { run, told } = now;
  const of = `api/v1/runs/${encodeURIComponent(run.id)}`;
  return (
    <details name="menu" class="menu downloads">
      <summary>{words.masthead.downloads}</summary>
      <ul>
        <li>
          <a href={address(`${of}/briefing`)} download>
            {words.downloads.briefing}
          </a>
        </li>
        {offered(told.formats).map(({ name, offer }) => (
          <li key={name}>
            <a href={address(`${of}/export?format=${name}`)} download>
              {gettext(offer)}
            </a>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Those that the page does not know follow by their name. */
const offered = (able: readonly string[]) => [
  ...FORMATS.filter((one) => able.includes(one.name)),
  ...able
    .filter((name) => !FORMATS.some((one) => one.name === name))
    .map((name) => ({ name, offer: name })),
];
