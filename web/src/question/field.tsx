/** One field: its label, its control, what it means, and what is wrong with it. */

import type { ComponentChildren } from "preact";

import { words } from "../words/en";
import { Choices } from "./choices";
import { type Form, choiceName, complaintsOf, identifier, nameOf } from "./form";
import type { Field } from "./inputs";
import { newest } from "./newest";

/** A label above a control, and below it what is said of the field. */
export function Labelled({
  form,
  name,
  label = nameOf(name),
  help,
  children,
}: {
  form: Form;
  name: string;
  label?: string;
  help?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <div class="field">
      <label for={identifier(name)}>{label}</label>
      {children}
      <Said form={form} name={name} help={help} />
    </div>
  );
}

/** Help and complaints, where `about` leads a screen reader. */
export function Said({ form, name, help }: { form: Form; name: string; help?: ComponentChildren }) {
  const wrong = complaintsOf(form, name);
  return (
    <div class="said" id={`${identifier(name)}-said`}>
      {wrong.map((one) => (
        <p key={one} class="wrong">
          {one}
        </p>
      ))}
      {help ? <p class="help">{help}</p> : null}
    </div>
  );
}

/** What ties a control to its label and to what is said of it. */
export const control = (form: Form, name: string) => ({
  id: identifier(name),
  name,
  "aria-describedby": `${identifier(name)}-said`,
  "aria-invalid": complaintsOf(form, name).length > 0,
});

export function Select({
  form,
  name,
  options,
  label,
  help,
}: {
  form: Form;
  name: string;
  options: readonly (readonly [value: string, said: string])[];
  label?: string;
  help?: ComponentChildren;
}) {
  const value = form.draft[name] ?? "";
  // A version or a layer that is not offered any more was asked for all the same.
  const all = options.some(([one]) => one === value) ? options : [...options, [value, value] as const];
  return (
    <Labelled form={form} name={name} {...(label ? { label } : {})} help={help}>
      <select
        {...control(form, name)}
        value={value}
        onChange={(event) => form.set({ [name]: event.currentTarget.value })}
      >
        {all.map(([one, said]) => (
          <option key={one} value={one}>
            {said || words.question.choose}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

export function Entry({
  form,
  name,
  label,
  help,
  type = "text",
  inputMode,
  shown = form.draft[name] ?? "",
  taken = (text) => text,
}: {
  form: Form;
  name: string;
  label?: string;
  help?: ComponentChildren;
  type?: "text" | "date";
  inputMode?: "decimal" | "numeric";
  /** What the reader sees, and what is made of what the reader writes. */
  shown?: string;
  taken?: (text: string) => string;
}) {
  const shared = {
    ...control(form, name),
    autocomplete: "off",
    value: shown,
    onChange: (event: Event & { currentTarget: HTMLInputElement }) =>
      form.set({ [name]: taken(event.currentTarget.value.trim()) }),
  };
  return (
    <Labelled form={form} name={name} {...(label ? { label } : {})} help={help}>
      {type === "date" ? (
        <input {...shared} type="date" />
      ) : (
        <input {...shared} type="text" {...(inputMode ? { inputMode } : {})} />
      )}
    </Labelled>
  );
}

/** Any input of the process, as its schema has it: a new one needs no word here to be asked. */
export function AnyField({ form, field }: { form: Form; field: Field }) {
  const { name, kind } = field;
  const help = <Described field={field} />;
  if (kind === "choice") {
    const empty = field.nullable ? [["", words.question.nothing] as const] : [];
    const options = field.choices.map((one) => [one, choiceName(one)] as const);
    return <Select form={form} name={name} options={[...empty, ...options]} help={help} />;
  }
  if (kind === "choices") {
    const options = field.choices.map((one) => ({ value: one, said: choiceName(one) }));
    return (
      <fieldset class="field">
        <legend>{nameOf(name)}</legend>
        <Choices form={form} name={name} options={options} />
        <Said form={form} name={name} help={help} />
      </fieldset>
    );
  }
  if (name.endsWith("_layer")) {
    const layers = newest(form.offers.layers).map((one) => [one.name, one.name] as const);
    return <Select form={form} name={name} options={[["", words.question.none], ...layers]} help={help} />;
  }
  const label = field.unit
    ? `${nameOf(name)} (${words.question.unitNames[field.unit] ?? field.unit})`
    : nameOf(name);
  return (
    <Entry
      form={form}
      name={name}
      label={label}
      help={help}
      type={kind === "date" ? "date" : "text"}
      {...(kind === "number" ? { inputMode: field.whole ? "numeric" : "decimal" } : {})}
    />
  );
}

/** The service's words about a field; what it writes between backticks is code. */
function Described({ field }: { field: Field }) {
  const { description, standard, nullable, kind } = field;
  const usual = kind === "number" && standard !== "" && !nullable ? words.question.usual(standard) : "";
  return (
    <>
      {description
        .split("`")
        .map((part, at) => (at % 2 ? <code key={at}>{part}</code> : part))}{" "}
      {usual}
    </>
  );
}
