// A problem's `type` leads to its row by `#code`. Swagger UI would take that for a link of its own,
// and the row is there only once it has drawn the page: so it is put back then.
const wanted = location.hash.startsWith("#/") ? "" : location.hash;
if (wanted) history.replaceState(null, "", location.pathname);

SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "none",
  filter: true,
  persistAuthorization: false, // a key is gone once the page is closed
  validatorUrl: null, // no badge of a third party's
});

const viewer = document.getElementById("swagger-ui");
new MutationObserver((_, observer) => {
  if (!viewer.querySelector(".opblock-tag-section")) return;
  observer.disconnect();
  if (wanted) location.hash = wanted;
}).observe(viewer, { childList: true, subtree: true });
