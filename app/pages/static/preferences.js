// What the preferences page does where scripts run; without this file all of it can be saved, too.
(() => {
  "use strict";
  const form = document.getElementById("preferences");
  const saved = document.getElementById("saved");
  if (!form || !saved) return;

  // Nothing is saved by itself, so the page says what waits, and asks before it is lost.
  let isSent = false;
  const isChanged = (field) => {
    if (field.type === "checkbox" || field.type === "radio") {
      return field.checked !== field.defaultChecked;
    }
    if (field.tagName === "SELECT") {
      const shown = [...field.options].findIndex((option) => option.defaultSelected);
      return field.selectedIndex !== Math.max(shown, 0);
    }
    return field.value !== field.defaultValue;
  };
  const fields = [...form.querySelectorAll("input, select")];
  const isWaiting = () => form.hasAttribute("data-waits") || fields.some(isChanged);
  const say = () => {
    saved.textContent = isWaiting() ? saved.dataset.waits : "";
  };
  form.addEventListener("input", say);
  form.addEventListener("submit", () => {
    isSent = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!isSent && isWaiting()) event.preventDefault();
  });
  window.addEventListener("pageshow", () => {
    isSent = false;
    say();
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
    say();
  });
})();
