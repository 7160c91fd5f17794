// Sends a test of what the pane shows: that cut at that revision, and nothing that is not stored yet.
import { SignedOut, ask } from "./asking.js";
import { button, fill, make, say } from "./dom.js";

const PATIENCE = 5000;
const LOOK_EVERY = 100;

export function testDialog(editor, pane) {
  const { words, config } = editor;
  let isBusy = false;
  const what = make("p", { class: "muted", id: "test-what" });
  const to = make("textarea", { id: "test-to", rows: "2", autocomplete: "off", spellcheck: "false", "aria-describedby": "test-hint" });
  const state = make("p", { role: "status" });
  const send = button(words.test_send, press, { class: "", "aria-describedby": "test-what" });
  const element = make("dialog", { class: "help test", "aria-labelledby": "test-title" },
    make("h2", { id: "test-title", text: words.test }), what,
    make("div", { class: "field" },
      make("label", { for: "test-to", text: words.test_to }), to,
      make("p", { class: "muted", id: "test-hint", text: words.test_to_hint })),
    state, make("div", { class: "acts" }, send, button(words.close, () => element.close())));
  const opener = button(words.test, open, { "aria-haspopup": "dialog", class: "quiet small test-opener" });
  editor.root.append(element);

  async function open() {
    pane.open();
    say(state, "");
    say(what, "");
    to.value ||= config.address;
    element.showModal();
    send.focus();
    const shown = await settled();
    if (shown && !isBusy) say(what, told(shown));
  }

  const told = (shown) => fill(words.test_is, { cut: shown.name, n: shown.revision });

  // What is typed while somebody asks comes along: the pane shows it first.
  async function settled() {
    for (let waited = 0; waited < PATIENCE; waited += LOOK_EVERY) {
      const shown = pane.current();
      if (shown) return shown;
      await new Promise((done) => setTimeout(done, LOOK_EVERY));
    }
    return null;
  }

  async function press() {
    if (isBusy) return;
    isBusy = true;
    send.setAttribute("aria-disabled", "true");
    say(state, words.test_sending);
    say(state, await sent().catch((error) => (error instanceof SignedOut ? words.signed_out : words.test_no_answer)));
    send.removeAttribute("aria-disabled");
    isBusy = false;
  }

  // Returns a sentence of what became of it.
  async function sent() {
    const shown = await settled();
    if (!shown) return words.test_waits;
    say(what, told(shown));
    const { categories, depth, revision } = shown;
    const body = new URLSearchParams([
      ...categories.map((slug) => ["category", slug]), ["depth", depth], ["revision", revision], ["addresses", to.value]]);
    const headers = { "X-Form-Token": config.form_token };
    const { isGood, status, said } = await ask(config.pane.test, { method: "POST", body, headers });
    if (isGood) return fill(words.test_on_its_way, { who: said.to.join(", "), what: told(shown) });
    if (status === 403) return words.page_old;
    return said.detail ?? words.test_no_answer;
  }

  editor.keys.t = open;
  return { opener };
}
