// Asks the desk for something as JSON; of several questions on the way only the last one counts.
import { inLanguage } from "./language.js";

export class SignedOut extends Error {}

export async function ask(url, given = {}) {
  const headers = { Accept: "application/json", ...given.headers };
  const answer = await fetch(inLanguage(url), { redirect: "manual", ...given, headers });
  if (answer.type === "opaqueredirect" || answer.status === 401) throw new SignedOut();
  const isJson = answer.headers.get("content-type")?.startsWith("application/json");
  const said = isJson ? await answer.json() : {};
  return { isGood: answer.ok && isJson, status: answer.status, said };
}

const AGAIN = 5000;

// Returns a function that does `work` now, or once more after the one that is on its way. Where the
// work says that it came to nothing (`false`), it is done again after a while.
export function inTurn(work) {
  let isBusy = false;
  let isDue = false;
  let later = 0;
  return async function turn() {
    if (isBusy) {
      isDue = true;
      return;
    }
    clearTimeout(later);
    isBusy = true;
    try {
      if ((await work()) === false) later = setTimeout(turn, AGAIN);
    } finally {
      isBusy = false;
      if (isDue) {
        isDue = false;
        turn();
      }
    }
  };
}
