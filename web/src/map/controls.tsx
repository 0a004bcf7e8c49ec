/** Buttons of the map: closer, further, the whole area; and which way north is. */

import { words } from "../words/en";

interface Props {
  onZoomIn: () => void;
  onZoomOut: () => void;
  onShowAll: () => void;
}

export function Controls({ onZoomIn, onZoomOut, onShowAll }: Props) {
  const { controls } = words.map;
  return (
    <>
      <div class="controls" role="group" aria-label={controls.name}>
        <Control name={controls.zoomIn} path="M10 4V16M4 10H16" act={onZoomIn} />
        <Control name={controls.zoomOut} path="M4 10H16" act={onZoomOut} />
        <Control
          name={controls.showAll}
          path="M4 8V4H8M12 4H16V8M16 12V16H12M8 16H4V12"
          act={onShowAll}
        />
      </div>
      <p class="north" title={controls.north}>
        <abbr title={controls.north}>{controls.n}</abbr>
      </p>
    </>
  );
}

function Control({ name, path, act }: { name: string; path: string; act: () => void }) {
  return (
    <button type="button" aria-label={name} title={name} onClick={act}>
      <svg viewBox="0 0 20 20" aria-hidden="true">
        <path d={path} />
      </svg>
    </button>
  );
}
