"""Names in templates, read and not run: so a mistake is found in a branch that no sample takes."""

from collections.abc import Iterable, Iterator
from dataclasses import is_dataclass, make_dataclass
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from jinja2 import nodes
from pydantic import BaseModel

from app.errors import RenderError
from app.rendering.around import EndingView, SponsorView, WordsView
from app.rendering.inputs import PublicationFacts, WelcomeStory
from app.rendering.merge import MERGE_FIELDS
from app.rendering.story_views import StoryView
from app.rendering.template_samples import letters
from app.rendering.templates import Templates
from app.rendering.views import EditionView, SectionView

_OF_EDITIONS: Final[dict[str, Any]] = {
    "edition": EditionView,
    "publication": PublicationFacts,
    "section": SectionView,
    "story": StoryView,
    "sponsor": SponsorView,
    "words": WordsView,
    "ending": EndingView,
    "fields": make_dataclass("Fields", [(name, str) for name in MERGE_FIELDS]),
}
# What may be included in editions and letters alike.
_OF_BOTH: Final[dict[str, Any]] = _OF_EDITIONS | {"story": StoryView | WelcomeStory}
_SAME: Final = {"list", "reject", "rejectattr", "reverse", "select", "selectattr", "sort", "unique"}
_ONE: Final = {"first", "last", "max", "min", "random"}
_UNSURE: Final = {"default", "d", "defined", "undefined"}

_Known = dict[str, Any]
"""What kind of value each name has, as a type; None where that cannot be known."""


def check_names(templates: Templates) -> None:
    """Check that templates use only attributes that our objects have, and escape every text.

    A name that is set or looped to something else is followed as far as that can be known. A
    macro's parameter that is called `story` is taken for a story, and so on.

    Raises:
        RenderError: the first attribute that does not exist, in any branch, or the tag
            `autoescape`, with file and line.
    """
    of_letters: dict[str, Any] = {kind.value: type(facts) for kind, facts in letters()}
    for name in sorted(templates.names):
        tree = templates.jinja.parse(templates.source_of(name), name)
        unescaped = tree.find(nodes.ScopedEvalContextModifier)
        if unescaped is not None:
            detail = "there is no tag autoescape: every text is escaped"
            raise RenderError(detail, file=name, line=unescaped.lineno)
        for line, name_used in _wrong(tree, _known(name, of_letters), _known(name, of_letters)):
            raise RenderError(f"{name_used} is undefined", file=name, line=line)


def _known(name: str, of_letters: dict[str, Any]) -> _Known:
    folder, _, file = name.rpartition("/")
    if folder == "letters":
        return {"publication": PublicationFacts, "letter": of_letters.get(file.partition(".")[0])}
    return dict(_OF_EDITIONS if folder == "sections" or name.startswith("edition.") else _OF_BOTH)


def _wrong(node: nodes.Node, known: _Known, base: _Known) -> Iterator[tuple[int, str]]:
    """Yield line and words of each unknown attribute; `known` follows what templates set."""
    match node:
        case nodes.For():
            yield from _wrong(node.iter, known, base)
            inner = dict(known)
            _bind(node.target, _element(_kind(node.iter, known)), inner)
            inside = [*([node.test] if node.test else []), *node.body]
            yield from _all_wrong(inside, inner, base)
            yield from _all_wrong(node.else_, dict(known), base)
        case nodes.Assign():
            yield from _wrong(node.node, known, base)
            _bind(node.target, _kind(node.node, known), known)
        case nodes.AssignBlock() | nodes.Import():
            target = node.target
            known[target if isinstance(target, str) else getattr(target, "name", "")] = None
            yield from _all_wrong(node.iter_child_nodes(), dict(known), base)
        case nodes.With():
            yield from _all_wrong(node.values, known, base)
            inner = dict(known)
            for target, value in zip(node.targets, node.values, strict=True):
                _bind(target, _kind(value, known), inner)
            yield from _all_wrong(node.body, inner, base)
        case nodes.Macro() | nodes.CallBlock():
            inner = known | {arg.name: base.get(arg.name) for arg in node.args}
            yield from _all_wrong(node.iter_child_nodes(), inner, base)
        case nodes.Block():
            yield from _all_wrong(node.body, dict(known), base)
        case nodes.Test() | nodes.Filter() if node.name in _UNSURE and node.node:
            # Whoever asks whether there is such an attribute may name one that is none.
            asked = node.node
            inside = [asked.node] if isinstance(asked, nodes.Getattr | nodes.Getitem) else [asked]
            yield from _all_wrong([*inside, *node.args], known, base)
        case _:
            if (named := _named(node)) and _lacks(_kind(named[0], known), named[1]):
                yield node.lineno, f"{_describe(named[0], known)}.{named[1]}"
            yield from _all_wrong(node.iter_child_nodes(), known, base)


def _all_wrong(
    several: Iterable[nodes.Node], known: _Known, base: _Known
) -> Iterator[tuple[int, str]]:
    for node in several:
        yield from _wrong(node, known, base)


def _bind(target: nodes.Node, kind: Any, known: _Known) -> None:
    if isinstance(target, nodes.Name):
        known[target.name] = kind
    else:
        known.update((name.name, None) for name in target.find_all(nodes.Name))


def _named(node: nodes.Node) -> tuple[nodes.Node, str] | None:
    """Return the value and the attribute of `story.title` or `story["title"]`."""
    match node:
        case nodes.Getattr():
            return node.node, node.attr
        case nodes.Getitem(arg=nodes.Const(value=str() as name)):
            return node.node, name
    return None


def _kind(node: nodes.Node | None, known: _Known) -> Any:
    """Return the type of an expression's value; None when it cannot be known."""
    match node:
        case nodes.Name():
            return known.get(node.name)
        case nodes.Getitem(arg=nodes.Slice()):
            return _kind(node.node, known)
        case nodes.Getitem(arg=nodes.Const(value=int())):
            return _element(_kind(node.node, known))
        case nodes.Filter() if node.name in _SAME:
            return _kind(node.node, known)
        case nodes.Filter() if node.name in _ONE:
            return _element(_kind(node.node, known))
    named = _named(node) if node else None
    return _attribute(_kind(named[0], known), named[1]) if named else None


def _element(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is tuple else None


def _classes(kind: Any) -> list[type]:
    several = get_args(kind) if get_origin(kind) in {Union, UnionType} else (kind,)
    return [one for one in several if isinstance(one, type) and _has_fields(one)]


def _has_fields(one: type) -> bool:
    return is_dataclass(one) or issubclass(one, BaseModel)


def _attribute(kind: Any, name: str) -> Any:
    found = [hint for one in _classes(kind) if (hint := get_type_hints(one).get(name))]
    return found[0] if found else None


def _lacks(kind: Any, name: str) -> bool:
    classes = _classes(kind)
    return bool(classes) and not any(
        hasattr(one, name) or name in get_type_hints(one) for one in classes
    )


def _describe(node: nodes.Node, known: _Known) -> str:
    if isinstance(node, nodes.Name):
        return node.name
    (first, *_) = _classes(_kind(node, known))
    return first.__name__.removesuffix("View").removesuffix("Facts").lower()
