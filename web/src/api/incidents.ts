/** What the data page asks of the service: profiles, previews, batches. */

import { EventReader } from "./events";
import { address, get, Refusal, send } from "./http";
import { ofWrites } from "./session";
import type { Problem } from "./types";

const part = encodeURIComponent;

/** A profile's keys, as its TOML file has them. */
export interface Written {
  columns?: Record<string, string | string[]>;
  optional?: string[];
  time?: {
    formats?: string[];
    precision?: string;
    default_clocks?: string[];
    earliest?: string;
  };
  place?: { placeholders?: number[][]; reject_strays?: boolean; order?: string };
  one_per?: "row" | "id" | null;
  offence?: { code?: string; mapping?: Record<string, string> };
  time_zone?: string | null;
  source?: string;
  title?: string;
  crs?: string;
  encoding?: string;
  delimiter?: string;
  attributes?: "all" | "none" | string[];
}

export interface ProfileAbout {
  name: string;
  title: string;
  source: string;
  shipped: boolean;
}

/** Something that was read as the profile says, or left out of a row, and deserves a look. */
export interface Warned {
  code: string;
  message: string;
  rows: number | null;
  share: number | null;
}

/** When and by whom a batch was undone, and what became of its incidents. */
export interface WasUndone {
  at: string;
  by: string;
  reason: string | null;
  /** Null: it was undone before that was counted. */
  removed: number | null;
  restored: number | null;
  kept: number | null;
}

export interface BatchReport {
  batch_id: number | null;
  file: string | null;
  source: string;
  profile: string;
  read: number;
  accepted: number;
  updated: number;
  duplicate: number;
  rejected: number;
  rejected_by_reason: Record<string, number>;
  warnings: string[];
  warned: Warned[];
  received_at: string | null;
  kind: "ingest" | "replace" | "delete" | "cancel";
  cancelled: number;
  removed: number;
  undone: WasUndone | null;
}

/** What undoing did: the batches that are undone, and what became of incidents. */
export interface Undone {
  batches: BatchReport[];
  removed: number;
  restored: number;
  kept: Record<string, number>;
}

export interface Rejected {
  line: number;
  reason: string;
  message: string;
  raw: string;
}

export interface Incident {
  external_id: string | null;
  offence_code: string;
  offence_name: string | null;
  occurred_from: string;
  occurred_to: string;
  time_precision: "exact" | "hour" | "day" | "month";
  longitude: number;
  latitude: number;
  location_text: string | null;
}

export interface RowRead {
  line: number;
  incident: Incident | null;
  reason: string | null;
  message: string | null;
}

export interface Outcome {
  read: number;
  accepted: number;
  rejected_by_reason: Record<string, number>;
  warnings: string[];
  time_zone: string;
  rows: RowRead[];
}

export interface Fit {
  profile: string;
  title: string;
  missing: string[];
  accepted: number | null;
}

/** A column of a file; values are shown of those that the profile maps or keeps. */
export interface ColumnShown {
  name: string;
  named: boolean;
  kind: "empty" | "number" | "time" | "text";
  filled: number;
  different: number;
  samples: string[];
}

export interface Preview {
  format: "csv" | "geojson" | "parquet" | "workbook" | "archive" | "layer" | "json";
  encoding: string;
  delimiter: string;
  geometry: boolean;
  columns: ColumnShown[];
  rows: { line: number; values: (string | null)[] | null }[];
  fits: Fit[];
  suggestion: Written;
  suggestion_notes: string[];
  profile: string | null;
  problems: { where: string; message: string }[];
  outcome: Outcome | null;
}

export const profiles = (signal?: AbortSignal) => get<ProfileAbout[]>("api/v1/profiles", signal);

export const profile = (name: string, signal?: AbortSignal) =>
  get<Written>(`api/v1/profiles/${part(name)}`, signal);

export const profileFile = (name: string) => address(`api/v1/profiles/${part(name)}?format=toml`);

export const storeProfile = (name: string, written: Written) =>
  send<ProfileAbout>("PUT", `api/v1/profiles/${part(name)}`, written);

export const batches = (limit: number, signal?: AbortSignal) =>
  get<BatchReport[]>(`api/v1/incidents/batches?limit=${limit}`, signal);

