/** The column beside the map: the evidence of a target, the concentration, what the run rests on. */

import { About } from "../evidence/about";
import { Evidence } from "../evidence/evidence";
import { Concentration } from "../pareto/concentration";
import type { Panel } from "../state/address";
import { at, go, shown } from "../state/store";
import { words } from "../words/en";

const TABS: Panel[] = ["evidence", "concentration", "about"];

export function Side() {
  const open = at.value.panel;
  return (
    <aside class="side" id="panel" aria-label={words.side.name}>
      <div class="tabs" role="tablist" aria-label={words.side.name} onKeyDown={step}>
        {TABS.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            id={`tab-${one}`}
            aria-selected={one === open}
            aria-controls="side-content"
            tabIndex={one === open ? 0 : -1}
            onClick={() => go({ panel: one })}
          >
            {one === "evidence" && !shown.value?.told.places.includes("targets")
              ? words.side.found
              : words.side.tabs[one]}
          </button>
        ))}
      </div>
      <div class="side-content" id="side-content" role="tabpanel" aria-labelledby={`tab-${open}`} tabIndex={0}>
        {open === "evidence" ? <Evidence /> : open === "concentration" ? <Concentration /> : <About />}
      </div>
    </aside>
  );
}

/** Left and right go from tab to tab, as in any list of tabs. */
function step(event: KeyboardEvent) {
  const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (way === undefined) return;
  event.preventDefault();
  const next = TABS[(TABS.indexOf(at.peek().panel) + way + TABS.length) % TABS.length];
  if (next === undefined) return;
  go({ panel: next });
  document.getElementById(`tab-${next}`)?.focus();
}
