// One text on the page: a box that grows with it, how long it is, and what is said about it.
import { fill, make, say } from "./dom.js";
import { bindText } from "./text.js";

const GROWS_BY_ITSELF = CSS.supports("field-sizing", "content");

export const lengthOf = (text) => [...text].length;

// A box bound to a text, and again to another one where that takes its place, as undo does.
export function textBox(shared, { id, isLine, isInput, ...attributes }) {
  const given = { id, autocomplete: "off", ...attributes };
  const element = isInput
    ? make("input", { type: "text", ...given })
    : make("textarea", { rows: isLine ? 1 : 2, ...given });
  let bound = null;
  let unbind = () => {};
  const grow = () => {
    if (GROWS_BY_ITSELF || isInput) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight + 2}px`;
  };
  element.addEventListener("input", grow);
  return {
    element,
    grow,
    bind(text) {
      if (text === bound) return;
      unbind();
      bound = text;
      unbind = bindText(element, text, shared.typed);
      grow();
    },
    release() {
      unbind();
      bound = null;
    },
  };
}

// How long a text is and may be; over the limit it says so in the colour of what is to be done.
export function counter(words, most) {
  const element = make("span", { class: "limit muted" });
  return {
    element,
    show(text) {
      const n = lengthOf(text);
      say(element, fill(words.count, { n: n.toLocaleString(words.lang), most: most.toLocaleString(words.lang) }));
      element.classList.toggle("over", n > most);
    },
  };
}

// What is wrong with a field and what was found in it, below it; the box is told of it.
export function notes(words, id) {
  const element = make("div", { id: `${id}-notes`, class: "notes" });
  let shown = "";
  return {
    element,
    show(box, problems, findings = []) {
      const told = JSON.stringify([problems, findings]);
      if (told === shown) return;
      shown = told;
      element.replaceChildren(
        ...problems.map((one) => make("p", { class: "wrong", text: fill(words.not_saved, { why: one }) })),
        ...findings.map((one) =>
          make("p", { class: one.blocks ? "found blocks" : "found" },
            make("b", { text: one.blocks ? words.blocks : words.warns }), ` ${one.detail} ${one.mend}`),
        ),
      );
      toggle(box, "aria-invalid", problems.length ? "true" : null);
      toggle(box, "aria-describedby", told === "[[],[]]" ? null : element.id);
    },
  };
}

function toggle(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}
