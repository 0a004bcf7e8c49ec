/**
 * The catalogue: every sentence, found by its English, in the language that is spoken.
 *
 * `make words` gathers what stands in `gettext` and `ngettext` here and in Python alike.
 */

export interface Catalogue {
  language: string;
  /** By the English singular, each in every form of its plural. */
  sentences: Record<string, string[]>;
  /** Which form each number takes; beyond the list, that of 100 and its last two digits. */
  forms: number[];
}

export const SOURCE = "en";

const ENGLISH: Catalogue = { language: SOURCE, sentences: {}, forms: [1, 0, 1] };
const TOLD_BY_LAST_TWO_DIGITS = 100;

let spoken = ENGLISH;

export type Values = Record<string, string | number>;

/** Say a sentence; `{name}` in it stands for a value, written out already. */
export const gettext = (message: string, values?: Values): string =>
  filled(spoken.sentences[message]?.[0] || message, values);

/** Say a sentence about a number of things; `{number}` in it is that number. */
export function ngettext(one: string, many: string, number: number, values?: Values): string {
  const said = spoken.sentences[one]?.[form(number)];
  return filled(said || (number === 1 ? one : many), { number, ...values });
}

/** Speak the language of the page's own element; English is spoken without being fetched. */
export async function speakAsThePage(): Promise<void> {
  const language = document.documentElement.lang;
  if (!language || language === SOURCE) return;
  const answer = await fetch(`api/v1/words/${encodeURIComponent(language)}`);
  // Without its words a page is still better in English than not there at all.
  if (answer.ok) speak((await answer.json()) as Catalogue);
}

/** Speak a language. */
export function speak(catalogue: Catalogue | null): void {
  spoken = catalogue ?? ENGLISH;
}

function form(number: number): number {
  const { forms } = spoken;
  const last = forms.length > TOLD_BY_LAST_TWO_DIGITS ? TOLD_BY_LAST_TWO_DIGITS + (number % 100) : 2;
  return forms[number] ?? forms[last] ?? 0;
}

/** Words that are said when they are first asked for, after the page knows its language. */
export function later<T extends object>(say: () => T): T {
  let said: T | null = null;
  let by = spoken;
  return new Proxy({} as T, {
    get(_none, name) {
      if (said === null || by !== spoken) [said, by] = [say(), spoken];
      return Reflect.get(said, name);
    },
  });
}

const filled = (message: string, values?: Values): string =>
  values ? message.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all)) : message;
