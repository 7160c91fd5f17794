// The image of a story: chosen or dropped as a file, stored at once, and shown where it is named.
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
  const file = make("input", { id, type: "file", accept: KINDS, onchange: () => take(file.files[0]) });
  const remove = button(words.image_remove, () => write(""));
  const { element } = part;
  element.append(make("div", { class: "chosen" }, shown,
    make("div", {}, make("label", { for: id, text: words.image_choose }), file, remove, about)));
  element.addEventListener("dragover", (event) => {
    if (hasFile(event)) event.preventDefault();
  });
  element.addEventListener("drop", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });
  let bound = null;
  let isClosed = false;

  async function take(chosen) {
    if (!chosen || isClosed) return;
    const into = bound;
    say(about, words.image_storing);
    try {
      const headers = { "X-Form-Token": config.form_token, "Content-Type": "application/octet-stream" };
      const { isGood, status, said } = await ask(config.images.upload, { method: "POST", body: chosen, headers });
      if (isGood && into === bound) write(said.name);
      say(about, isGood ? words.image_stored : said.detail ?? (status === 413 ? words.image_large : words.no_answer_yet));
    } catch (error) {
      say(about, error instanceof SignedOut ? words.signed_out : words.no_answer_yet);
    }
    file.value = "";
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
      file.disabled = remove.disabled = closed;
    },
  };
}

const hasFile = (event) => [...event.dataTransfer.types].includes("Files");
