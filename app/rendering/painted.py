"""Which colours of a mail meet: what every text is printed in and on, as a program paints it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

import css_inline

LINK_BLUE: Final = "#0000EE"
"""What a link is painted in where nobody says otherwise. Source: HTML standard, 15.3.4."""

_HEX: Final = re.compile(r"#[0-9a-fA-F]{6}\b")
_MARK: Final = re.compile(r"@(.+):(\d+)")
_STYLE: Final = re.compile(r"(<style[^>]*>)(.*?)(</style>)", re.DOTALL)
_DECLARATION: Final = re.compile(
    r"(?:^|;)\s*(color|background-color|background|display)\s*:\s*([^;]*)", re.IGNORECASE
)
_NO_COLOUR: Final = frozenset(
    {"", "inherit", "initial", "transparent", "none", "currentcolor", "unset"}
)
_VOID: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
_UNSEEN: Final = frozenset({"head", "style", "script", "title"})


@dataclass(frozen=True)
class Printed:
    """A text, its colour and that of its ground, as `#RRGGBB`, or as written where they are none.

    `place` is the template and the line that wrote its element, where the HTML says it
    (`templates.locate`).
    """

    text: str
    colour: str
    ground: str
    place: tuple[str, int] | None = field(default=None, compare=False)

    @property
    def unclear(self) -> str:
        """Return which of the two is no colour that can be measured; empty where both are."""
        return next((one for one in (self.colour, self.ground) if not _HEX.fullmatch(one)), "")


def light(html: str) -> list[Printed]:
    """Return all texts as a light program shows them."""
    return list(_texts(_in_scheme(html, is_dark=False)))


def dark(html: str) -> list[Printed]:
    """Return all texts for a reader who prefers dark, in a program that supports it."""
    return list(_texts(_in_scheme(html, is_dark=True)))


def outlook_dark(html: str) -> list[Printed]:
    """Return all texts as Outlook.com shows them in dark mode, by its own attribute."""
    marked = html.replace("<html", "<html data-ogsc", 1)
    return list(_texts(_in_scheme(marked, is_dark=False)))


def _in_scheme(html: str, *, is_dark: bool) -> str:
    """Return the mail with the rules of one scheme for good, and none for other screens."""

    def decided(found: re.Match[str]) -> str:
        return found[1] + "".join(_rules(found[2], is_dark=is_dark)) + found[3]

    return _STYLE.sub(decided, html)


def _rules(css: str, *, is_dark: bool) -> Iterator[str]:
    """Yield the rules outside `@media`, and those inside of what asks for dark where that is so."""
    while (at := css.find("@media")) >= 0:
        yield css[:at]
        begin = css.find("{", at)
        end = _closing(css, begin)
        asks = re.sub(r"\s", "", css[at:begin])
        if is_dark and "prefers-color-scheme:dark" in asks:
            yield css[begin + 1 : end]
        css = css[end + 1 :]
    yield css


def _closing(css: str, begin: int) -> int:
    """Return where the brace that opens at `begin` is closed, or the end."""
    depth = 0
    for at in range(begin, len(css)):
        depth += {"{": 1, "}": -1}.get(css[at], 0)
        if depth == 0:
            return at
    return len(css)


def _texts(html: str) -> list[Printed]:
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)
    painter = _Painter()
    # What comes out has all its end tags: a stack of open elements is enough.
    painter.feed(str(inliner.inline(html)))
    painter.close()
    return painter.found


@dataclass(frozen=True)
class _Open:
    """An element that is open: how what stands in it is painted."""

    tag: str
    colour: str = "#000000"
    ground: str = "#FFFFFF"
    is_seen: bool = True
    place: tuple[str, int] | None = None


class _Painter(HTMLParser):
    """Collects the texts of a document whose styles are all inline."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Printed] = []
        self._open = [_Open("")]
        self._place: tuple[str, int] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        place, self._place = self._place, None
        if tag in _VOID:
            return
        around = self._open[-1]
        styles = _styles(given.get("style", ""))
        wanted = styles.get("color", "")
        colour = around.colour
        if tag == "a" and given.get("href") and wanted != "inherit":
            colour = LINK_BLUE
        ground = _painted(given.get("bgcolor", ""), around.ground)
        # What no screen reader says adorns, and needs no contrast (WCAG 2.2, 1.4.3, "Incidental").
        is_text = tag not in _UNSEEN and given.get("aria-hidden") != "true"
        is_seen = around.is_seen and is_text and styles.get("display") != "none"
        self._open.append(
            _Open(
                tag,
                _painted(wanted, colour),
                _painted(styles.get("background-color", ""), ground),
                is_seen,
                place or around.place,
            )
        )

    def handle_endtag(self, tag: str) -> None:
        if any(one.tag == tag for one in self._open):
            while self._open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        around = self._open[-1]
        if data.strip() and around.is_seen:
            text = " ".join(data.split())
            self.found.append(Printed(text, around.colour, around.ground, around.place))

    def handle_comment(self, data: str) -> None:
        if mark := _MARK.fullmatch(data):
            self._place = mark[1], int(mark[2])


def _painted(value: str, otherwise: str) -> str:
    """Return the colour that a value paints; `otherwise` where it paints none."""
    if found := _HEX.search(value):
        return found[0].upper()
    return otherwise if value.strip().lower() in _NO_COLOUR else value.strip()


def _styles(style: str) -> dict[str, str]:
    """Return the declarations of colours, the last of each name, or the last that is important."""
    found: dict[str, str] = {}
    important: set[str] = set()
    for declared, written in _DECLARATION.findall(style):
        # The shorthand sets the colour too, and that is all we use it for.
        name = declared.lower().replace("background-color", "background")
        value, _, mark = written.partition("!")
        if mark or name not in important:
            found[name] = value.strip()
            important |= {name} if mark else set()
    return {("background-color" if name == "background" else name): v for name, v in found.items()}
