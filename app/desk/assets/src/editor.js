// The editor of an issue: its stories at the left, the chosen one as a form, on the shared document.
import { bar } from "./bar.js";
import { checkList } from "./checks.js";
import { clearCopies } from "./copies.js";
import { fill, make } from "./dom.js";
import { listenToKeys } from "./keys.js";
import { mailPane } from "./pane.js";
import { storyList } from "./list.js";
import { IssueDocument } from "./shared.js";
import {
  addStory, byCategory, categoryName, categoryOf, duplicate, leads, move, plain, setDropped, setLead,
} from "./stories.js";
import { storyView } from "./story.js";

export { IssueDocument } from "./shared.js";
export { bindText, difference } from "./text.js";
export { inOrder, newKey, placeAt } from "./places.js";
export { Map as YMap, Text as YText } from "yjs";

function openEditor(root) {
  const config = JSON.parse(root.dataset.editor);
  const words = { ...config.words, lang: document.documentElement.lang };
  const url = new URL(config.document, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const { person, issue: issueId, name } = config;
  const shared = new IssueDocument({ url: url.href, person, issueId, name });
  const column = make("div", { class: "column" });
  let view = null;
  let listed = null;
  let isDue = false;
  const isClosed = () => shared.state === "closed" || shared.state === "replaced";
  const order = () => [...byCategory(shared, config.categories).values()].flat().map((one) => one.key);
  const editor = {
    root,
    shared,
    words,
    config,
    findings: [],
    keys: {},
    chosen: () => view?.key ?? null,
    titleOf: (key) => (key && shared.stories.has(key) ? plain(shared.stories.get(key), "title").trim() : ""),
    show: (where) => shared.awareness.setLocalState(where),
    undo: () => shared.undoManager.undo(),
    redo: () => shared.undoManager.redo(),
    add: (category = view ? categoryOf(shared.stories.get(view.key)) : firstCategory(config)) => add(category),
    duplicate: (key) => choose(duplicate(shared, config.fields, key), true),
    drop,
    bringBack(keys) {
      setDropped(shared, keys, false);
      choose(keys[0]);
    },
    move(by) {
      if (isClosed() || !view) return;
      if (move(shared, config.categories, [view.key], by)) editor.tellPlace(view.key);
      else top.tell(by < 0 ? words.is_first : words.is_last);
    },
    lead(key) {
      if (!isClosed()) setLead(shared, leads(shared, key) ? null : key);
    },
    tellPlace,
    say: (text) => top.announce(text),
    order,
    isClosed,
    toList: (key) => list.focus(key),
    step,
    edit: (field, row) => view?.focus(field, row),
    refresh,
    back,
    choose,
  };
  const top = bar(editor);
  const list = storyList(editor);
  editor.several = list.several;
  const pane = mailPane(editor);
  root.append(top.element, make("div", { class: "columns" }, list.element, column, pane.element));
  const checks = checkList(editor);
  root.append(checks.element);
  top.acts.append(checks.opener, pane.opener);
  listenToKeys(editor, root);
  const more = make("button", { type: "button", class: "quiet small", text: "?", "aria-label": words.keys, "data-opens": "keys" });
  top.acts.append(more);

  const problems = () => shared.status.problems ?? [];

  function others() {
    return [...shared.awareness.getStates()]
      .filter(([client, state]) => client !== shared.doc.clientID && state?.name)
      .map(([, state]) => ({ ...state, name: state.name === config.me ? words.you : state.name }));
  }

  // Once a frame, however much came: the boxes themselves were told at once.
  function refresh() {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      const here = others();
      list.sync(problems(), editor.findings, here);
      if (view && view.key !== listed) list.show((listed = view.key));
      view?.tell(problems(), editor.findings);
      view?.meet(here);
      top.meet(here);
      top.steps();
      pane.sync();
      checks.sync();
      for (const one of [view, list]) one?.close(isClosed());
      chooseFirst();
    });
  }

  // A story is named by its key, or as `s` and its number, as links from other pages do.
  function keyOf(name) {
    const numbers = Object.entries(shared.status.numbers ?? {});
    return shared.stories.has(name) ? name : numbers.find(([, number]) => `s${number}` === name)?.[0];
  }

  // Where there is room for both, a story stands beside the list from the start: no step back of its own.
  function chooseFirst() {
    const isKnown = !location.hash || shared.status.numbers;
    const [first] = order();
    if (view || !first || !isKnown || !matchMedia("(min-width: 56rem)").matches) return;
    history.replaceState(null, "", `#${first}`);
    choose(first);
  }

  function choose(name, isToEdit = false) {
    const key = name && keyOf(name);
    if (key && key !== view?.key && shared.stories.has(key)) {
      view?.release();
      view = storyView(editor, key);
      column.replaceChildren(view.element);
      if (location.hash === `#${name}`) history.replaceState(null, "", `#${key}`);
      else history.pushState(null, "", `#${key}`);
      shared.awareness.setLocalState({ story: key });
      pane.goTo(key);
    }
    root.dataset.view = view && location.hash === `#${view.key}` ? "story" : "list";
    refresh();
    if (isToEdit) view?.focus();
  }

  // A story whose adding was undone is there no more: what is typed has to go to another one.
  function leave() {
    column.replaceChildren();
    const [next] = order();
    history.replaceState(null, "", next ? `#${next}` : location.pathname + location.search);
    choose(next ?? "");
    if (next) list.focus(next);
  }

  function add(category) {
    if (isClosed()) return;
    const after = view && categoryOf(shared.stories.get(view.key)) === category ? view.key : null;
    choose(addStory(shared, config.fields, category, after), true);
  }

  function drop(dropped) {
    const [key] = dropped;
    const keys = order();
    const isLeft = (one) => !dropped.includes(one);
    const next = keys.slice(keys.indexOf(key)).find(isLeft) ?? keys.findLast(isLeft);
    const title = editor.titleOf(key) || words.untitled;
    setDropped(shared, dropped, true);
    const n = dropped.length;
    top.tell(n === 1 ? fill(words.dropped, { title }) : fill(words.dropped_n, { n }),
      n === 1 ? words.bring_back : words.bring_all_back, () => editor.bringBack(dropped));
    if (next && dropped.includes(view?.key)) choose(next);
    list.sync(problems(), editor.findings, others());
    if (next) list.focus(next);
  }

  function tellPlace(key) {
    const slug = categoryOf(shared.stories.get(key));
    const group = (byCategory(shared, config.categories).get(slug) ?? []).map((one) => one.key);
    const category = categoryName(config, words, slug);
    const [n, of] = [group.indexOf(key) + 1, group.length];
    top.announce(fill(words.place_now, { title: editor.titleOf(key) || words.untitled, n, of, category }));
  }

  function step(by) {
    const keys = order();
    const next = keys[keys.indexOf(view?.key) + by];
    if (!next) return;
    history.replaceState(null, "", `#${next}`);
    choose(next);
    list.focus(next);
  }

  // From a field to its story in the list; on a phone, to the list.
  function back() {
    if (matchMedia("(max-width: 55.99rem)").matches) {
      history.pushState(null, "", location.pathname + location.search);
      root.dataset.view = "list";
    }
    if (view) list.focus(view.key);
  }

  function begun() {
    const isThere = shared.stories.size > 0 || shared.state === "saved";
    if (!isThere || !root.hidden) return;
    root.hidden = false;
    document.getElementById("plain").hidden = true;
    choose(location.hash.slice(1));
    pane.apply();
  }

  // A story's own map that another one took the place of is shown anew.
  function changed(events) {
    if (view && !view.isStill()) {
      const { key } = view;
      view.release();
      view = null;
      if (shared.stories.has(key)) choose(key);
      else leave();
    } else if (view && events.some((one) => one.path.length < 2)) {
      view.sync();
    }
    view?.count();
    refresh();
  }

  // Undo and redo lead to where they did something.
  shared.undoManager.on("stack-item-added", ({ stackItem }) => {
    if (!stackItem.meta.has("at")) stackItem.meta.set("at", shared.awareness.getLocalState());
    refresh();
  });
  shared.undoManager.on("stack-item-popped", ({ stackItem }) => {
    const at = stackItem.meta.get("at");
    if (at?.story && at.story !== view?.key) choose(at.story);
    refresh();
  });

  list.element.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    event.preventDefault();
    choose(link.hash.slice(1), event.detail === 0);
  });
  addEventListener("popstate", () => choose(location.hash.slice(1)));
  shared.stories.observeDeep(changed);
  shared.issue.observe(() => {
    view?.sync();
    refresh();
  });
  shared.awareness.on("change", refresh);
  for (const kind of ["state", "status"]) {
    shared.addEventListener(kind, () => {
      top.sync();
      begun();
      if (!view && location.hash) choose(location.hash.slice(1));
      refresh();
    });
  }
  shared.doc.on("update", begun);
  shared.ready.then(() => {
    top.sync();
    begun();
    const isOver = (issue) => !config.live.includes(issue);
    clearCopies((one) => isOver(one.issue) || (one.person !== person && !one.isUnsent));
  });
  addEventListener("beforeunload", (event) => {
    if (shared.isKeptHere === false && shared.state !== "saved") event.preventDefault();
  });
}

const firstCategory = (config) => config.categories.find((one) => !one.is_retired)?.slug ?? null;

const root = document.querySelector("[data-editor]");
if (root) openEditor(root);
