/** All other inputs of the process, made from its schema, so that a new one appears by itself. */

import { words } from "../words/en";
import { WAYS } from "./draft";
import { AnyField } from "./field";
import { type Form, complaintsOf } from "./form";
import { isFor } from "./inputs";

/** Those that the parts above ask for in their own way. */
const ABOVE: ReadonlySet<string> = new Set([
  ...["unit", "resolution", "network", "layer", "districts", "index", "study_area"],
  ...["from", "to", "sources", "offences", "strategy", "minutes_per_target", ...WAYS],
]);

export function More({ form }: { form: Form }) {
  const unit = form.draft["unit"] ?? "";
  const fields = [...form.fields.values()].filter(
    (field) => !ABOVE.has(field.name) && isFor(field, unit),
  );
  // What is wrong must not be folded away.
  const wrong = fields.some((field) => complaintsOf(form, field.name).length > 0);
  return (
    <details class="part more" {...(wrong ? { open: true } : {})}>
      <summary>{words.question.parts.more}</summary>
      <div class="grid">
        {fields.map((field) => (
          <AnyField key={field.name} form={form} field={field} />
        ))}
      </div>
    </details>
  );
}
