// The stories by category, as links of the page: what is chosen stands in its address.
import { arrange, button, fill, make, say } from "./dom.js";
import { dragging } from "./drag.js";
import { several } from "./several.js";
import { byCategory, categoryName, dropped, leads, plain } from "./stories.js";
import { lacking } from "./story.js";

export function storyList(editor) {
  const { shared, words, config } = editor;
  const items = new Map();
  const groups = new Map();
  const empty = make("p", { class: "muted", text: words.no_story, hidden: true });
  const body = make("div", { class: "groups" });
  const gone = make("details", { class: "gone", hidden: true }, make("summary"), make("ul"));
  const chosen = several(editor);
  const element = make("nav", { class: "list", "aria-label": words.stories }, empty, body, gone, chosen.element);
  const keyOf = (li) => [...items].find(([, one]) => one.element === li)?.[0];
  const carried = (li) => (chosen.keys().includes(keyOf(li)) ? chosen.keys() : [keyOf(li)]);
  const drag = dragging({
    carried,
    put(li, slug, behind) {
      const keys = carried(li);
      const before = [...behind].map(keyOf).find((key) => !keys.includes(key) && isLive(key));
      chosen.put(keys.filter(isLive), slug, before);
    },
    done: editor.refresh,
  });
  const isLive = (key) => editor.order().includes(key);

  function item(key) {
    if (items.has(key)) return items.get(key);
    const n = make("span", { class: "n muted" });
    const title = make("span", { class: "title" });
    const what = make("span", { class: "what" });
    const link = make("a", { href: `#${key}` }, n, title, what);
    const box = chosen.box(key);
    const found = { element: make("li", {}, make("label", {}, box), link), box, link, n, title, what };
    items.set(key, found);
    return found;
  }

  function group(slug) {
    if (groups.has(slug)) return groups.get(slug);
    const name = categoryName(config, words, slug);
    const count = make("span", { class: "muted" });
    const list = make("ol");
    drag.add(list, slug);
    const add = button(words.add_story, () => editor.add(slug), { class: "plain", label: name });
    const found = { list, count, add, element: make("section", {}, make("h2", {}, name, " ", count), list, add) };
    groups.set(slug, found);
    return found;
  }

  // What is dragged is not moved by others meanwhile.
  function sync(problems, findings, others) {
    if (drag.isOn()) return;
    const all = byCategory(shared, config.categories);
    let n = 0;
    const shown = [];
    for (const [slug, stories] of all) {
      const category = config.categories.find((one) => one.slug === slug);
      if (!stories.length && (slug === null || category.is_retired)) continue;
      const of = group(slug);
      shown.push(of.element);
      say(of.count, String(stories.length));
      arrange(of.list, stories.map(({ key, value }) => {
        n += 1;
        write(item(key), key, value, n, problems, findings, others);
        return items.get(key).element;
      }));
    }
    arrange(body, shown);
    empty.hidden = n > 0 || shared.state !== "saved";
    showDropped();
    chosen.sync();
  }

  function write(one, key, story, n, problems, findings, others) {
    say(one.n, String(n));
    const title = plain(story, "title").trim() || words.untitled;
    say(one.title, title);
    one.box.setAttribute("aria-label", fill(words.select, { title }));
    const lacks = lacking(config, story);
    const found = findings.filter((it) => it.story === key).length;
    const here = others.filter((it) => it.story === key).map((it) => it.name);
    const told = [
      leads(shared, key) && words.lead,
      problems.some((it) => it.story === key) && words.unsaved_part,
      lacks.length && fill(words.lacks, { what: lacks.join(", ") }),
      !lacks.length && found && fill(words.found, { n: found }),
      here.length && fill(words.here, { who: here.join(", ") }),
    ].filter(Boolean);
    say(one.what, told.join(" · "));
    one.what.classList.toggle("wrong", lacks.length > 0 || problems.some((it) => it.story === key));
    if (key === editor.chosen()) one.link.setAttribute("aria-current", "true");
    else one.link.removeAttribute("aria-current");
  }

  function showDropped() {
    const all = dropped(shared);
    gone.hidden = all.length === 0;
    say(gone.querySelector("summary"), fill(words.dropped_stories, { n: all.length }));
    const keys = all.map((one) => one.key).join(" ");
    const list = gone.querySelector("ul");
    if (list.dataset.keys === keys) return;
    list.dataset.keys = keys;
    list.replaceChildren(...all.map(({ key, value }) => {
      const title = plain(value, "title").trim() || words.untitled;
      return make("li", {}, make("span", { class: "title", text: title }),
        button(words.bring_back, () => editor.bringBack([key]), { label: title }));
    }));
  }

  // The list has a scroll of its own, so the page stays where it is.
  function show(key) {
    const one = items.get(key)?.link;
    if (!one?.offsetParent || element.scrollHeight <= element.clientHeight) return;
    const above = one.getBoundingClientRect().top - element.getBoundingClientRect().top;
    const below = above + one.offsetHeight - element.clientHeight;
    if (above < 0) element.scrollTop += above;
    else if (below > 0) element.scrollTop += below;
  }

  return {
    element,
    several: chosen,
    sync,
    show,
    focus: (key) => items.get(key)?.link.focus(),
    close(isClosed) {
      for (const one of element.querySelectorAll("button")) one.disabled = isClosed;
      chosen.close(isClosed);
      drag.close(isClosed);
    },
  };
}
