// Several stories at once: selected by their boxes, then moved or dropped as one step of undo.
import { button, fill, make, say } from "./dom.js";
import { categoryName, move, moveTo } from "./stories.js";

export function several(editor) {
  const { shared, words, config } = editor;
  const boxes = new Map();
  const selected = new Set();
  let last = null;
  const homes = [...config.categories.filter((one) => !one.is_retired), { slug: "", name: words.no_category }];
  const count = make("b");
  const done = make("span", { class: "muted", role: "status" });
  const target = make("select", { "aria-label": words.move_to },
    ...homes.map(({ slug, name }) => make("option", { value: slug, text: name })));
  const element = make("div", { class: "several", role: "group", "aria-label": words.selected, hidden: true },
    make("p", {}, count, " ", done),
    make("div", { class: "acts" }, target, button(words.move, () => put(keys(), target.value || null))),
    make("div", { class: "acts" },
      button(words.up, () => by(-1)), button(words.down, () => by(1)), button(words.drop, drop),
      button(words.select_none, clear, { class: "plain" })),
  );

  const keys = () => editor.order().filter((key) => selected.has(key));
  const inWords = (n) => fill(n === 1 ? words.stories_one : words.stories_other, { n });

  // A press with Shift takes all from the one that was pressed last.
  function box(key) {
    const one = make("input", { type: "checkbox" });
    one.addEventListener("click", (event) => {
      for (const each of event.shiftKey ? between(last ?? key, key) : [key]) set(each, one.checked);
      last = key;
      sync();
    });
    boxes.set(key, one);
    return one;
  }

  function set(key, isSelected) {
    if (isSelected) selected.add(key);
    else selected.delete(key);
  }

  function between(one, other) {
    const order = editor.order();
    const [start, end] = [order.indexOf(one), order.indexOf(other)].sort((low, high) => low - high);
    return order.slice(Math.max(start, 0), end + 1);
  }

  function toggle(key) {
    if (!key) return;
    set(key, !selected.has(key));
    last = key;
    sync();
  }

  // The story and the next one, or the one before.
  function extend(steps) {
    set(editor.chosen(), true);
    editor.step(steps);
    set(editor.chosen(), true);
    last = editor.chosen();
    sync();
  }

  function clear() {
    const wasHere = element.contains(document.activeElement);
    selected.clear();
    sync();
    if (wasHere) editor.toList(last);
  }

  function by(steps) {
    if (editor.isClosed()) return;
    const n = move(shared, config.categories, keys(), steps);
    if (n) tell(fill(steps < 0 ? words.moved_up : words.moved_down, { stories: inWords(n) }));
    else tell(steps < 0 ? words.are_first : words.are_last);
  }

  // Puts stories into a category, in front of one of its stories or at its end.
  function put(moved, slug, before = null) {
    if (editor.isClosed() || !moved.length) return;
    moveTo(shared, moved, slug, before);
    const category = categoryName(config, words, slug);
    if (moved.length === 1) editor.tellPlace(moved[0]);
    else tell(fill(words.moved_to, { stories: inWords(moved.length), category }));
  }

  function drop() {
    if (editor.isClosed()) return;
    const dropped = keys();
    selected.clear();
    editor.drop(dropped);
    sync();
  }

  function tell(text) {
    if (element.hidden) editor.say(text);
    else done.textContent = text;
  }

  function sync() {
    const n = keys().length;
    for (const [key, one] of boxes) one.checked = selected.has(key);
    if (!n) done.textContent = "";
    element.hidden = !n;
    say(count, fill(words.selected_n, { n }));
  }

  return {
    element,
    box,
    by,
    clear,
    extend,
    keys,
    put,
    sync,
    toggle,
    close: (isClosed) => (target.disabled = isClosed),
    toTarget: () => target.focus(),
  };
}
