/** A refusal in the service's own words. */

import type { Refusal } from "../api/http";

export function Trouble({ refusal }: { refusal: Refusal }) {
  // What the sentence names already needs no list.
  const further = refusal.errors.filter((one) => !refusal.message.includes(one.where));
  return (
    <div class="wrong" role="alert">
      <p>
        <strong>{refusal.title}.</strong> {refusal.message}
      </p>
      {further.length ? (
        <ul>
          {further.map((one) => (
            <li key={one.where + one.message}>
              <code>{one.where}</code>: {one.message}
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}
