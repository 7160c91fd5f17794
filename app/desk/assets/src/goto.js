// “Go to”: a field and a list of pages and issues that it narrows. The field keeps the focus, an arrow moves
// what is chosen, Enter goes there.

export function goTo(dialog) {
  const words = dialog.querySelector("[role=combobox]");
  const list = dialog.querySelector("[role=listbox]");
  const said = dialog.querySelector("[role=status]");
  const search = document.getElementById("go-to-search");
  const issues = search.href;
  let isHere = false;
  let coming = Promise.resolve();
  let chosen = null;

  const places = () => [...list.querySelectorAll("[role=option]")].filter((one) => one !== search);
  const shown = () => [...list.querySelectorAll("[role=option]:not([hidden])")];

  function choose(option) {
    chosen?.setAttribute("aria-selected", "false");
    chosen = option ?? null;
    chosen?.setAttribute("aria-selected", "true");
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen) words.setAttribute("aria-activedescendant", chosen.id);
    else words.removeAttribute("aria-activedescendant");
  }

  function narrow() {
    const typed = words.value.trim();
    const asked = typed.toLocaleLowerCase().split(/\s+/);
    for (const one of places()) {
      const text = one.textContent.toLocaleLowerCase();
      one.hidden = !asked.every((word) => text.includes(word));
    }
    for (const group of list.querySelectorAll("[role=group]")) {
      group.hidden = !group.querySelector("[role=option]:not([hidden])");
    }
    search.hidden = !typed;
    search.textContent = search.dataset.sentence.replace("{words}", () => typed);
    const target = new URL(issues);
    target.searchParams.set("q", typed);
    search.href = target.href;
    const n = places().filter((one) => !one.hidden).length;
    if (isHere) said.textContent = n ? dialog.dataset.found.replace("{n}", n) : dialog.dataset.nothing;
    choose(shown()[0]);
  }

  async function fetchPlaces() {
    if (isHere) return;
    const answer = await fetch(dialog.dataset.places, { redirect: "manual" }).catch(() => null);
    if (isHere) return;
    if (!answer?.ok) {
      said.textContent = dialog.dataset.failed;
      return;
    }
    const got = document.createElement("template");
    got.innerHTML = await answer.text();
    if (isHere) return;
    isHere = true;
    list.prepend(got.content);
    narrow();
  }

  function step(by) {
    const options = shown();
    if (options.length) choose(options.at((options.indexOf(chosen) + by) % options.length));
  }

  // Who types faster than the list comes means what is in it.
  function go() {
    if (dialog.open) chosen?.click();
  }

  words.addEventListener("input", narrow);
  words.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") step(1);
    else if (event.key === "ArrowUp") step(-1);
    else if (event.key === "Enter") coming.then(go);
    else return;
    event.preventDefault();
  });
  // One may come back to this page, or stay on it by a link to itself.
  list.addEventListener("click", (event) => {
    if (event.target.closest("[role=option]")) dialog.close();
  });

  return () => {
    words.value = "";
    dialog.showModal();
    words.focus();
    narrow();
    coming = fetchPlaces();
  };
}
