// A text field and a Y.Text kept alike: what is typed becomes the smallest edit, what others write
// moves neither caret nor selection, and nothing is drawn while an input method composes.
import * as Y from "yjs";

export function bindText(element, text, origin) {
  let isOurs = false;
  let composed = null;
  element.value = text.toString();

  function send() {
    const was = text.toString();
    const is = element.value;
    if (was === is) return;
    const [start, end] = difference(was, is, element.selectionStart);
    isOurs = true;
    text.doc.transact(() => {
      if (was.length - end > start) text.delete(start, was.length - end - start);
      if (is.length - end > start) text.insert(start, is.slice(start, is.length - end));
    }, origin);
    isOurs = false;
  }

  function draw(delta) {
    let { selectionStart: from, selectionEnd: to } = element;
    let at = 0;
    for (const one of delta) {
      if (one.retain) {
        at += one.retain;
      } else if (one.insert) {
        const n = one.insert.length;
        if (at < from) from += n;
        if (at < to) to += n;
        at += n;
      } else {
        from -= Math.max(0, Math.min(one.delete, from - at));
        to -= Math.max(0, Math.min(one.delete, to - at));
      }
    }
    const top = element.scrollTop;
    element.value = text.toString();
    if (element.ownerDocument.activeElement === element) element.setSelectionRange(from, to);
    element.scrollTop = top;
  }

  function begin() {
    const { selectionStart: from, selectionEnd: to } = element;
    const at = (index) => Y.createRelativePositionFromTypeIndex(text, index);
    composed = { was: text.toString(), from, to, start: at(from), end: at(to) };
  }

  // What others wrote meanwhile is in the text and not in the field: what was composed goes where
  // its caret is by now, and then all is drawn.
  function finish() {
    const { was, from, to, start, end } = composed;
    composed = null;
    if (text.toString() === was) {
      send();
      return;
    }
    const words = element.value.slice(from, element.value.length - (was.length - to));
    const where = (position) =>
      Y.createAbsolutePositionFromRelativePosition(position, text.doc)?.index ?? text.length;
    const first = where(start);
    isOurs = true;
    text.doc.transact(() => {
      text.delete(first, Math.max(0, where(end) - first));
      text.insert(first, words);
    }, origin);
    isOurs = false;
    element.value = text.toString();
    element.setSelectionRange(first + words.length, first + words.length);
  }

  const onInput = () => composed || send();
  const onOthers = (event) => isOurs || composed || draw(event.delta);
  element.addEventListener("input", onInput);
  element.addEventListener("compositionstart", begin);
  element.addEventListener("compositionend", finish);
  text.observe(onOthers);
  return () => {
    element.removeEventListener("input", onInput);
    element.removeEventListener("compositionstart", begin);
    element.removeEventListener("compositionend", finish);
    text.unobserve(onOthers);
  };
}

// How many characters at the begin and at the end are the same; what is behind the caret was not
// typed just now, which tells where in "aaa" an "a" was added. No surrogate pair is cut.
export function difference(was, is, caret) {
  const most = Math.min(was.length, is.length);
  let end = 0;
  const behind = Math.min(most, is.length - caret);
  while (end < behind && was.at(-1 - end) === is.at(-1 - end)) end += 1;
  let start = 0;
  while (start < most - end && was[start] === is[start]) start += 1;
  while (end < most - start && was.at(-1 - end) === is.at(-1 - end)) end += 1;
  if (start > 0 && isHigh(was.charCodeAt(start - 1))) start -= 1;
  if (end > 0 && isLow(was.charCodeAt(was.length - end))) end -= 1;
  return [start, end];
}

const isHigh = (code) => code >= 0xd800 && code <= 0xdbff;
const isLow = (code) => code >= 0xdc00 && code <= 0xdfff;
