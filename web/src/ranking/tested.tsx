/** How good lists like this one were on what came after: told above the list, or how to get it. */

import { useEffect, useState } from "preact/hooks";

import { address, begin } from "../api/http";
import { finished, follow } from "../api/jobs";
import { learnTest, shown, test } from "../state/store";
import { words } from "../words/en";

export function Tested() {
  const [asked, ask] = useState<"not" | "yes" | { refusal: string }>("not");
  const known = test.value;
  const [run, job] = [shown.value?.run.id, known?.job?.split("/").at(-1)];
  const comes = known?.status === "queued" || known?.status === "running";
  useEffect(() => ask("not"), [run]);
  useEffect(() => {
    if (job === undefined || !comes) return;
    return follow(job, {
      onChange: (one) => finished(one) && void learnTest(),
      onSilence: () => {},
      onLoss: () => void learnTest(),
    });
  }, [job, comes]);
  if (known === null) return null;

  const compute = async (href: string) => {
    ask("yes");
    try {
      await begin(href.replace(/^\//, ""));
      await learnTest();
      ask("not");
    } catch (error) {
      ask({ refusal: error instanceof Error ? error.message : String(error) });
    }
  };
  const { href, page, status } = known;
  const askable = href !== null && ["none", "failed"].includes(status);
  return (
    <div class="tested" role="status" aria-label={words.tested.name}>
      <p>
        {known.words}{" "}
        {status === "computed" && page !== null ? (
          <a href={address(page.replace(/^\//, ""))}>{words.tested.page}</a>
        ) : null}
      </p>
      {asked === "yes" ? <p>{words.tested.computing}</p> : null}
      {typeof asked === "object" ? <p role="alert">{asked.refusal}</p> : null}
      {askable && asked !== "yes" ? (
        <button type="button" onClick={() => void compute(href)}>
          {words.tested.compute}
        </button>
      ) : null}
    </div>
  );
}
