/** Who reads: what a session has to send along with writes, and where one whose is over logs in. */

export const CSRF_HEADER = "X-CSRF-Token";

interface Session {
  csrf_token: string | null;
}

let asked: Promise<string | null> | null = null;

/** The headers that a write has to carry; none where there is no session. */
export async function ofWrites(): Promise<Record<string, string>> {
  asked ??= token();
  const sent = await asked;
  return sent === null ? {} : { [CSRF_HEADER]: sent };
}

async function token(): Promise<string | null> {
  try {
    const answer = await fetch(new URL("api/v1/session", document.baseURI));
    if (answer.ok) return ((await answer.json()) as Session).csrf_token;
  } catch {
    // The write itself will say that nobody answers.
  }
  asked = null;
  return null;
}

/** Go and log in, and come back to where one is. */
export function logIn(): void {
  const { pathname, search } = location;
  const root = new URL(".", document.baseURI).pathname;
  const here = `/${pathname.slice(root.length)}${search}`;
  location.assign(new URL(`login?next=${encodeURIComponent(here)}`, document.baseURI));
}

/** Forget what the session was: it ended, or the page is another's. */
export function forget(): void {
  asked = null;
}
