/** The page: masthead, notices, and the desk with the list, the map and what is told beside it. */

import { Differences } from "../compare/differences";
import { MapView } from "../map/map-view";
import { OtherMap } from "../map/other-map";
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
        <main class={`desk${at.value.target ? " chosen" : ""}`} id="desk">
          {at.value.compare ? <Differences /> : <Ranking />}
          <Maps />
          <Side />
        </main>
      ) : (
        <Lobby />
      )}
    </>
  );
}

/** The map, or both maps of two runs that are compared. */
function Maps() {
  const { compare, beside } = at.value;
  return (
    <div class={`maps${compare && beside ? " beside" : ""}`}>
      <MapView />
      {compare && beside ? <OtherMap runId={compare} /> : null}
    </div>
  );
}
