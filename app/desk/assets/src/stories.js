// Stories of the shared document: found, read, added, moved, copied and dropped.
import * as Y from "yjs";
import { inOrder, newKey, placeAt } from "./places.js";

const LISTS = { bullets: ["text"], terms: ["term", "definition"] };

export const textsOf = (field) => LISTS[field.kind];

export function plain(story, name) {
  const value = story.get(name);
  return value instanceof Y.Text ? value.toString() : "";
}

export const categoryOf = (story) => story.get("category") || null;

export function categoryName(config, words, slug) {
  return config.categories.find((one) => one.slug === slug)?.name ?? words.no_category;
}

// The stories of each category in the order in which a mail shows them; those without one come last.
export function byCategory(shared, categories) {
  const groups = new Map([...categories.map((one) => [one.slug, []]), [null, []]]);
  for (const one of inOrder(shared.stories)) {
    const slug = categoryOf(one.value);
    (groups.get(slug) ?? groups.get(null)).push(one);
  }
  return groups;
}

export function dropped(shared) {
  return [...shared.stories.entries()]
    .filter(([, story]) => story.get?.("dropped") === true)
    .map(([key, value]) => ({ key, value }));
}

// Returns the shared value of a field; a story that was written before there was such a field gets it.
export function ensure(shared, map, name, Kind) {
  const value = map.get(name);
  if (value instanceof Kind) return value;
  shared.doc.transact(() => map.set(name, new Kind()));
  return map.get(name);
}

export const textAt = (shared, map, name) => ensure(shared, map, name, Y.Text);
export const rowsAt = (shared, map, name) => ensure(shared, map, name, Y.Map);

export function newRow(field, texts = {}) {
  const row = new Y.Map();
  row.set("place", 0);
  for (const name of textsOf(field)) row.set(name, new Y.Text(texts[name] ?? ""));
  return row;
}

// Adds an entry to a list in front of its `index`th, and returns its key.
export function addRow(rows, field, index, texts) {
  const key = newKey();
  rows.set(key, newRow(field, texts));
  placeAt(rows, key, index);
  return key;
}

function newStory(fields, category, copied) {
  const story = new Y.Map();
  story.set("place", 0);
  story.set("dropped", false);
  story.set("category", category);
  for (const field of fields) {
    if (field.name === "category") continue;
    if (!textsOf(field)) {
      story.set(field.name, new Y.Text(copied ? plain(copied, field.name) : ""));
      continue;
    }
    const rows = new Y.Map();
    const from = copied?.get(field.name) instanceof Y.Map ? inOrder(copied.get(field.name)) : [];
    from.forEach(({ value }, n) => {
      const texts = Object.fromEntries(textsOf(field).map((name) => [name, plain(value, name)]));
      const row = newRow(field, texts);
      row.set("place", n + 1);
      rows.set(newKey(), row);
    });
    story.set(field.name, rows);
  }
  return story;
}

// Adds a story behind `after`, or at the end, and returns its key.
export function addStory(shared, fields, category, after = null, copied = null) {
  const key = newKey();
  step(shared, () => {
    shared.stories.set(key, newStory(fields, category, copied));
    placeBeside(shared, key, after, true);
  });
  return key;
}

export function duplicate(shared, fields, key) {
  const story = shared.stories.get(key);
  return addStory(shared, fields, categoryOf(story), key, story);
}

export function setDropped(shared, keys, isDropped) {
  step(shared, () => keys.forEach((key) => shared.stories.get(key)?.set("dropped", isDropped)));
}

export const leads = (shared, key) => shared.issue.get("lead") === key;

// One story leads, or none does.
export function setLead(shared, key) {
  step(shared, () => shared.issue.set("lead", key));
}

// Moves stories by one among those of their category, and returns how many there was room for. Those
// that stand together stay together; one behind which none is left stays.
export function move(shared, categories, keys, by) {
  const steps = [];
  for (const group of byCategory(shared, categories).values()) {
    const order = group.map((one) => one.key);
    if (by > 0) order.reverse();
    for (let n = 1; n < order.length; n += 1) {
      if (!keys.includes(order[n]) || keys.includes(order[n - 1])) continue;
      steps.push([order[n], order[n - 1]]);
      [order[n - 1], order[n]] = [order[n], order[n - 1]];
    }
  }
  if (steps.length) step(shared, () => steps.forEach(([key, other]) => placeBeside(shared, key, other, by > 0)));
  return steps.length;
}

// Moves stories to a category, in the order of `keys`: in front of `before`, else to its end.
export function moveTo(shared, keys, category, before = null) {
  const last = inOrder(shared.stories)
    .filter((one) => categoryOf(one.value) === category && !keys.includes(one.key)).at(-1)?.key;
  step(shared, () => {
    let other = before ?? last;
    for (const key of keys) {
      const story = shared.stories.get(key);
      if (categoryOf(story) !== category) story.set("category", category);
      placeBeside(shared, key, other, !before);
      if (!before) other = key;
    }
  });
}

// Where there is no other story, it goes to the end.
function placeBeside(shared, key, other, isBehind) {
  const others = inOrder(shared.stories).map((one) => one.key).filter((one) => one !== key);
  const at = others.indexOf(other);
  placeAt(shared.stories, key, at < 0 ? others.length : at + (isBehind ? 1 : 0));
}

// One step of undo of its own.
export function step(shared, work) {
  shared.undoManager.stopCapturing();
  shared.change(work);
  shared.undoManager.stopCapturing();
}
