// The language that the page's address asks for, so that what its scripts ask for is in it, too. Without
// one the server goes by the person and the browser, as for pages.
const PARAMETER = "lang";
const chosen = new URLSearchParams(location.search).get(PARAMETER);

export function inLanguage(address) {
  if (!chosen) return address;
  const url = new URL(address, location.href);
  url.searchParams.set(PARAMETER, chosen);
  return url.href;
}
