// The chosen story as a form: every field in place, bound to the shared document.
import { button, fill, make, say } from "./dom.js";
import { articleField, imageField } from "./image.js";
import { counter, lengthOf, notes, textBox } from "./field.js";
import { inLanguage } from "./language.js";
import { rowsField } from "./rows.js";
import { inOrder } from "./places.js";
import { byCategory, categoryName, categoryOf, leads, moveTo, plain, rowsAt, textAt, textsOf } from "./stories.js";

const SHORT = 100;

export function storyView(editor, key) {
  const { shared, words, config } = editor;
  const story = shared.stories.get(key);
  const parts = config.fields.map((field) => {
    const id = `f-${field.name}`;
    if (field.name === "category") return categoryField(editor, key, field, id);
    if (field.kind === "image") return imageField(editor, textField(editor, field, id));
    if (field.kind === "article") return articleField(editor, textField(editor, field, id));
    return textsOf(field) ? rowsField(shared, words, field, id) : textField(editor, field, id);
  });
  const head = header(editor, key);
  const gone = make("div", { class: "notice bad", role: "status", hidden: true },
    make("p", { text: words.is_dropped }),
    button(words.bring_back, () => editor.bringBack([key])));
  const depths = make("p", { class: "muted depths" });
  const hints = hintsOf(editor);
  const element = make("div", { class: "story-form" }, head.element, gone, depths,
    ...parts.flatMap((part) => [...(hints.get(part.field) ?? []), part.element]));
  for (const part of parts) {
    part.here = make("span", { class: "here" });
    (part.element.querySelector("label, .label") ?? part.element).append(part.here);
    part.element.addEventListener("focusin", (event) => {
      shared.undoManager.stopCapturing();
      editor.show({ story: key, field: part.field.name, entry: event.target.dataset?.entry });
    });
  }

  // A shared value that another one took the place of, as undo does, is bound anew.
  function sync() {
    for (const part of parts) {
      const { name } = part.field;
      if (name === "category") part.sync(story);
      else part.bind(textsOf(part.field) ? rowsAt(shared, story, name) : textAt(shared, story, name));
    }
    gone.hidden = story.get("dropped") !== true;
    head.sync(story);
    count();
  }

  // How many words a mail has of it at each depth; of a list it may have the first entries only.
  function count() {
    const shown = [];
    const told = config.depths.map((depth) => {
      shown.push(...config.fields.filter((one) => one.depth === depth.name && one.kind !== "image"));
      const n = shown.reduce((sum, field) => sum + wordsOf(story, field, depth.first[field.name]), 0);
      return `${depth.label} ${n.toLocaleString(words.lang)}`;
    });
    say(depths, fill(words.words_at, { depths: told.join(" · ") }));
  }

  function tell(problems, findings) {
    for (const part of parts) {
      const { name } = part.field;
      part.tell(problems.filter((one) => one.story === key && one.field === name),
        findings.filter((one) => one.story === key && one.field === name));
    }
    // A story of before marks were read shows each sign as it was typed.
    const isAsTyped = config.as_typed.some((id) => key === `s${id}` || shared.status.numbers?.[key] === id);
    for (const hint of [...hints.values()].flat()) hint.hidden = isAsTyped;
    for (const part of parts) part.asTyped?.(isAsTyped);
    head.tell(problems.filter((one) => one.story === key && !one.field),
      findings.filter((one) => one.story === key && !parts.some((part) => part.field.name === one.field)));
  }

  function meet(others) {
    for (const part of parts) {
      const here = others.filter((one) => one.story === key && one.field === part.field.name);
      say(part.here, here.length ? fill(words.writes_here, { who: here.map((one) => one.name).join(", ") }) : "");
    }
  }

  function focus(name = "title", row = null) {
    (parts.find((part) => part.field.name === name) ?? parts[0]).focus(row);
  }

  sync();
  return {
    key,
    element,
    sync,
    count,
    tell,
    meet,
    focus,
    isStill: () => shared.stories.get(key) === story,
    close: (isClosed) => {
      for (const part of parts) part.close(isClosed);
      head.close(isClosed);
    },
    release: () => parts.forEach((part) => part.release?.()),
  };
}

// Which marks are read: above the first field with any, and above the article, which has more.
function hintsOf({ words, config }) {
  const hint = (said) => [make("p", { class: "hint muted" }, make("span", { text: said }),
    make("button", { type: "button", class: "plain", text: words.marks_all, "data-opens": "marks" }))];
  return new Map([
    [config.fields.find((one) => one.marked), hint(words.marks)],
    [config.fields.find((one) => one.kind === "article"), hint(words.marks_in_article)],
  ]);
}

