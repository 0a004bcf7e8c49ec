import { render } from "preact";

import { App } from "./page/app";
import { start } from "./state/store";
import { speakAsThePage } from "./words/catalogue";

await speakAsThePage();
start();
const root = document.getElementById("app");
if (root) render(<App />, root);
