// Says where a part of the page does not come; htmx asks for it again by itself.
for (const kind of ["htmx:response:error", "htmx:error"]) {
  document.addEventListener(kind, ({ target }) => {
    const place = target.querySelector?.(":scope > [data-wrong]");
    if (place) place.textContent = place.dataset.wrong;
  });
}
