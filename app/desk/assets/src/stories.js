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

function place(shared, key, after) {
  const order = inOrder(shared.stories).map((one) => one.key).filter((one) => one !== key);
  placeAt(shared.stories, key, after ? order.indexOf(after) + 1 : order.length);
}

// Adds a story behind `after`, or at the end, and returns its key.
export function addStory(shared, fields, category, after = null, copied = null) {
  const key = newKey();
  step(shared, () => {
    shared.stories.set(key, newStory(fields, category, copied));
    place(shared, key, after);
  });
  return key;
}

export function duplicate(shared, fields, key) {
  const story = shared.stories.get(key);
  return addStory(shared, fields, categoryOf(story), key, story);
}

export function setDropped(shared, key, isDropped) {
  step(shared, () => shared.stories.get(key).set("dropped", isDropped));
}

// Moves a story by one among those of its category; returns whether there was room.
export function move(shared, categories, key, by) {
  const group = [...byCategory(shared, categories).values()].find((one) => one.some((it) => it.key === key));
  const order = inOrder(shared.stories).map((one) => one.key);
  const other = group?.[group.findIndex((one) => one.key === key) + by];
  if (!other) return false;
  const others = order.filter((one) => one !== key);
  const at = others.indexOf(other.key) + (by > 0 ? 1 : 0);
  step(shared, () => placeAt(shared.stories, key, at));
  return true;
}

// One step of undo of its own.
export function step(shared, work) {
  shared.undoManager.stopCapturing();
  shared.change(work);
  shared.undoManager.stopCapturing();
}
