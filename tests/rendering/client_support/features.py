"""Which features of HTML and CSS a mail uses, by the names that caniemail.com gives them."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import tinycss2

from tests.rendering.reading import parsed

_TAGS: Final = {
    **{f"h{level}": "html-h1-h6" for level in range(1, 7)},
    **dict.fromkeys(("ul", "ol", "li", "dl", "dt", "dd"), "html-lists"),
    **dict.fromkeys(("b", "strong"), "html-strong"),
    **dict.fromkeys(("tr", "td", "th", "tbody"), "html-table"),
}
_WORDS: Final = {
    ("display", "none"): "css-display-none",
    ("display", "flex"): "css-display-flex",
    ("display", "grid"): "css-display-grid",
}
_SELECTORS: Final = {
    r"\.": "css-selector-class",
    r"#": "css-selector-id",
    r"\[": "css-selector-attribute",
    r"\*": "css-selector-universal",
    r"\+": "css-selector-adjacent-sibling",
    r">": "css-selector-child",
    r"~": "css-selector-general-sibling",
    r",": "css-selector-grouping",
    r"[\w\])] +[\w.#\[*]": "css-selector-descendant",
    r"(?:^|[\s,>+~])[a-z]": "css-selector-type",
    r"\w\.\w": "css-selector-chaining",
}
_PSEUDO: Final = re.compile(r"(?<!:)(::?)([a-z-]+)")
_TO_OUTLOOK: Final = re.compile(r"<!--\[if (?!!)[^\]]*mso[^\]]*\]>(.*?)<!\[endif\]-->", re.DOTALL)
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)


def features(html: str, known: Iterable[str]) -> frozenset[str]:
    """Return the features of finished HTML that caniemail.com has tested.

    Text in conditional comments is for Outlook alone and is left out; see `for_outlook`.
    """
    return frozenset(_all_of(_COMMENT.sub("", html))) & frozenset(known)


def for_outlook(html: str) -> frozenset[str]:
    """Return what Outlook for Windows alone is told: the features in its conditional comments."""
    return frozenset(_all_of("<body>" + "".join(_TO_OUTLOOK.findall(html))))


def _all_of(html: str) -> Iterator[str]:
    for element in parsed(html).iter():
        tag = str(element.tag)
        yield _TAGS.get(tag, f"html-{tag}")
        for name, value in element.attrib.items():
            yield f"html-{name}"
            if tag == "a" and name == "href" and value.startswith("#"):
                yield "html-anchor-links"
            if tag == "meta" and value == "color-scheme":
                yield "html-meta-color-scheme"
        yield from _declarations(tinycss2.parse_declaration_list(element.get("style", "")))
        if tag == "style":
            yield from _rules(tinycss2.parse_stylesheet(element.text or "", skip_comments=True))


def _rules(rules: Iterable[Any]) -> Iterator[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            yield from _selector(tinycss2.serialize(rule.prelude).strip())
            yield from _declarations(tinycss2.parse_declaration_list(rule.content))
        elif rule.type == "at-rule":
            yield f"css-at-{rule.at_keyword}"
            if found := re.search(r"\((prefers-[a-z-]+|hover|orientation)", _text(rule.prelude)):
                yield f"css-at-{rule.at_keyword}-{found[1]}"
            yield from _rules(tinycss2.parse_rule_list(rule.content or [], skip_comments=True))


def _selector(selector: str) -> Iterator[str]:
    for pattern, feature in _SELECTORS.items():
        if re.search(pattern, selector):
            yield feature
    for colons, name in _PSEUDO.findall(selector):
        yield f"css-pseudo-{'class' if colons == ':' else 'element'}-{name}"


def _declarations(declarations: Iterable[Any]) -> Iterator[str]:
    for one in declarations:
        if one.type != "declaration":
            continue
        # `border-left-width` is tested as `border`, and `padding-top` as `padding`.
        parts = one.lower_name.split("-")
        yield from ("css-" + "-".join(parts[:n]) for n in range(len(parts), 0, -1))
        yield from _values(one.lower_name, one.value)
        if one.important:
            yield "css-important"


def _values(name: str, tokens: Iterable[Any]) -> Iterator[str]:
    for token in tokens:
        match token.type:
            case "dimension":
                yield f"css-unit-{token.lower_unit}"
            case "percentage":
                yield "css-unit-percent"
            case "function":
                yield f"css-function-{token.lower_name}"
            case "ident":
                yield _WORDS.get((name, token.lower_value), "")


def _text(tokens: Iterable[Any]) -> str:
    return str(tinycss2.serialize(tokens))
