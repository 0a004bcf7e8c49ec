import { render } from "preact";

import { App } from "./page/app";
import { start } from "./state/store";

start();
const root = document.getElementById("app");
if (root) render(<App />, root);
