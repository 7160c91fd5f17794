// What the checks found: at its field, and all of it as a list. It is asked for once nobody types.
import { SignedOut, ask, inTurn } from "./asking.js";
import { button, fill, make, say } from "./dom.js";
import { inLanguage } from "./language.js";

const PAUSE = 1500;

export function checkList(editor) {
  const { shared, words, config } = editor;
  let checked = null;
  let waiting = 0;
  let drawn = "";
  const body = make("div", { class: "found-list" });
  const state = make("p", { class: "muted", role: "status" });
  const element = make("dialog", { class: "help checks", "aria-labelledby": "checks-title" },
    make("h2", { id: "checks-title", tabindex: "-1", text: words.checks }), state, body,
    make("p", {}, make("a", { href: inLanguage(config.page), text: words.to_issue })),
    button(words.close, () => element.close()));
  const opener = button(words.checks, open, { "aria-haspopup": "dialog", class: "quiet small checks-opener" });

  const load = inTurn(async () => {
    if (checked === null) say(state, words.checking);
    const { isGood, said } = await ask(config.checks).catch(() => ({ isGood: false }));
    if (!isGood) {
      say(state, [words.no_checks, ...(checked === null ? [] : [words.checks_before])].join(" "));
      say(opener, words.checks_no_answer);
      return false;
    }
    take(said);
    return true;
  });

  function take(said) {
    say(state, "");
    checked = said.revision;
    const keys = new Map(Object.entries(shared.status.numbers ?? {}).map(([key, number]) => [number, key]));
    editor.findings = said.findings.map((one) => ({ ...one, story: keys.get(one.number) ?? null }));
    name();
    const found = JSON.stringify(editor.findings);
    if (found === drawn) return; // nothing moves under the hand where nothing changed
    drawn = found;
    draw();
    editor.refresh();
  }

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
    const isNone = !editor.findings.length;
    body.replaceChildren(
      ...part(words.blocks_n, blocking), ...part(words.warns_n, others),
      ...(folded.length ? [make("details", {},
        make("summary", { text: fill(words.about_readers, { n: folded.length }) }), rows(folded))] : []),
      ...(isNone ? [make("p", { text: words.nothing_found })] : []));
  }

  // The folded ones count as one: they are one line of the list.
  function name() {
    const n = editor.findings.filter((one) => one.blocks || !one.is_folded).length
      + editor.findings.some((one) => !one.blocks && one.is_folded);
    say(opener, n ? fill(words.checks_n, { n }) : words.checks);
    opener.classList.toggle("blocking", editor.findings.some((one) => one.blocks));
  }

  const part = (heading, found) =>
    found.length ? [make("h3", { text: fill(heading, { n: found.length }) }), rows(found)] : [];

  const rows = (found) => make("ul", {}, ...found.map((one) => make("li", {},
    make("p", { text: `${one.detail} ${one.mend}` }),
    ...(one.story ? [way(one)] : []), ...(config.waive && !one.blocks ? [waiver(one)] : []))));

  function way(one) {
    const title = editor.titleOf(one.story) || words.untitled;
    return button(words.to_field, () => {
      element.close();
      editor.choose(one.story);
      editor.edit(one.field, one.row);
    }, { label: title });
  }

  // A warning that is meant so is waived with the reason, and goes from the list.
  function waiver(one) {
    const id = `because-${one.id}`;
    const because = make("input", { id, maxlength: "200", required: true, autocomplete: "off" });
    const wrong = make("p", { class: "wrong", role: "status" });
    const form = make("form", { onsubmit: press },
      make("div", { class: "field" }, make("label", { for: id, text: words.waive_why }), because),
      make("button", { class: "quiet small", text: words.waive }), wrong);
    async function press(event) {
      event.preventDefault();
      const headers = { "X-Form-Token": config.form_token };
      const body = new URLSearchParams({ finding: one.id, because: because.value });
      try {
        const { isGood, status, said } = await ask(config.waive, { method: "POST", body, headers });
        if (isGood) {
          take(said);
          element.querySelector("h2").focus();
        } else say(wrong, said.detail ?? (status === 403 ? words.page_old : words.no_answer_yet));
      } catch (error) {
        say(wrong, error instanceof SignedOut ? words.signed_out : words.no_answer_yet);
      }
    }
    return make("details", { class: "waive" },
      make("summary", { text: words.waive_meant }, make("span", { class: "unseen", text: `: ${one.detail}` })), form);
  }

  editor.keys.c = open;
  return { element, opener, sync };
}
