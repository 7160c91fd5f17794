// What is pasted into a list, taken apart into its entries: from mails, Word, Google Docs and pages.

const MARKS = "-–—*•·‣⁃▪▫◦●○■□➢➤✓✔\uf0a7\uf0b7\uf0d8";
// A letter is a mark where a tab or several spaces follow, as Word writes them.
const MARK = new RegExp(
  `^\\s*(?:(?:[${MARKS}]|\\d{1,3}[.)]|\\(\\d{1,3}\\))\\s+|(?:[o§]|[a-z][.)]|[ivx]{1,4}[.)])(?:\\t|\\s{2,})\\s*)`, "iu");
const QUOTED = /^\s*>[>\s]*/;
const BREAK = /\r\n|[\r\n\v\u2028\u2029]/;
const WRAPPED = 60;

// The entries, one at least; null for words within a line, which the browser inserts by itself.
export function entriesOf(clipboard, isOfTerms, isAtStart) {
  const items = itemsOf(clipboard.getData("text/html"), isOfTerms);
  if (items.length) return items;
  const text = clipboard.getData("text/plain").replace(/[\u200b\ufeff]/g, "");
  const isWithin = !BREAK.test(text) && !(isAtStart && MARK.test(text)) && !(isOfTerms && text.includes("\t"));
  if (isWithin) return null;
  const lines = linesOf(text);
  return lines.length ? lines : null;
}

// Where items are marked, a line that is wrapped within one has none.
function linesOf(text) {
  let lines = text.split(BREAK);
  if (lines.every((line) => !line.trim() || QUOTED.test(line))) lines = lines.map((line) => line.replace(QUOTED, ""));
  const isMarked = lines.some((line) => MARK.test(line));
  const found = [];
  lines.forEach((line, n) => {
    const said = line.replace(MARK, "").trim();
    const above = lines[n - 1] ?? "";
    const goesOn = isMarked && !MARK.test(line) && above.trim() && found.length > 0
      && (/^\s/.test(line) || above.length >= WRAPPED);
    if (goesOn && said) found[found.length - 1] += ` ${said}`;
    else if (said) found.push(said);
  });
  return found;
}

// Items of lists in what a page or a mail says besides, if it says nothing else.
function itemsOf(html, isOfTerms) {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  for (const one of body.querySelectorAll("style, script, title, meta")) one.remove();
  const found = [...body.querySelectorAll("li, dt, dd")].map((one) => {
    const own = one.cloneNode(true);
    for (const inner of own.querySelectorAll("ul, ol, dl")) inner.remove();
    return { isMeaning: isOfTerms && one.tagName === "DD", text: own.textContent.replace(/\s+/g, " ").trim() };
  });
  for (const one of body.querySelectorAll("ul, ol, dl")) one.remove();
  if (body.textContent.trim()) return [];
  const entries = [];
  for (const { isMeaning, text } of found.filter((one) => one.text)) {
    const last = entries.at(-1);
    if (!isMeaning || last === undefined) entries.push(text);
    else entries[entries.length - 1] = last.includes("\t") ? `${last} ${text}` : `${last}\t${text}`;
  }
  return entries;
}

// A cell of a table, or as the text form writes an entry: what stands before the first colon is the term.
export function termOf(entry) {
  const at = entry.search(/\t|:(?:\s|$)/);
  return at > 0
    ? { term: entry.slice(0, at).trim(), definition: entry.slice(at + 1).trim().replace(/\s+/g, " ") }
    : { term: entry, definition: "" };
}
