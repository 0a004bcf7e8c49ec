/** A profile that was made is stored under a name, so that the next file is read by it too. */

import { words } from "../words/data";
import { draft, profileName, storeProfile, storing } from "./state";
import { Trouble } from "./trouble";
import { Text } from "./writing";

export function Storing({ ready }: { ready: boolean }) {
  const now = draft.value;
  if (!now) return null;
  const said = words.builder;
  const outcome = storing.value;
  return (
    <div class="storing">
      <Text
        id="profile-name"
        label={said.name}
        hint={said.nameHint}
        value={profileName.value}
        onType={(name) => (profileName.value = name)}
      />
      <Text
        id="source"
        label={said.source}
        hint={said.sourceHint}
        value={now.source}
        onType={(source) => (draft.value = { ...now, source })}
      />
      <button
        type="button"
        class="main"
        disabled={!ready || !profileName.value.trim()}
        onClick={() => void storeProfile()}
      >
        {said.store}
      </button>
      {outcome && "refusal" in outcome ? <Trouble refusal={outcome.refusal} /> : null}
    </div>
  );
}
