/** What becomes of rows that are odd: the settings that warnings speak of. */

import { words } from "../words/data";
import { Check } from "./check";
import type { Draft } from "./draft";
import { draft } from "./state";
import { Choices, Text } from "./writing";

export function Doubtful() {
  const now = draft.value;
  if (!now) return null;
  const said = words.builder;
  const set = (change: Partial<Draft>) => (draft.value = { ...now, ...change });
  return (
    <>
      <Choices
        id="one-per"
        label={said.onePer}
        value={now.onePer}
        names={said.onePers}
        onChoose={(onePer) => set({ onePer })}
      />
      <Text
        id="default-clocks"
        label={said.defaultClocks}
        hint={said.defaultClocksHint}
        value={now.defaultClocks}
        onType={(defaultClocks) => set({ defaultClocks })}
      />
      <Text
        id="earliest"
        label={said.earliest}
        hint={said.earliestHint}
        value={now.earliest}
        onType={(earliest) => set({ earliest })}
      />
      <Text
        id="placeholders"
        label={said.placeholders}
        hint={said.placeholdersHint}
        value={now.placeholders}
        onType={(placeholders) => set({ placeholders })}
      />
      <Check
        label={said.rejectStrays}
        checked={now.rejectStrays}
        onCheck={(rejectStrays) => set({ rejectStrays })}
      />
    </>
  );
}
