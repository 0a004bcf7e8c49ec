/** The page: masthead, notices, and the desk with the list, the map and what is told beside it. */

import { Differences } from "../compare/differences";
import { MapView } from "../map/map-view";
import { Found } from "../ranking/found";
import { Ranking } from "../ranking/ranking";
import { at, phase, shown } from "../state/store";
import "./page.css";
import "./marks.css";
import { Lobby } from "./lobby";
import { Masthead } from "./masthead";
import { Notices } from "./notices";
import { Side } from "./side";

export function App() {
  const ready = phase.value.kind === "ready" && shown.value !== null;
  return (
    <>
      <Masthead />
      <Notices />
      {ready ? (
        <main class={deskClass()} id="desk">
          {at.value.compare ? <Differences /> : hasTargets() ? <Ranking /> : <Found />}
          <MapView />
          <Side />
        </main>
      ) : (
        <Lobby />
      )}
    </>
  );
}

const hasTargets = () => shown.value?.told.places.includes("targets") ?? false;

function deskClass(): string {
  const { target, compare, beside } = at.value;
  return `desk${target ? " chosen" : ""}${compare && beside ? " two-maps" : ""}`;
}
