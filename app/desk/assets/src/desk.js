// The keys that every page of the desk has, the two dialogs that they open, and those of a page.
import { goTo } from "./goto.js";
import "./later.js";
import { areOn, isFree, isSingle, turn } from "./single.js";

const keys = document.getElementById("keys");
const openers = { keys: openKeys, "go-to": goTo(document.getElementById("go-to")) };
const isMac = /Mac|iP(hone|ad|od)/.test(navigator.platform);
const off = document.getElementById("single-keys");

function openKeys() {
  off.checked = areOn();
  keys.showModal();
}

function open(name) {
  document.querySelector("dialog[open]")?.close();
  if (name in openers) openers[name]();
  else document.getElementById(name).showModal();
}

function search() {
  const fields = [...document.querySelectorAll("main input[type=search]")];
  const field = fields.find((one) => one.checkVisibility());
  if (!field) return open("go-to");
  field.focus();
  field.select();
}

const single = { "?": openKeys, "/": search };

off.addEventListener("change", () => turn(off.checked));

// Before all other listeners of the page: it is the page's own frame.
document.addEventListener(
  "keydown",
  (event) => {
    // On a Mac Ctrl K cuts to the end of a line.
    const isCommand = isMac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
    const isGoTo = isCommand && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k";
    const does = isGoTo ? openers["go-to"] : isSingle(event) && single[event.key];
    const isOurs = does && isFree(event);
    // A browser has a Ctrl K of its own.
    if (isGoTo || isOurs) event.preventDefault();
    if (isOurs) does();
  },
  true,
);

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) open(opener.dataset.opens);
});

for (const one of document.querySelectorAll(".rail .scripted")) one.dataset.ready = "";
for (const sign of document.querySelectorAll(".rail [data-mac]")) if (isMac) sign.textContent = sign.dataset.mac;
