// The pane: one reader's cut as it is sent, a moment after each change; it always names its cut.
import { ask, inTurn } from "./asking.js";
import { button, fill, make, say } from "./dom.js";
import { mailFrame } from "./mail.js";
import { byCategory, plain } from "./stories.js";
import { readerDialog } from "./reader.js";
import { testDialog } from "./test.js";

const KEPT = "devoured-pane";

export function mailPane(editor) {
  const { shared, words, config } = editor;
  const kept = { isOpen: true, without: [], depth: "brief", isWide: false, isDark: false, form: "mail" };
  Object.assign(kept, read());
  const rules = new Intl.PluralRules(words.lang);
  const beside = matchMedia("(min-width: 76rem)");
  const over = matchMedia("(max-width: 55.99rem)");
  let isOpen = beside.matches && kept.isOpen;
  let shown = null;
  let counts = null;
  let wanted = "";
  let nWritten = 0;
  let nStored = 0;
  let reader = null; // the number of whose mail is shown, where it is somebody's

  const names = new Map(config.categories.map((one) => [one.slug, one.name]));
  const caption = make("p", { class: "caption", id: "cut" });
  const lines = make("p", { class: "muted inbox" });
  const wrong = make("p", { class: "wrong", role: "status" });
  const size = make("p", { class: "muted size" });
  const given = make("details", { class: "given" }, make("summary"), make("ul"));
  const frame = mailFrame(config.pane.frame, words.mail);
  const text = make("pre", { tabindex: "0", role: "region", "aria-label": words.mail });
  const stage = make("div", { class: "stage" }, frame.element, text);
  const chips = make("div", { class: "chips", role: "group", "aria-label": words.categories });
  const cuts = make("select", { "aria-label": words.cuts, onchange: () => take(cuts.value) });
  const depths = choices(words.depth, config.depths.map((one) => [one.name, one.label]), () => kept.depth,
    (value) => set({ depth: value }));
  const widths = choices(words.width, [["phone", words.phone], ["desktop", words.desktop]],
    () => (kept.isWide ? "desktop" : "phone"), (value) => set({ isWide: value === "desktop", form: "mail" }));
  const schemes = choices(words.scheme, [["light", words.light], ["dark", words.dark]],
    () => (kept.isDark ? "dark" : "light"), (value) => set({ isDark: value === "dark", form: "mail" }));
  const forms = choices(words.form, [["mail", words.mail], ["text", words.plain_text], ["source", words.source]],
    () => kept.form, (value) => set({ form: value }));
  const close = button(words.close, () => toggle(false), { class: "plain" });
  const test = config.pane.test ? testDialog(editor, { current, open: () => isOpen || toggle(true) }) : null;
  const readers = config.pane.readers ? readerDialog(editor, { choose: look }) : null;
  const element = make("aside", { class: "pane", "aria-labelledby": "cut" },
    make("div", { class: "pane-head" }, caption, close),
    make("div", { class: "picks" }, chips, depths.element, cuts, ...(readers ? [readers.opener] : [])),
    make("div", { class: "picks" }, forms.element, widths.element, schemes.element, ...(test ? [test.opener] : [])),
    ...(readers ? [readers.known] : []), wrong, lines, stage, size, given);

  // The issue's own categories, without those that were taken off.
  const offered = () => [...byCategory(shared, config.categories)]
    .filter(([slug, stories]) => slug && stories.length).map(([slug]) => slug);
  const cut = () => offered().filter((slug) => !kept.without.includes(slug));
  const keyOf = (categories, depth) => `${[...categories].sort().join(",")}|${depth}`;

  function set(changes) {
    if ("without" in changes || "depth" in changes) leave();
    Object.assign(kept, changes);
    localStorage.setItem(KEPT, JSON.stringify(kept));
    sync();
    if (shown) draw();
  }

  // Shows what one reader gets, or the same cut as nobody's.
  function look(number) {
    leave();
    reader = number;
    sync();
  }

  function leave() {
    reader = null;
    if (!shown?.html) shown = null;
  }

  function take(value) {
    const found = counts?.find((one) => keyOf(one.categories, one.depth) === value);
    if (!found) return;
    set({ without: offered().filter((slug) => !found.categories.includes(slug)), depth: found.depth });
  }

  // What is to be seen: the cut, the revision, and what the server has of the next one. Where that is
  // something else it is asked for, and once more when it has become the stories: a test needs its revision.
  function sync() {
    if (!isOpen) return;
    const all = offered();
    if (chips.dataset.all !== all.join(" ")) {
      chips.dataset.all = all.join(" ");
      count();
      chips.replaceChildren(...all.map((slug) => make("button", {
        type: "button", class: "chip", "data-slug": slug, text: names.get(slug), onclick: () => flip(slug),
      })));
    }
    for (const one of chips.children) {
      one.setAttribute("aria-pressed", String(!kept.without.includes(one.dataset.slug)));
    }
    for (const one of [depths, widths, schemes, forms]) one.sync();
    if (shared.state === "saved") nStored = nWritten;
    const key = [reader ?? keyOf(cut(), kept.depth), shared.status.revision, nStored].join("|");
    if (key !== wanted || (shown?.revision === null && shared.status.is_settled)) {
      wanted = key;
      load();
    }
  }

  function flip(slug) {
    const without = kept.without.includes(slug)
      ? kept.without.filter((one) => one !== slug)
      : [...kept.without, slug];
    set({ without });
  }

  const load = inTurn(async () => {
    const asked = { reader, categories: cut(), depth: kept.depth };
    if (!reader && !asked.categories.length) return draw();
    try {
      const { isGood, said } = await ask(addressOf(asked));
      say(wrong, isGood || said.reader ? "" : said.detail ?? words.no_answer);
      if (!isGood && !said.reader) return Boolean(said.detail);
      if (reader !== asked.reader) return true;
      shown = said;
      if (reader && isGood) takeOver(said);
      return await draw();
    } catch {
      say(wrong, words.no_answer);
      return false;
    }
  });

  function addressOf(asked) {
    if (asked.reader) return `${config.pane.readers}/${asked.reader}/mail`;
    const categories = asked.categories.map((slug) => ["category", slug]);
    return `${config.pane.mail}?${new URLSearchParams([...categories, ["depth", asked.depth]])}`;
  }

  // A reader's cut is the one that is chosen from then on.
  function takeOver({ categories, depth }) {
    Object.assign(kept, { without: offered().filter((slug) => !categories.includes(slug)), depth });
    sync();
  }

  const nameOfCut = ({ categories, depth }) =>
    [categories.map((slug) => names.get(slug)).join(" + "), config.depths.find((one) => one.name === depth).label].join(" · ");

  // What is shown, where that is all that was typed and chosen; else null.
  function current() {
    sync();
    const isCurrent = shared.state === "saved" && shared.status.is_settled && isOpen && shown?.html
      && shown.revision === shared.status.revision && (shown.reader?.id ?? null) === reader
      && keyOf(shown.categories, shown.depth) === keyOf(cut(), kept.depth);
    return isCurrent ? { ...shown, name: nameOfCut(shown) } : null;
  }

  function readersOf(one) {
    if (!counts) return words.counting;
    const n = counts.find((it) => keyOf(it.categories, it.depth) === keyOf(one.categories, one.depth))?.n_readers ?? 0;
    return fill(words[`readers_${rules.select(n)}`] ?? words.readers_other, { n: n.toLocaleString(words.lang) });
  }

  async function draw() {
    const whose = reader ? shown?.reader : null;
    const isNone = !shown?.html || (!whose && !cut().length);
    readers?.tell(whose);
    for (const one of [lines, stage, size]) one.hidden = isNone;
    if (isNone) {
      given.hidden = true;
      say(caption, whose ? fill(words.reader_no_mail, { who: whose.address }) : words.no_cut);
      return;
    }
    say(caption, `${nameOfCut(shown)} · ${whose ? whose.address : readersOf(shown)}`);
    lines.replaceChildren(make("b", { text: shown.subject }), ` ${shown.preheader}`);
    const kb = (bytes) => Math.ceil(bytes / 1000).toLocaleString(words.lang);
    say(size, fill(words.size, { n: kb(shown.n_bytes), most: kb(shown.n_bytes_most) })
      + (shown.given_up.length ? "" : ` · ${words.nothing_given_up}`));
    given.hidden = shown.given_up.length === 0;
    say(given.querySelector("summary"), fill(words.given_up, {
      what: shown.given_up.map((one) => `${one.what} (${one.titles.length})`).join(", "),
    }));
    given.querySelector("ul").replaceChildren(...shown.given_up.map((one) =>
      make("li", { text: `${one.what}: ${one.titles.join(" · ")}` })));
    text.hidden = kept.form === "mail";
    frame.element.hidden = !text.hidden;
    say(text, kept.form === "source" ? shown.html : shown.text);
    fit();
    await frame.draw(shown.html, kept.isDark);
  }

  function fit() {
    stage.classList.toggle("dark", kept.isDark && kept.form === "mail");
    frame.fit(kept.isWide, stage.clientWidth, stage.clientHeight);
  }

  async function count() {
    try {
      const { isGood, said } = await ask(config.pane.cuts);
      if (!isGood) return;
      counts = said;
    } catch {
      return;
    }
    const label = (one) => `${nameOfCut(one)} · ${one.n_readers.toLocaleString(words.lang)}`;
    cuts.replaceChildren(make("option", { value: "", text: words.cuts }),
      ...counts.map((one) => make("option", { value: keyOf(one.categories, one.depth), text: label(one) })));
    if (shown) draw();
  }

  // Beside the story it stays as it was left; over it, it begins shut.
  function toggle(open = !isOpen) {
    isOpen = open;
    if (beside.matches) set({ isOpen });
    apply();
    if (!beside.matches || !open) (open ? close : opener).focus();
  }

  const opener = button(words.preview, () => toggle(), { "aria-expanded": "true" });

  function apply() {
    editor.root.dataset.pane = isOpen ? "open" : "shut";
    opener.setAttribute("aria-expanded", String(isOpen));
    for (const one of element.parentElement.children) one.inert = one !== element && isOpen && over.matches;
    sync();
    fit();
  }

  shared.doc.on("update", () => (nWritten += 1));
  frame.whenPressed((above) => {
    const all = new Map([...shared.stories.entries()].map(([key, story]) => [plain(story, "title").trim(), key]));
    const title = above.find((one) => all.has(one));
    if (title) editor.choose(all.get(title));
  });
  beside.addEventListener("change", () => {
    isOpen = beside.matches && kept.isOpen;
    apply();
  });
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    toggle(false);
  });
  new ResizeObserver(fit).observe(stage);
  Object.assign(editor.keys, {
    p: () => toggle(),
    ...Object.fromEntries(config.depths.map((one, n) => [String(n + 1), () => set({ depth: one.name })])),
  });

  return { element, opener, sync, apply, goTo: (key) => isOpen && frame.goTo(editor.titleOf(key)) };
}

// One of several, as buttons of which one is pressed.
function choices(label, options, chosen, choose) {
  const buttons = options.map(([value, text]) =>
    make("button", { type: "button", class: "chip", text, onclick: () => choose(value) }));
  return {
    element: make("div", { class: "choices", role: "group", "aria-label": label }, ...buttons),
    sync: () => buttons.forEach((one, n) => one.setAttribute("aria-pressed", String(options[n][0] === chosen()))),
  };
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "{}");
  } catch {
    return {};
  }
}
