"""Which MJML tags, attributes and HTML a template may use: what the compiler really honours.

Narrower than MJML itself. Left out are `mj-include` (the compiler forgets widths inside it; Jinja
includes instead), `mj-html-attributes` and `mj-selector` (refused by the compiler), `mj-font` (no
web fonts), components whose ids clash when used twice (carousel, navbar, accordion), `mj-social`
(pictures from somebody else's server), and attributes that the compiler drops.

Source: MJML 4 component reference, https://documentation.mjml.io/#components
"""

from typing import Final

_PADDING = frozenset(f"padding{side}" for side in ("", "-top", "-right", "-bottom", "-left"))
_BORDER = frozenset(
    {"border-radius", *(f"border{side}" for side in ("", "-top", "-right", "-bottom", "-left"))}
)
_FONT = frozenset({"color", "font-family", "font-size", "font-style", "font-weight", "line-height"})
_BACKGROUND = frozenset(
    f"background-{what}"
    for what in ("color", "url", "repeat", "size", "position", "position-x", "position-y")
)
_CELL = _PADDING | {"container-background-color", "css-class", "mj-class"}
_BAND = _PADDING | _BORDER | _BACKGROUND | {"css-class", "direction", "full-width", "mj-class"}

ATTRIBUTES: Final[dict[str, frozenset[str]]] = {
    "mjml": frozenset({"lang", "dir"}),
    "mj-head": frozenset(),
    "mj-body": frozenset({"background-color", "css-class", "width"}),
    "mj-attributes": frozenset(),
    "mj-breakpoint": frozenset({"width"}),
    "mj-preview": frozenset(),
    "mj-raw": frozenset(),
    "mj-style": frozenset({"inline"}),
    "mj-title": frozenset(),
    "mj-section": _BAND | {"text-align"},
    "mj-wrapper": _BAND | {"text-align"},
    "mj-group": frozenset(
        {"background-color", "css-class", "direction", "mj-class", "vertical-align", "width"}
    ),
    "mj-column": _PADDING
    | _BORDER
    | {f"inner-{name}" for name in _BORDER}
    | {"background-color", "css-class", "direction", "inner-background-color", "mj-class"}
    | {"vertical-align", "width"},
    "mj-hero": _CELL
    | {"background-color", "background-height", "background-position", "background-url"}
    | {"background-width", "height", "inner-background-color", "mode", "vertical-align"},
    "mj-text": _CELL
    | _FONT
    | {"align", "height", "letter-spacing", "text-decoration", "text-transform"},
    "mj-table": _CELL
    | (_FONT - {"font-style"})
    | {"align", "border", "cellpadding", "cellspacing", "table-layout", "width"},
    "mj-image": _CELL
    | _BORDER
    | {"align", "alt", "fluid-on-mobile", "font-size", "height", "href", "max-height", "name"}
    | {"rel", "src", "srcset", "target", "usemap", "width"},
    "mj-button": _CELL
    | _BORDER
    | _FONT
    | {"align", "background-color", "height", "href", "inner-padding", "letter-spacing", "name"}
    | {"rel", "target", "text-align", "text-decoration", "text-transform", "vertical-align"}
    | {"width"},
    "mj-divider": _CELL | {"align", "border-color", "border-style", "border-width", "width"},
    "mj-spacer": _CELL | {"height"},
}

_CONTENT = frozenset(
    {"mj-button", "mj-divider", "mj-image", "mj-raw", "mj-spacer", "mj-table", "mj-text"}
)
_BODY = frozenset({"mj-hero", "mj-raw", "mj-section", "mj-wrapper"})

CHILDREN: Final[dict[str, frozenset[str]]] = {
    "mjml": frozenset({"mj-head", "mj-body"}),
    "mj-head": frozenset(
        {"mj-attributes", "mj-breakpoint", "mj-preview", "mj-raw", "mj-style", "mj-title"}
    ),
    "mj-body": _BODY,
    "mj-wrapper": _BODY - {"mj-wrapper"},
    "mj-section": frozenset({"mj-column", "mj-group", "mj-raw"}),
    "mj-group": frozenset({"mj-column", "mj-raw"}),
    "mj-column": _CONTENT,
    "mj-hero": _CONTENT,
}
"""Which tags may stand straight in which; a tag without an entry holds no MJML."""

HOLDS_HTML: Final = frozenset({"mj-button", "mj-raw", "mj-table", "mj-text"})
"""Tags whose content is HTML."""

HOLDS_TEXT: Final = HOLDS_HTML | {"mj-preview", "mj-style", "mj-title"}
"""Tags in which text may stand; elsewhere the compiler loses it."""

COLOURS: Final = frozenset(
    {"background-color", "border-color", "color", "container-background-color"}
    | {"inner-background-color"}
)
"""Attributes that take a colour: six hex digits, for old Outlook misreads three."""

HTML: Final = frozenset(
    (  # noqa: SIM905 - a name a line would fill the page
        "a abbr b blockquote br caption center cite code col colgroup dd del div dl dt em "
        "figcaption figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark meta ol p pre q s "
        "small span strong style sub sup table tbody td tfoot th thead time tr u ul var wbr"
    ).split()
)
"""HTML that mail programs show; no scripts, forms, frames or objects."""
