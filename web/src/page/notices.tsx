/** What every reader of the run should see before the figures. */

import { connected, shown, troubles } from "../state/store";
import { words } from "../words/en";

export function Notices() {
  const run = shown.value?.run;
  const said = [...(run?.warnings ?? []), ...troubles.value];
  // With no target at all the message stands in the list's place.
  if (run?.message && shown.value?.targets.length) said.unshift(run.message);
  return (
    <div class="notices" role="status">
      {connected.value || !run ? null : <p class="gone">{words.lobby.gone}</p>}
      {said.map((one) => (
        <p key={one}>{one}</p>
      ))}
    </div>
  );
}
