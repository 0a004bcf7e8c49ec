/** What came of the last question, above the desk and read out: nothing of the page lies beneath it. */

import { words } from "../words/en";
import { news } from "./asking";
import "./question.css";

export function News() {
  return (
    <div class="news" role="status">
      {news.value ? (
        <p>
          {news.value}{" "}
          <button type="button" onClick={() => (news.value = "")}>
            {words.close}
          </button>
        </p>
      ) : null}
    </div>
  );
}