function header(editor, key) {
  const { shared, words, config } = editor;
  const where = make("p", { class: "muted where" });
  const about = notes(words, "story");
  const lead = button(words.make_lead, () => editor.lead(key));
  const buttons = [
    lead,
    button(words.up, () => editor.move(-1), { "aria-keyshortcuts": "Alt+ArrowUp" }),
    button(words.down, () => editor.move(1), { "aria-keyshortcuts": "Alt+ArrowDown" }),
    button(words.duplicate, () => editor.duplicate(key)),
    button(words.drop, () => editor.drop([key])),
  ];
  const past = make("a", { class: "past", hidden: true, text: words.history });
  const toList = button(words.to_list, editor.back, { class: "plain to-list" });
  const element = make("div", { class: "story-head" }, toList, make("div", { class: "whence" }, where, past),
    make("div", { class: "acts", role: "group", "aria-label": words.this_story }, ...buttons), about.element);
  return {
    element,
    sync(story) {
      const slug = categoryOf(story);
      const home = categoryName(config, words, slug);
      const group = byCategory(shared, config.categories).get(slug) ?? [];
      const n = group.findIndex((one) => one.key === key) + 1;
      const isLead = leads(shared, key);
      say(lead, isLead ? words.lead : words.make_lead);
      if (isLead) lead.setAttribute("aria-pressed", "true");
      else lead.removeAttribute("aria-pressed");
      say(where, n ? fill(words.place, { n, of: group.length, category: home }) : home);
    },
    tell(problems, findings) {
      const number = shared.status.numbers?.[key];
      past.hidden = !number; // what is not stored yet has no history
      if (number) past.href = inLanguage(`${config.page}/stories/${number}/history`);
      about.show(element, problems.map((one) => one.detail), findings);
    },
    close: (isClosed) => buttons.forEach((one) => (one.disabled = isClosed)),
  };
}

function textField(editor, field, id) {
  const { shared, words } = editor;
  const isLine = field.kind === "line";
  const isInput = field.kind === "address" || field.kind === "image" || (isLine && field.most <= SHORT);
  const about = notes(words, id);
  const count = counter(words, field.most);
  const box = textBox(shared, {
    id,
    isLine: isLine && field.most <= 300,
    isInput,
    inputmode: field.kind === "address" ? "url" : null,
    spellcheck: field.kind === "address" ? "false" : "true",
  });
  let bound = null;
  const shown = () => count.show(bound.toString());
  const element = make("div", { class: `field ${field.name}`, id: `field-${field.name}` },
    make("label", { for: id }, field.label, " ", count.element), box.element, about.element);
  // A line has no breaks: Enter leads on to the next field.
  if (isLine) {
    box.element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      const boxes = [...element.parentElement.querySelectorAll("input, textarea, select")];
      boxes[boxes.indexOf(box.element) + 1]?.focus();
    });
  }
  return {
    element,
    field,
    bind(text) {
      if (text === bound) return;
      bound?.unobserve(shown);
      bound = text;
      bound.observe(shown);
      box.bind(text);
      shown();
    },
    release() {
      bound?.unobserve(shown);
      box.release();
    },
    tell(problems, findings) {
      about.show(box.element, problems.map((one) => reason(words, field, bound.toString(), one)), findings);
    },
    close: (isClosed) => (box.element.readOnly = isClosed),
    focus() {
      box.element.focus();
      box.element.setSelectionRange(box.element.value.length, box.element.value.length);
    },
  };
}

// In the reader's language where we know what is wrong, else as the server says it.
function reason(words, field, text, problem) {
  const n = lengthOf(text);
  if (n > field.most) return fill(words.too_long, { n: n - field.most });
  if (!text.trim() && field.needed) return words.is_needed;
  if (field.kind === "address") return words.no_address;
  return problem.detail;
}

function categoryField(editor, key, field, id) {
  const { shared, words, config } = editor;
  const about = notes(words, id);
  const select = make("select", { id, onchange: () => moveTo(shared, [key], select.value || null) });
  let offered = "";
  return {
    field,
    element: make("div", { class: `field ${field.name}`, id: `field-${field.name}` },
      make("label", { for: id }, field.label), select, about.element),
    sync(story) {
      const slug = categoryOf(story) ?? "";
      const all = config.categories.filter((one) => !one.is_retired || one.slug === slug);
      const names = all.map((one) => [one.slug, one.name]);
      if (slug && !names.some(([one]) => one === slug)) names.push([slug, slug]);
      if (offered !== JSON.stringify(names)) {
        offered = JSON.stringify(names);
        select.replaceChildren(make("option", { value: "", text: words.none_yet }),
          ...names.map(([value, name]) => make("option", { value, text: name })));
      }
      if (select.value !== slug) select.value = slug;
    },
    tell: (problems, findings) => about.show(select, problems.map((one) => one.detail), findings),
    close: (isClosed) => (select.disabled = isClosed),
    focus: () => select.focus(),
  };
}

function wordsOf(story, field, first) {
  const texts = textsOf(field);
  if (!texts) return wordCount(plain(story, field.name));
  const entries = inOrder(story.get(field.name))
    .map(({ value }) => texts.reduce((n, name) => n + wordCount(plain(value, name)), 0)).filter(Boolean);
  const shown = first && entries.length > first.whole ? entries.slice(0, first.shown) : entries;
  return shown.reduce((sum, n) => sum + n, 0);
}

const wordCount = (text) => text.split(/\s+/).filter(Boolean).length;

// What a needed field lacks, as a person reads its name.
export function lacking(config, story) {
  return config.fields
    .filter((field) => field.needed)
    .filter((field) => !(field.name === "category" ? categoryOf(story) : plain(story, field.name).trim()))
    .map((field) => field.label);
}

