// The keys of the editor: all of them work without a mouse; single letters only where nobody types, and can be turned off.
import { isFree, isSingle } from "./single.js";

export function listenToKeys(editor, root) {
  document.addEventListener("keydown", (event) => {
    if (!isFree(event)) return;
    const does = chorded(editor, event) ?? single(editor, event);
    if (!does) return;
    event.preventDefault();
    does();
  });
  // A browser's own undo knows nothing of what others wrote.
  root.addEventListener("beforeinput", (event) => {
    if (event.inputType === "historyUndo") does(event, editor.undo);
    if (event.inputType === "historyRedo") does(event, editor.redo);
  });
}

function does(event, act) {
  event.preventDefault();
  act();
}

function chorded(editor, event) {
  const key = event.key.toLowerCase();
  const isCommand = (event.metaKey || event.ctrlKey) && !event.altKey;
  if (isCommand && key === "z") return event.shiftKey ? editor.redo : editor.undo;
  if (isCommand && key === "y") return editor.redo;
  // In a choice Alt with an arrow opens it.
  const { several } = editor;
  const isInList = several.keys().length > 0 && event.target.closest?.(".list") != null;
  if (event.altKey && !isCommand && event.target.tagName !== "SELECT") {
    if (event.key === "ArrowUp") return () => (isInList ? several.by(-1) : editor.move(-1));
    if (event.key === "ArrowDown") return () => (isInList ? several.by(1) : editor.move(1));
  }
  if (event.key === "Escape") return isInList ? several.clear : editor.back;
  return null;
}

function single(editor, event) {
  if (!isSingle(event)) return null;
  const { several } = editor;
  const found = {
    x: () => several.toggle(event.target.closest?.(".list a")?.hash.slice(1) ?? editor.chosen()),
    J: () => several.extend(1),
    K: () => several.extend(-1),
    j: () => editor.step(1),
    k: () => editor.step(-1),
    e: () => editor.edit(),
    m: () => (several.keys().length ? several.toTarget() : editor.edit("category")),
    n: () => editor.add(),
    ...editor.keys,
  };
  return found[event.key] ?? null;
}
