// What the preferences page does where scripts run; without this file its buttons do the same.
(() => {
  "use strict";
  const form = document.getElementById("preferences");
  const saved = document.getElementById("saved");
  if (!form || !saved) return;

  // Saved as soon as it is changed, one request after the other, so that the last one holds.
  let last = Promise.resolve();
  let asked = 0;
  const save = async (number) => {
    let text = saved.dataset.failed;
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
      });
      if (answer.ok) text = saved.dataset.saved;
      else if (answer.status === 422) text = saved.dataset.wrong;
    } catch {
      // Not reached: the sentence asks for the button.
    }
    if (number === asked) saved.textContent = text;
  };
  form.addEventListener("change", () => {
    const number = ++asked;
    saved.textContent = "";
    last = last.then(() => save(number));
  });

  // The zone of this device is offered, never taken.
  const zones = document.getElementById("time_zone");
  const hint = document.getElementById("zone-hint");
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const known = [...zones.options].some((option) => option.value === here);
  if (!known || zones.value === here) return;
  hint.querySelector("span").textContent = hint.dataset.say.replace("{zone}", here);
  hint.hidden = false;
  hint.querySelector("button").addEventListener("click", () => {
    zones.value = here;
    hint.hidden = true;
    zones.focus();
    zones.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
