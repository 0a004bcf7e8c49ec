/** The page: masthead, notices, and the desk with the list, the map and what is told beside it. */

import { Differences } from "../compare/differences";
import { MapView } from "../map/map-view";
import { News } from "../question/news";
import { Found } from "../ranking/found";
import { Ranking } from "../ranking/ranking";
import { at, mapped, phase, shown } from "../state/store";
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
      <News />
      <Notices />
      {ready ? (
        <main class={deskClass()} id="desk">
          {at.value.compare ? <Differences /> : hasTargets() ? <Ranking /> : mapped.value ? <Found /> : null}
          {mapped.value ? <MapView /> : null}
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
  return `desk${target ? " chosen" : ""}${compare && beside ? " two-maps" : ""}${mapped.value ? "" : " mapless"}`;
}
