/** The first step: files are dropped anywhere on the page, or chosen. */

import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { words } from "../words/data";
import { dropped } from "./dropped";
import { bytes, clear, files, limitMb, looked, refused, remove, sending, take } from "./state";

export function Files() {
  const input = useRef<HTMLInputElement>(null);
  const over = useSignal(false);
  useEffect(() => {
    const stop = (event: DragEvent) => {
      // A browser opens what is dropped beside the target, and leaves the page for it.
      event.preventDefault();
      over.value = event.type === "dragover" && !sending.peek();
    };
    const drop = (event: DragEvent) => {
      stop(event);
      if (event.dataTransfer && !sending.peek()) void dropped(event.dataTransfer).then(take);
    };
    addEventListener("dragover", stop);
    addEventListener("dragleave", stop);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", stop);
      removeEventListener("dragleave", stop);
      removeEventListener("drop", drop);
    };
  }, []);
  // The same file can be chosen again after it was removed.
  useSignalEffect(() => {
    if (!files.value.length && input.current) input.current.value = "";
  });
  return (
    <section class="step" aria-labelledby="files-title">
      <h2 id="files-title">{words.files.title}</h2>
      <div class={`drop${over.value ? " over" : ""}`}>
        <p>
          {words.files.drop}{" "}
          <button
            type="button"
            class="main"
            disabled={sending.value}
            onClick={() => input.current?.click()}
          >
            {words.files.choose}
          </button>
        </p>
        <input
          ref={input}
          id="file"
          type="file"
          multiple
          hidden
          aria-label={words.files.choose}
          onChange={(event) => take(Array.from(event.currentTarget.files ?? []))}
        />
        {limitMb.value === null ? null : (
          <p class="hint">{words.files.kinds(bytes(limitMb.value * 1024 * 1024))}</p>
        )}
      </div>
      <div role="alert">
        {refused.value.map((one) => (
          <p key={one} class="wrong">
            {one}
          </p>
        ))}
      </div>
      {files.value.length ? <ChosenFiles /> : null}
    </section>
  );
}

function ChosenFiles() {
  const all = files.value;
  const size = all.reduce((sum, { file }) => sum + file.size, 0);
  return (
    <>
      <p class="sum">
        <strong>{words.files.many(all.length, bytes(size))}</strong>{" "}
        <button type="button" disabled={sending.value} onClick={clear}>
          {words.files.clear}
        </button>
      </p>
      <ul class="chosen" aria-label={words.files.chosen} tabIndex={0}>
        {all.map(({ id, file }) => (
          <li key={id}>
            <button
              type="button"
              class="plain"
              aria-pressed={id === looked.value}
              onClick={() => (looked.value = id)}
            >
              <span class="visually-hidden">{words.reading.which} </span>
              {file.name}
            </button>
            <span class="hint">{bytes(file.size)}</span>
            <button
              type="button"
              class="plain"
              disabled={sending.value}
              aria-label={words.files.remove(file.name)}
              onClick={() => remove(id)}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
