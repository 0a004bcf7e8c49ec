/** The figures that an analysis declares, drawn alike whatever it is. */

import type { Figure, Told } from "../api/figures";
import "../charts/charts.css";
import { Bars } from "./bars";
import { Lines } from "./lines";
import { Strip } from "./strip";
import { Numbers, Rows, tableOf } from "./table";
import "./figures.css";

export function Figures({ told }: { told: Told }) {
  return (
    <>
      {told.figures.map((one) => (
        <section key={one.name} class="declared" data-figure={one.name}>
          <h3>{one.title}</h3>
          <p>{one.description}</p>
          <Drawn figure={one} />
        </section>
      ))}
    </>
  );
}

function Drawn({ figure }: { figure: Figure }) {
  switch (figure.kind) {
    case "table":
      return <Rows table={tableOf(figure)} />;
    case "layer":
      // Its places are on the map.
      return <Numbers table={tableOf(figure)} />;
    default:
      return (
        <figure>
          {figure.kind === "bars" ? (
            <Bars figure={figure} />
          ) : figure.kind === "line" ? (
            <Lines figure={figure} />
          ) : (
            <Strip figure={figure} />
          )}
          <Numbers table={tableOf(figure)} />
        </figure>
      );
  }
}
