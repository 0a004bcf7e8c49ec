import { render } from "preact";

import { DataPage } from "./data-page";
import { start } from "./state";
import { speakAsThePage } from "../words/catalogue";

await speakAsThePage();
start();
const root = document.getElementById("app");
if (root) render(<DataPage />, root);
