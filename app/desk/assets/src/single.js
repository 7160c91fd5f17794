// Single letters and signs as keys: only where nobody types, and until somebody turns them off (WCAG 2.1.4).
const OFF = "devoured-single-keys-off";

export const areOn = () => !localStorage.getItem(OFF);

export function turn(on) {
  if (on) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
}

const isTyping = (target) => target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]") != null;

// Whether this press is one of a single key; a sign may need Shift.
export const isSingle = (event) =>
  !event.metaKey && !event.ctrlKey && !event.altKey && !isTyping(event.target) && areOn();

// Whether keys are for whoever has the page now, and nobody else took this press.
export const isFree = (event) =>
  !event.isComposing && !event.defaultPrevented && !document.querySelector("dialog[open]");
