// A mail in a sandboxed frame: written into the page that is there, so that its place stays.

const WIDE = 680;
const NARROW = 375;

export function mailFrame(src, title) {
  const element = document.createElement("iframe");
  element.title = title;
  element.src = src;
  element.setAttribute("sandbox", "allow-same-origin allow-popups allow-popups-to-escape-sandbox");
  const isLoaded = new Promise((done) => element.addEventListener("load", done, { once: true }));
  let onClick = () => {};

  async function draw(html, isDark) {
    await isLoaded;
    const { contentWindow: inside, contentDocument: page } = element;
    if (!inside || !page) return;
    const at = inside.scrollY;
    // By the frame's own parser: its policy takes a mail's styles, and ours does not.
    const parsed = new inside.DOMParser().parseFromString(html, "text/html");
    for (const link of parsed.querySelectorAll("a[href]")) {
      link.setAttribute("target", "_blank");
      link.setAttribute("rel", "noopener noreferrer");
    }
    page.replaceChild(page.adoptNode(parsed.documentElement), page.documentElement);
    colour(page, isDark);
    page.onclick = (event) => onClick(event);
    inside.scrollTo(0, at);
  }

  // A mail asks for the scheme of who looks; here it is the one that was chosen.
  function colour(page, isDark) {
    const chosen = (media, scheme) =>
      media.replace(/\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)/g, (_, asked) =>
        asked === scheme ? "(min-width: 1px)" : "(max-width: 0px)");
    for (const sheet of page.styleSheets) {
      for (const rule of sheet.cssRules) {
        if (rule.media?.mediaText.includes("prefers-color-scheme")) {
          rule.media.mediaText = chosen(rule.media.mediaText, isDark ? "dark" : "light");
        }
      }
    }
    page.documentElement.style.setProperty("color-scheme", isDark ? "dark" : "light", "important");
  }

  // A wide one is made smaller where the pane is narrower, as a whole page on a small screen.
  function fit(isWide, room, height) {
    const width = isWide ? Math.max(WIDE, room) : Math.min(NARROW, room);
    const scale = Math.min(1, room / width);
    element.style.width = `${width}px`;
    element.style.height = `${height / scale}px`;
    element.style.transform = scale < 1 ? `scale(${scale})` : "";
  }

  const titles = () => [...(element.contentDocument?.querySelectorAll("a, h1, h2, h3") ?? [])];
  const said = (one) => one.textContent.replace(/\s+/g, " ").trim();

  return {
    element,
    draw,
    fit,
    // The last place that says a title is the story: before it, it stands among the headlines.
    goTo(title) {
      const found = titles().filter((one) => said(one) === title.replace(/\s+/g, " ").trim()).at(-1);
      found?.scrollIntoView({ block: "start" });
    },
    // Says whose title stands last above where somebody pressed.
    whenPressed(does) {
      onClick = (event) => {
        if (event.target.closest?.("a")) return;
        const above = titles().filter((one) => one.getBoundingClientRect().top <= event.clientY);
        does(above.map(said).reverse());
      };
    },
  };
}
