// Says an instant on the clocks of whoever looks, where these show another time than the page does.
const { timeZone } = Intl.DateTimeFormat().resolvedOptions();

for (const place of document.querySelectorAll("[data-at]")) {
  const at = new Date(place.dataset.at);
  const shown = (zone) =>
    at.toLocaleString(document.documentElement.lang, {
      timeZone: zone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
  if (shown(timeZone) === shown(place.dataset.zone)) continue;
  place.textContent = place.dataset.words.replace("{time}", shown(timeZone));
  place.hidden = false;
}
