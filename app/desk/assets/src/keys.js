// The keys: all of them work without a mouse; single letters only where nobody types, and can be turned off.
import { button, make } from "./dom.js";

const OFF = "devoured-single-keys-off";

export function listenToKeys(editor, root) {
  const help = helpDialog(editor);
  root.append(help.element);

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const does = chorded(editor, event) ?? single(editor, event, help);
    if (!does) return;
    event.preventDefault();
    does();
  });
  // A browser's own undo knows nothing of what others wrote.
  root.addEventListener("beforeinput", (event) => {
    if (event.inputType === "historyUndo") does(event, editor.undo);
    if (event.inputType === "historyRedo") does(event, editor.redo);
  });
  return help;
}

function does(event, act) {
  event.preventDefault();
  act();
}

const isTyping = (target) => target.closest?.("input, textarea, select") !== null;

function chorded(editor, event) {
  const key = event.key.toLowerCase();
  const isCommand = (event.metaKey || event.ctrlKey) && !event.altKey;
  if (isCommand && key === "z") return event.shiftKey ? editor.redo : editor.undo;
  if (isCommand && key === "y") return editor.redo;
  // In a choice Alt with an arrow opens it.
  if (event.altKey && !isCommand && editor.chosen() && event.target.tagName !== "SELECT") {
    if (event.key === "ArrowUp") return () => editor.move(editor.chosen(), -1);
    if (event.key === "ArrowDown") return () => editor.move(editor.chosen(), 1);
  }
  if (event.key === "Escape") return editor.back;
  return null;
}

function single(editor, event, help) {
  if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return null;
  if (localStorage.getItem(OFF)) return null;
  const found = {
    "?": help.open,
    j: () => editor.step(1),
    k: () => editor.step(-1),
    e: () => editor.edit(),
    m: () => editor.edit("category"),
    n: () => editor.add(),
    ...editor.keys,
  };
  return found[event.key] ?? null;
}

function helpDialog({ words, config }) {
  const off = make("input", { type: "checkbox", id: "single-keys", onchange: () => {
    if (off.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  } });
  const element = make("dialog", { class: "help", "aria-labelledby": "help-title" },
    make("h2", { id: "help-title", text: words.keys }),
    make("dl", {}, ...config.keys.map(([keys, what]) =>
      make("div", {}, make("dt", {}, ...keys.map((one) => make("kbd", { text: one }))), make("dd", { text: what })))),
    make("p", {}, off, make("label", { for: "single-keys", text: words.single_keys })),
    button(words.close, () => element.close()),
  );
  return {
    element,
    open() {
      off.checked = !localStorage.getItem(OFF);
      element.showModal();
    },
  };
}
