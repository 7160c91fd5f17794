// A list's entries as rows: Enter adds one, Backspace at the start joins, lines that are pasted are
// rows, Alt with an arrow moves. A row is a map of its texts, so others may type in it meanwhile.
import { arrange, button, fill, make, say } from "./dom.js";
import { lengthOf, notes, textBox } from "./field.js";
import { entriesOf, termOf } from "./paste.js";
import { inOrder, placeAt } from "./places.js";
import { addRow, plain, step, textAt, textsOf } from "./stories.js";

export function rowsField(shared, words, field, id) {
  const list = make("ol", { class: "points" });
  const about = notes(words, id);
  const names = textsOf(field);
  const views = new Map();
  let rows = null;
  let problems = [];
  let findings = [];
  const count = make("span", { class: "limit muted" });
  const add = button(field.add, appended);
  const element = make("div", { class: "field rowed", id: `field-${field.name}` },
    make("p", { class: "label" }, make("span", { id: `${id}-label`, text: field.label }), " ", count),
    list, about.element, add,
  );
  list.setAttribute("aria-labelledby", `${id}-label`);

  // What the server counts: empty rows are none to it.
  const full = () => order().filter((key) => names.some((name) => plain(rows.get(key), name).trim()));
  const order = () => inOrder(rows).map((one) => one.key);
  const addAt = (index, texts) => addRow(rows, field, index, texts);
  const stepped = (work) => step(shared, work);

  function sync() {
    const keys = order();
    for (const key of views.keys()) if (!keys.includes(key)) drop(key);
    keys.forEach((key, n) => view(key).show(rows.get(key), n));
    arrange(list, keys.map((key) => views.get(key).element));
    say(count, fill(words.of, { n: keys.length, most: field.entries }));
    count.classList.toggle("over", keys.length > field.entries);
    tell();
  }

  function drop(key) {
    for (const box of views.get(key).boxes) box.release();
    views.delete(key);
  }

  function view(key) {
    if (!views.has(key)) views.set(key, rowView(key));
    return views.get(key);
  }

  function rowView(key) {
    const boxes = names.map((name, n) => {
      const box = textBox(shared, { isLine: true, class: name, "data-entry": key, "data-text": name });
      box.element.addEventListener("keydown", (event) => pressed(event, key, name, n));
      box.element.addEventListener("paste", (event) => pasted(event, key, name));
      return box;
    });
    const remove = button("×", () => removed(key), { class: "plain remove" });
    const said = notes(words, `${id}-${key}`);
    const size = make("span", { class: "limit muted" });
    const element = make("li", {}, ...boxes.map((box) => box.element), remove, size, said.element);
    function show(row, n) {
      measure(row, size);
      boxes.forEach((box, at) => {
        box.bind(textAt(shared, row, names[at]));
        box.element.setAttribute("aria-label", fill(field.rows[names[at]], { n: n + 1 }));
        box.element.placeholder = field.hints?.[names[at]] ?? "";
      });
      remove.setAttribute("aria-label", fill(field.remove, { n: n + 1 }));
    }
    return { element, boxes, show, said };
  }

  // A row says how long it is once its end is near.
  function measure(row, size) {
    const near = names.find((name) => lengthOf(plain(row, name)) > field.limits[name] * 0.8);
    const n = near ? lengthOf(plain(row, near)) : 0;
    say(size, near ? fill(words.count, { n, most: field.limits[near] }) : "");
    size.classList.toggle("over", n > (field.limits[near] ?? 0));
  }

  function focusRow(key, name, at) {
    const box = views.get(key)?.boxes[names.indexOf(name)]?.element;
    box?.focus();
    box?.setSelectionRange(at, at);
  }

  function appended() {
    let key;
    stepped(() => (key = addAt(order().length)));
    focusRow(key, names[0], 0);
  }

  function removed(key) {
    const keys = order();
    const n = keys.indexOf(key);
    stepped(() => rows.delete(key));
    const next = keys[n + 1] ?? keys[n - 1];
    if (next) focusRow(next, names[0], 0);
    else add.focus();
  }

  function pressed(event, key, name, n) {
    if (event.isComposing || list.dataset.closed) return;
    const { selectionStart: from, selectionEnd: to, value } = event.target;
    const isStart = from === 0 && to === 0;
    const isEnd = from === value.length && to === from;
    const bare = !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey;
    const does =
      event.key === "Enter" && bare ? () => entered(key, n, from, to)
      : event.key === "Backspace" && isStart && bare ? () => joined(key, n, -1)
      : event.key === "Delete" && isEnd && bare ? () => joined(key, n, 1)
      : event.altKey && event.key === "ArrowUp" ? () => moved(key, name, -1)
      : event.altKey && event.key === "ArrowDown" ? () => moved(key, name, 1)
      : null;
    if (does?.() === false || !does) return;
    event.preventDefault();
    event.stopPropagation();
  }

  // In the last text of a row Enter splits it; before that it leads to the next text.
  function entered(key, n, from, to) {
    if (n < names.length - 1) {
      focusRow(key, names[n + 1], plain(rows.get(key), names[n + 1]).length);
      return;
    }
    const text = textAt(shared, rows.get(key), names[n]);
    const at = order().indexOf(key) + 1;
    let added;
    stepped(() => {
      const rest = text.toString().slice(to);
      text.delete(from, text.length - from);
      added = addAt(at, { [names[n]]: rest });
    });
    focusRow(added, names[0], 0);
  }

  // Joins a row with the one before (-1) or behind it (1); says false where the browser shall act.
  function joined(key, n, by) {
    if (by < 0 && n > 0) {
      focusRow(key, names[n - 1], plain(rows.get(key), names[n - 1]).length);
      return true;
    }
    const keys = order();
    const isEmpty = names.every((name) => !plain(rows.get(key), name));
    if (names.length > 1 && !isEmpty) return false;
    const [first, second] = by < 0 ? [keys[keys.indexOf(key) - 1], key] : [key, keys[keys.indexOf(key) + 1]];
    if (!first || !second) {
      if (isEmpty) removed(key);
      return isEmpty;
    }
    const last = names.at(-1);
    const into = textAt(shared, rows.get(first), last);
    const at = into.length;
    stepped(() => {
      if (names.length === 1) into.insert(at, plain(rows.get(second), last));
      rows.delete(names.length === 1 ? second : key);
    });
    if (names.length === 1 || by < 0) focusRow(first, last, at);
    else focusRow(second, names[0], 0);
    return true;
  }

  function moved(key, name, by) {
    const keys = order();
    const to = keys.indexOf(key) + by;
    if (to < 0 || to >= keys.length) return true;
    stepped(() => placeAt(rows, key, to));
    return true;
  }

  // Lines that are pasted become rows: the first goes where the caret is, what was behind it ends the last.
  function pasted(event, key, name) {
    if (list.dataset.closed) return;
    const { selectionStart: from, selectionEnd: to } = event.target;
    const found = entriesOf(event.clipboardData, names.length > 1, from === 0);
    if (!found) return;
    event.preventDefault();
    let at = order().indexOf(key) + 1;
    let last = key;
    stepped(() => {
      const text = textAt(shared, rows.get(key), name);
      const rest = text.toString().slice(to);
      text.delete(from, text.length - from);
      const [first, ...more] = found;
      const row = rows.get(key);
      if (names.length > 1 && names.every((one) => !plain(row, one))) {
        const texts = termOf(first);
        for (const one of names) textAt(shared, row, one).insert(0, texts[one]);
      } else {
        text.insert(from, spaced(first));
      }
      for (const line of more) {
        last = addAt(at, names.length === 1 ? { [names[0]]: spaced(line) } : termOf(line));
        at += 1;
      }
      const end = textAt(shared, rows.get(last), names.length === 1 ? name : names.at(-1));
      end.insert(end.length, rest);
    });
    focusRow(last, names.at(-1), plain(rows.get(last), names.at(-1)).length);
  }

  const deep = () => sync();

  function tell() {
    const counted = full();
    about.show(list, problems.filter((one) => !views.has(one.entry)).map((one) => one.detail),
      findings.filter((one) => one.row === null || one.row >= counted.length));
    for (const [key, { said, boxes }] of views) {
      said.show(boxes[0].element, problems.filter((one) => one.entry === key).map((one) => one.detail),
        findings.filter((one) => one.row !== null && counted[one.row] === key));
    }
  }

  return {
    element,
    field,
    bind(map) {
      if (map === rows) return;
      rows?.unobserveDeep(deep);
      rows = map;
      rows.observeDeep(deep);
      sync();
    },
    release() {
      rows?.unobserveDeep(deep);
      for (const key of [...views.keys()]) drop(key);
    },
    tell(told, found) {
      [problems, findings] = [told, found];
      tell();
    },
    close(isClosed) {
      if (isClosed) list.dataset.closed = "true";
      else delete list.dataset.closed;
      add.disabled = isClosed;
      for (const one of element.querySelectorAll("textarea, input")) one.readOnly = isClosed;
      for (const one of element.querySelectorAll(".remove")) one.disabled = isClosed;
    },
    focus(row) {
      const box = views.get(full()[row ?? 0] ?? order()[0])?.boxes[0].element;
      (box ?? add).focus();
    },
  };
}

const spaced = (entry) => entry.replace(/\s+/g, " ");
