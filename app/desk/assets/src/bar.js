// What stands above the stories: whether it is saved, who else is here, undo and redo, and news.
import { button, fill, make, say } from "./dom.js";
import { watchOutside } from "./outside.js";

const CALM = 400;

export function bar(editor) {
  const { shared, words, config } = editor;
  const state = make("b", { class: "saved-state", id: "save-state" });
  const others = make("span", { class: "others", id: "others" });
  const news = make("div", { class: "news", role: "status" });
  const unseen = make("span", { class: "unseen", role: "status" });
  const undo = button(words.undo, () => editor.undo(), { "aria-keyshortcuts": "Control+Z Meta+Z" });
  const redo = button(words.redo, () => editor.redo(), { "aria-keyshortcuts": "Control+Shift+Z Meta+Shift+Z" });
  const acts = make("div", { class: "acts" }, undo, redo);
  const element = make("div", { class: "bar" }, make("p", { class: "states" }, state, " ", others), acts, news, unseen);
  let calming = 0;
  let wasBad = false;
  let because = "";
  const outside = watchOutside(editor, (told) => {
    if (told === because) return;
    because = told;
    write();
  });

  // "Saving" is said at once, "Saved" when it stays so: words do not flicker with each key.
  function sync() {
    clearTimeout(calming);
    outside();
    if (shared.state === "saved" && state.textContent) calming = setTimeout(write, CALM);
    else write();
  }

  function write() {
    const isBad = !["saved", "saving"].includes(shared.state);
    say(state, stateInWords());
    state.classList.toggle("bad", isBad);
    if (isBad || wasBad) say(unseen, state.textContent);
    wasBad = isBad;
    if (shared.state === "replaced") tell(words.load_again, words.load, () => location.reload());
  }

  function stateInWords() {
    const { status } = shared;
    const n = status.problems?.length ?? 0;
    if (shared.state === "saved") return n ? fill(words.saved_but, { n }) : words.saved;
    if (shared.state === "saving") return words.saving;
    if (shared.state === "offline" && because) return fill(words.not_sent, { why: because });
    if (shared.state === "offline") return shared.isKeptHere === false ? words.offline_not_kept : words.offline;
    if (shared.state === "replaced") return fill(words.not_saved, { why: words.replaced });
    if (status.refused) return fill(words.not_saved, { why: status.refused });
    return fill(words.not_saved, { why: config.closed[status.state] ?? status.because });
  }

  function meet(here) {
    say(others, here.length ? fill(words.here, { who: [...new Set(here.map((one) => one.name))].join(", ") }) : "");
  }

  function tell(text, act = "", does = null) {
    news.replaceChildren(make("span", { text }), ...(act ? [" ", button(act, () => {
      news.replaceChildren();
      does();
    })] : []));
  }

  // A button that cannot do anything stays where it is and keeps the focus.
  function steps() {
    toggle(undo, shared.undoManager.undoStack.length > 0);
    toggle(redo, shared.undoManager.redoStack.length > 0);
  }

  const toggle = (one, can) => (can ? one.removeAttribute("aria-disabled") : one.setAttribute("aria-disabled", "true"));

  // For who listens: on the page it is seen anyway.
  const announce = (text) => (unseen.textContent = text);

  return { element, acts, announce, sync, meet, tell, steps };
}
