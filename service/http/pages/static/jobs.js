// Shows how jobs go on as it happens. Without this, the page asks again every few seconds.

/** Browsers open six connections to a host; the rest of the page needs some of them. */
const MOST_STREAMS = 3;

/** @typedef {{status: string, progress: number, message: string, run_id: string | null,
 *   problem: {detail: string} | null, started_at: string | null, finished_at: string | null}} Job */

const news = /** @type {HTMLElement} */ (document.getElementById("news"));
/** What the page says of jobs, in its language. @type {Record<string, string>} */
const WORDS = JSON.parse(news.dataset.words ?? "{}");
/** The rows that still change: those that run first, then those that wait longest. */
const waiting = /** @type {HTMLTableRowElement[]} */ ([
  ...document.querySelectorAll("tr[data-events]"),
])
  .reverse()
  .sort((a, b) => Number(b.dataset.status === "running") - Number(a.dataset.status === "running"));
let streams = 0;

function watchMore() {
  while (streams < MOST_STREAMS && waiting.length > 0) {
    watch(/** @type {HTMLTableRowElement} */ (waiting.shift()));
  }
}

/** @param {HTMLTableRowElement} row */
function watch(row) {
  const events = new EventSource(/** @type {string} */ (row.dataset.events));
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    events.close();
    streams -= 1;
    watchMore();
  };
  streams += 1;
  events.addEventListener("progress", (event) => show(row, JSON.parse(event.data)));
  events.addEventListener("finished", (event) => {
    const job = /** @type {Job} */ (JSON.parse(event.data));
    show(row, job);
    finish(row, job);
    end();
  });
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) end();
  });
}

/** @param {HTMLTableRowElement} row @param {Job} job */
function show(row, job) {
  const state = /** @type {HTMLElement} */ (row.querySelector(".state"));
  state.textContent = WORDS[job.status] ?? job.status;
  state.className = `state ${job.status}`;
  if (job.status !== row.dataset.status) {
    row.dataset.status = job.status;
    void countAgain();
  }
  const bar = row.querySelector("progress");
  if (bar) bar.value = job.progress;
  outcome(row).textContent = job.message;
}

/** @param {HTMLTableRowElement} row @param {Job} job */
function finish(row, job) {
  row.querySelector("progress")?.remove();
  const name = row.cells[0]?.firstChild?.textContent?.trim() ?? "";
  news.textContent = `${name}: ${WORDS[job.status] ?? job.status}.`;
  if (job.problem) outcome(row).textContent = job.problem.detail;
  if (job.run_id) {
    const link = document.createElement("a");
    link.href = `${row.dataset.runs}${encodeURIComponent(job.run_id)}`;
    link.textContent = WORDS["run"] ?? "";
    outcome(row).replaceChildren(link);
  }
  if (job.started_at && job.finished_at) {
    const seconds = (Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000;
    const took = row.cells[row.cells.length - 1];
    if (took) took.textContent = `${seconds.toFixed(1)} s`;
  }
}

/** Ask how many wait and run now; what somebody is about to use stays in its place. */
async function countAgain() {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of [".lead", ".choice"]) {
    const [before, now] = [document.querySelector(part), page.querySelector(part)];
    if (before && now && !before.contains(document.activeElement)) before.replaceWith(now);
  }
}

/** @param {HTMLTableRowElement} row */
const outcome = (row) => /** @type {HTMLElement} */ (row.querySelector(".outcome"));

watchMore();
