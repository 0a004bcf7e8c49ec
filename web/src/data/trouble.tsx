/** A refusal in the service's own words. */

import type { Refusal } from "../api/http";

export function Trouble({ refusal }: { refusal: Refusal }) {
  return (
    <div class="wrong" role="alert">
      <p>
        <strong>{refusal.title}.</strong> {refusal.message}
      </p>
      {refusal.errors.length > 1 ? (
        <ul>
          {refusal.errors.map((one) => (
            <li key={one.where + one.message}>
              <code>{one.where}</code>: {one.message}
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}
