// What the page says when there is no map to show: no run yet, or a refusal.

import { Refusal } from "./api.js";
import { h } from "./elements.js";

/** @returns {Node[]} */
export function noRuns() {
  return [
    h("h2", {}, "No targets yet"),
    h(
      "p",
      {},
      "This map shows the patrol targets of a run, and there is none. Three commands make one:",
    ),
    h(
      "ol",
      { class: "steps" },
      h("li", {}, h("code", {}, "harmspot ingest FILE --profile police-uk"), " reads incidents."),
      h(
        "li",
        {},
        h("code", {}, "harmspot boundary load FILE --layer city"),
        " reads the study area.",
      ),
      h(
        "li",
        {},
        h(
          "code",
          {},
          "harmspot targets --index cchi-2026-police-uk --study-area city --from 2025-01-01 --to 2025-12-31",
        ),
        " ranks targets in it.",
      ),
    ),
    h(
      "p",
      {},
      "Then load this page again. ",
      h("code", {}, "harmspot demo"),
      " shows a synthetic city instead.",
    ),
  ];
}

/**
 * @param {unknown} error
 * @param {boolean} ofNamedRun whether the address asked for a certain run
 * @param {() => void} open
 * @returns {Node[]}
 */
export function failed(error, ofNamedRun, open) {
  const again = h("button", { type: "button" }, "Try again");
  again.addEventListener("click", open);
  const newest = ofNamedRun ? h("a", { href: location.pathname }, "Show the newest run") : null;
  return [
    h("h2", {}, error instanceof Refusal ? error.title : "The page failed"),
    h("p", { role: "alert" }, error instanceof Error ? error.message : String(error)),
    h("p", { class: "ways" }, again, newest),
  ];
}
