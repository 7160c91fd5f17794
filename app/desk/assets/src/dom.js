// Elements without markup: every word on the page is set as text.

// `on…` is a listener, `text` what it says, all others attributes; null and false leave one out.
export function make(tag, given = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "text") element.textContent = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

// Says it only where it is news, so that who listens hears nothing twice.
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

// Brings the children into this order: what stays is not touched, what has the focus keeps it.
export function arrange(parent, wanted) {
  const focused = document.activeElement;
  const chosen = new Set(wanted);
  for (const child of [...parent.children]) if (!chosen.has(child)) child.remove();
  let at = parent.firstElementChild;
  for (const child of wanted) {
    if (child === at) at = at.nextElementSibling;
    else if (child.parentNode === parent && parent.moveBefore) parent.moveBefore(child, at);
    else parent.insertBefore(child, at);
  }
  if (document.activeElement !== focused && focused?.isConnected) {
    focused.focus({ preventScroll: true });
  }
}

export function button(text, press, { label = "", ...given } = {}) {
  const unseen = label ? [make("span", { class: "unseen", text: ` ${label}` })] : [];
  return make("button", { type: "button", class: "quiet small", onclick: press, ...given }, text, ...unseen);
}
