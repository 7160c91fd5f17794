// What the checks found: at its field, and all of it as a list. It is asked for once nobody types.
import { ask, inTurn } from "./asking.js";
import { button, fill, make, say } from "./dom.js";

const PAUSE = 1500;

export function checkList(editor) {
  const { shared, words, config } = editor;
  let checked = null;
  let waiting = 0;
  let drawn = "";
  const body = make("div", { class: "found-list" });
  const state = make("p", { class: "muted", role: "status" });
  const element = make("dialog", { class: "help checks", "aria-labelledby": "checks-title" },
    make("h2", { id: "checks-title", text: words.checks }), state, body,
    make("p", {}, make("a", { href: config.page, text: words.to_issue })),
    button(words.close, () => element.close()));
  const opener = button(words.checks, open, { "aria-haspopup": "dialog", class: "quiet small checks-opener" });

  const load = inTurn(async () => {
    const { isGood, said } = await ask(config.checks).catch(() => ({ isGood: false }));
    say(state, isGood ? "" : words.no_checks);
    if (!isGood) return;
    checked = said.revision;
    const keys = new Map(Object.entries(shared.status.numbers ?? {}).map(([key, number]) => [number, key]));
    editor.findings = said.findings.map((one) => ({ ...one, story: keys.get(one.number) ?? null }));
    const found = JSON.stringify(editor.findings);
    if (found === drawn) return; // nothing moves under the hand where nothing changed
    drawn = found;
    draw();
    editor.refresh();
  });

  // After a settled change, when nobody types for a moment.
  function sync() {
    if (!shared.status.is_settled || shared.status.revision === checked) return;
    if (waiting === shared.status.revision) return;
    waiting = shared.status.revision;
    const at = waiting;
    setTimeout(() => {
      if (at === waiting) load();
    }, checked === null ? 0 : PAUSE);
  }

  function open() {
    load();
    if (!element.open) element.showModal();
  }

  function draw() {
    const blocking = editor.findings.filter((one) => one.blocks);
    const folded = editor.findings.filter((one) => !one.blocks && one.is_folded);
    const others = editor.findings.filter((one) => !one.blocks && !one.is_folded);
    const n = blocking.length + others.length + (folded.length > 0);
    say(opener, n ? fill(words.checks_n, { n }) : words.checks);
    opener.classList.toggle("blocking", blocking.length > 0);
    body.replaceChildren(
      ...part(words.blocks_n, blocking), ...part(words.warns_n, others),
      ...(folded.length ? [make("details", {},
        make("summary", { text: fill(words.about_readers, { n: folded.length }) }), rows(folded))] : []),
      ...(n ? [] : [make("p", { text: words.nothing_found })]));
  }

  const part = (heading, found) =>
    found.length ? [make("h3", { text: fill(heading, { n: found.length }) }), rows(found)] : [];

  const rows = (found) => make("ul", {}, ...found.map((one) => make("li", {},
    make("p", { text: `${one.detail} ${one.mend}` }), ...(one.story ? [way(one)] : []))));

  function way(one) {
    const title = editor.titleOf(one.story) || words.untitled;
    return button(words.to_field, () => {
      element.close();
      editor.choose(one.story);
      editor.edit(one.field, one.row);
    }, { label: title });
  }

  editor.keys.c = open;
  return { element, opener, sync };
}
