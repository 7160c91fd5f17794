// The images of a story and of its article: chosen or dropped as a file, and stored at once.
import * as Y from "yjs";
import { ask, SignedOut } from "./asking.js";
import { button, make, say } from "./dom.js";

const NAME = /^[0-9a-f]{40}\.(?:jpg|png)$/;
const KINDS = "image/jpeg,image/png,image/gif,image/webp";

// Adds to the field that holds the image's name what chooses, shows and removes it.
export function imageField(editor, part) {
  const { shared, words, config } = editor;
  const id = `f-${part.field.name}-file`;
  const about = make("p", { class: "muted", role: "status" });
  const shown = make("img", { class: "shown", alt: "", hidden: true });
  const { file, close } = chooser(editor, part.element, id, about, begin);
  const remove = button(words.image_remove, () => write(""));
  const { element } = part;
  element.append(make("div", { class: "chosen" }, shown,
    make("div", {}, make("label", { for: id, text: words.image_choose }), file, remove, about)));
  let bound = null;
  let isClosed = false;

  // What becomes of a stored image, of the story that was shown as its file was chosen.
  function begin() {
    const into = bound;
    return (name) => {
      if (into === bound) write(name);
      say(about, words.image_stored);
    };
  }

  // One step of undo, as if it had been typed.
  function write(name) {
    const text = bound;
    if (!text || isClosed) return;
    shared.undoManager.stopCapturing();
    text.doc.transact(() => {
      text.delete(0, text.length);
      text.insert(0, name);
    }, shared.typed);
    draw();
  }

  function draw() {
    const name = bound.toString().trim().split("/").at(-1);
    const isOne = NAME.test(name);
    const source = isOne ? `${config.images.at}/${name}` : "";
    shown.hidden = !isOne;
    if (isOne && shown.getAttribute("src") !== source) shown.src = source;
    remove.hidden = !bound.length;
  }

  return {
    ...part,
    bind(text) {
      part.bind(text);
      if (text === bound) return;
      bound?.unobserve(draw);
      bound = text;
      bound.observe(draw);
      draw();
    },
    release() {
      bound?.unobserve(draw);
      part.release();
    },
    close(closed) {
      isClosed = closed;
      part.close(closed);
      remove.disabled = closed;
      close(closed);
    },
  };
}

// Adds to the field of an article what stores an image and names it there, at the caret's line.
export function articleField(editor, part) {
  const { shared, words } = editor;
  const id = `f-${part.field.name}-file`;
  const about = make("p", { class: "muted", role: "status" });
  const { file, close } = chooser(editor, part.element, id, about, begin);
  const chosen = make("div", { class: "chosen" },
    make("div", {}, make("label", { for: id, text: words.article_image }), file, about));
  const box = part.element.querySelector("textarea");
  part.element.append(chosen);
  let bound = null;

  // The place of the caret moves with what others write while the file is on its way.
  function begin() {
    const into = bound;
    const at = Y.createRelativePositionFromTypeIndex(into, Math.min(box.selectionStart, into.length));
    return (name) => {
      if (into === bound) write(Y.createAbsolutePositionFromRelativePosition(at, into.doc)?.index ?? into.length, name);
      say(about, words.article_image_stored);
    };
  }

  // On a line of its own, as one step of undo; then the caret stands where its words belong.
  function write(at, name) {
    const text = bound.toString();
    const before = !at || text.slice(0, at).endsWith("\n\n") ? "" : text[at - 1] === "\n" ? "\n" : "\n\n";
    const after = text[at] === "\n" ? "" : "\n\n";
    shared.undoManager.stopCapturing();
    bound.doc.transact(() => bound.insert(at, `${before}![](${name})${after}`), shared.typed);
    const between = at + before.length + 2;
    box.focus();
    box.setSelectionRange(between, between);
  }

  return {
    ...part,
    bind(text) {
      part.bind(text);
      bound = text;
    },
    asTyped: (isAsTyped) => (chosen.hidden = isAsTyped),
    close(closed) {
      part.close(closed);
      close(closed);
    },
  };
}

// What chooses a file, which may be dropped anywhere on `element` as well. `begin` is asked as a file
// is chosen, and gives what is told its name once it is stored.
function chooser(editor, element, id, about, begin) {
  const { words, config } = editor;
  const file = make("input", { id, type: "file", accept: KINDS, onchange: () => take(file.files[0]) });
  let isClosed = false;
  element.addEventListener("dragover", (event) => {
    if (hasFile(event)) event.preventDefault();
  });
  element.addEventListener("drop", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });

  async function take(chosen) {
    if (!chosen || isClosed) return;
    const keep = begin();
    say(about, words.image_storing);
    try {
      const headers = { "X-Form-Token": config.form_token, "Content-Type": "application/octet-stream" };
      const { isGood, status, said } = await ask(config.images.upload, { method: "POST", body: chosen, headers });
      if (!isGood) say(about, said.detail ?? (status === 413 ? words.image_large : words.no_answer_yet));
      else if (!isClosed) keep(said.name);
    } catch (error) {
      say(about, error instanceof SignedOut ? words.signed_out : words.no_answer_yet);
    }
    file.value = "";
  }

  return { file, close: (closed) => (file.disabled = isClosed = closed) };
}

const hasFile = (event) => [...event.dataTransfer.types].includes("Files");
