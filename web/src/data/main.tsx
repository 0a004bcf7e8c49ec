import { render } from "preact";

import { DataPage } from "./data-page";
import { start } from "./state";

start();
const root = document.getElementById("app");
if (root) render(<DataPage />, root);
