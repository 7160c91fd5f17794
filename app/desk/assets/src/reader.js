// Finds a reader by their address, so that the pane shows what they get. The address goes in a form.
import { SignedOut, ask } from "./asking.js";
import { button, fill, make, say } from "./dom.js";

export function readerDialog(editor, pane) {
  const { words, config } = editor;
  let isBusy = false;
  const address = make("input", { id: "reader-address", type: "email", autocomplete: "off", spellcheck: "false", required: true });
  const state = make("p", { role: "status" });
  const form = make("form", { novalidate: true, onsubmit: press },
    make("div", { class: "field" }, make("label", { for: "reader-address", text: words.reader_address }), address),
    state, make("div", { class: "acts" },
      make("button", { class: "small", text: words.reader_show }), button(words.close, () => element.close())));
  const element = make("dialog", { class: "help test", "aria-labelledby": "reader-title" },
    make("h2", { id: "reader-title", text: words.reader_title }), form);
  const opener = button(words.reader, open, { "aria-haspopup": "dialog", class: "chip" });
  const chose = make("span");
  const leave = button(words.reader_leave, () => pane.choose(null), { class: "plain" });
  const known = make("p", { class: "muted known", hidden: true }, chose, " ", leave);
  editor.root.append(element);

  function open() {
    say(state, "");
    address.value = "";
    element.showModal();
  }

  async function press(event) {
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    try {
      say(state, await found());
    } catch (error) {
      say(state, error instanceof SignedOut ? words.signed_out : words.no_answer_yet);
    }
    isBusy = false;
  }

  // Returns what is wrong; nothing where the pane goes on with the reader.
  async function found() {
    const headers = { "X-Form-Token": config.form_token };
    const body = new URLSearchParams({ address: address.value });
    const { isGood, status, said } = await ask(config.pane.readers, { method: "POST", body, headers });
    if (status === 403) return words.page_old;
    if (!isGood) return said.detail ?? words.no_answer_yet;
    element.close();
    pane.choose(said.reader);
    return "";
  }

  // What is known of the reader whose mail is shown; nothing for that of a cut.
  function tell(reader) {
    known.hidden = !reader;
    if (!reader) return;
    const why = reader.why_not ? fill(words.reader_gets_none, { who: reader.address, why: reader.why_not }) : "";
    say(chose, [reader.chose, why].filter(Boolean).join(" · "));
  }

  return { opener, known, tell };
}
