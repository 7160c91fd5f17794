// Why the document cannot be reached: no network, or that one may not any more. It is asked over again
// for as long as it lasts; a connection that is refused says no reason to a script.
import { SignedOut, ask } from "./asking.js";

const SOON = 1500;
const AGAIN = 10000;

export function watchOutside(editor, tell) {
  const { shared, words, config } = editor;
  let timer = 0;

  async function why() {
    try {
      const { status } = await ask(`${config.pane.frame}?person=${config.person}`);
      return { 403: words.no_right, 404: words.gone, 409: words.another }[status] ?? "";
    } catch (error) {
      return error instanceof SignedOut ? words.signed_out : "";
    }
  }

  async function look() {
    const because = await why();
    if (shared.state !== "offline") return;
    tell(because);
    timer = setTimeout(look, AGAIN);
  }

  return function sync() {
    clearTimeout(timer);
    if (shared.state === "offline") timer = setTimeout(look, SOON);
    else tell("");
  };
}