/** Undo a batch; `withLater` undoes later ones that changed the same incidents, too. */
export const undo = (batch: number, reason: string, withLater: boolean) =>
  send<Undone>(
    "DELETE",
    `api/v1/incidents/batches/${batch}?by=web&with_later=${withLater}` +
      (reason ? `&reason=${part(reason)}` : ""),
  );

const rejectedPath = (batch: number) => `api/v1/incidents/batches/${batch}/rejected`;

export const rejected = (batch: number, limit: number) =>
  get<Rejected[]>(`${rejectedPath(batch)}?limit=${limit}`);

export const rejectedFile = (batch: number) =>
  address(`${rejectedPath(batch)}?format=csv&limit=100000`);

/** Ask how a file would be read, by a named profile, by one in the making, or by the best fit. */
export async function preview(
  file: File,
  by: { profile: string } | { draft: Written } | null,
  signal: AbortSignal,
): Promise<Preview> {
  const whole = await isReadWhole(file);
  const complete = whole || file.size <= HEAD_BYTES;
  const form = new FormData();
  if (by && "draft" in by) form.set("draft", JSON.stringify(by.draft));
  form.set("file", complete ? file : file.slice(0, HEAD_BYTES), file.name);
  const named = by && "profile" in by ? `&profile=${part(by.profile)}` : "";
  let response: Response;
  try {
    response = await fetch(address(`api/v1/incidents/preview?complete=${complete}${named}`), {
      method: "POST",
      body: form,
      headers: await ofWrites(),
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw gone();
  }
  if (!response.ok) throw problemIn(await response.text(), response.status);
  return (await response.json()) as Preview;
}

const HEAD_BYTES = 2 * 1024 * 1024;

/** How files begin that say nothing by their beginning alone: they are described at their end. */
const WHOLE = ["PAR1", "PK\u0003\u0004", "\u00d0\u00cf\u0011\u00e0", "SQLi", "fgb\u0003"];

async function isReadWhole(file: File): Promise<boolean> {
  const bytes = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  return WHOLE.includes(String.fromCharCode(...bytes));
}

export type Progress = { kind: "sent"; bytes: number } | { kind: "rows"; rows: number };

/**
 * Send a file as one batch. Either all of it is stored or, when the signal comes first, nothing.
 * The same file under the same key again is stored once.
 */
export async function upload(
  file: File,
  by: { profile: string; key: string },
  tell: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<BatchReport> {
  const form = new FormData();
  form.set("file", file, file.name);
  // Only this older interface tells how much of a body has been sent.
  const request = new XMLHttpRequest();
  request.open("POST", address(`api/v1/incidents/batches?profile=${part(by.profile)}`));
  request.setRequestHeader("Accept", "text/event-stream");
  request.setRequestHeader("Idempotency-Key", by.key);
  for (const [name, value] of Object.entries(await ofWrites())) {
    request.setRequestHeader(name, value);
  }
  return new Promise((resolve, reject) => {
    const events = new EventReader();
    let seen = 0;
    const listen = () => {
      if (request.status !== 200) return;
      const piece = request.responseText.slice(seen);
      seen += piece.length;
      for (const { event, data } of events.push(piece)) {
        if (event === "progress") {
          tell({ kind: "rows", rows: (JSON.parse(data) as { rows: number }).rows });
        } else if (event === "report") resolve(JSON.parse(data) as BatchReport);
        else if (event === "problem") reject(Refusal.of(JSON.parse(data) as Problem));
      }
    };
    request.upload.onprogress = ({ loaded }) => tell({ kind: "sent", bytes: loaded });
    request.onprogress = listen;
    request.onload = () => {
      listen();
      // Once settled, what follows is without effect: this is for an answer that broke off.
      reject(request.status === 200 ? gone() : problemIn(request.responseText, request.status));
    };
    request.onerror = () => reject(gone());
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    if (signal.aborted) request.onabort(new ProgressEvent("abort"));
    else request.send(form);
  });
}

const gone = () =>
  new Refusal(
    "No answer",
    "The service does not answer. Is `harmspot serve` running? Sending again is safe: what is " +
      "stored already is not stored twice.",
  );

function problemIn(text: string, status: number): Refusal {
  try {
    return Refusal.of(JSON.parse(text) as Problem);
  } catch {
    return new Refusal(`Status ${status}`, "The service refused without saying why.", status);
  }
}
