/** The ways to the other pages, as each page's masthead has them. */

import { words } from "../words/en";

const PAGES = [
  ["map", "./"],
  ["data", "data"],
  ["runs", "runs"],
  ["jobs", "jobs"],
  ["gis", "ogc"],
  ["api", "docs"],
] as const;

export function PagesNav({ now }: { now: (typeof PAGES)[number][0] }) {
  return (
    <nav class="pages" aria-label={words.nav.parts}>
      {PAGES.map(([name, href]) => (
        <a key={name} href={href} aria-current={name === now ? "page" : undefined}>
          {words.nav[name]}
        </a>
      ))}
    </nav>
  );
}
