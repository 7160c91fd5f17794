"""Parse and write the JSON form, which `devoured parse` prints and the API takes.

Places are JSON pointers (RFC 6901). A whole digest is an object; a list alone is its stories.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model
from pydantic_core import ErrorDetails

from app.characters import cut
from app.content.drafts import Digest, Sponsor, StoryDraft, Unplaced
from app.content.errors import MAX_ERRORS, at_line, refusal
from app.content.front_matter import is_date
from app.content.limits import (
    ISSUE_TEXTS,
    MAX_BYTES,
    MAX_LINES,
    MAX_REASON,
    faults,
    issue_texts,
    sponsor_faults,
    story_count_fault,
    text_faults,
)
from app.content.normal import normal, one_line
from app.errors import FieldError
from app.story_fields import (
    MAX_BULLETS,
    MAX_TITLE,
    STORY_FIELDS,
    FieldKind,
    StoryField,
    frozen,
    is_list,
    stored,
)

_MAX_KEY: Final = 60
_MESSAGES: Final = {
    "missing": "is needed",
    "string_type": "must be text",
    "list_type": "must be a list",
    "model_type": "must be an object",
}

_UNPLACED: Final = {
    "text": MAX_BYTES,
    "reason": MAX_REASON,
    "after": MAX_TITLE,
    "field": MAX_REASON,
}

_Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
"""A text that may be missing or null."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Term(_Strict):
    term: str
    definition: _Text = ""


_KINDS: Final[Mapping[FieldKind, Any]] = {
    FieldKind.BULLETS: Annotated[list[str], Field(max_length=MAX_BULLETS)],
    FieldKind.TERMS: Annotated[list[_Term], Field(max_length=MAX_BULLETS)],
}


def _typed(one: StoryField) -> Any:
    """Return the type of a field in JSON, and what it is where it is missing."""
    if one.name == "title":
        return (str, ...)
    return (_KINDS.get(one.kind, _Text), [] if is_list(one) else "")


_Fields: Final[Any] = create_model(
    "_Fields", __base__=_Strict, **{one.name: _typed(one) for one in STORY_FIELDS}
)


class _Story(_Fields):
    leads: bool | None = None
    # What we write ourselves and work out anew: taken and not looked at.
    incomplete: Any = None


class _Unplaced(_Strict):
    line: Annotated[int, Field(ge=1, le=MAX_LINES + 1)]
    text: str
    reason: _Text = ""
    after: _Text = ""
    field: _Text = ""


class _Sponsor(_Strict):
    text: str
    label: _Text = ""
    url: _Text = ""


class _Digest(_Strict):
    stories: list[_Story]
    unplaced: Annotated[list[_Unplaced], Field(max_length=MAX_LINES)] = []
    issued_on: _Text = ""
    subject: _Text = ""
    preheader: _Text = ""
    opening: _Text = ""
    sign_off: _Text = ""
    sponsor: _Sponsor | None = None


def parse_json(text: str) -> Digest:
    """Return the digest in a JSON text, its stories in normal form.

    Raises ContentError, with JSON pointers, for what is no JSON, is nested too deeply, has a key
    twice, has unknown keys or wrong types, or is out of bounds.
    """
    value = _load(text)
    if not isinstance(value, dict | list):
        raise refusal("The JSON must be an object with `stories`, or a list of stories.")
    prefix = "/stories" if isinstance(value, list) else ""
    whole = {"stories": value} if isinstance(value, list) else value
    _count(whole, prefix)
    try:
        model = _Digest.model_validate(whole)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)[:MAX_ERRORS]
        places = [_place(detail, prefix) for detail in details]
        raise refusal("The JSON is not a digest.", places) from error
    digest = _digest(model)
    errors = [
        FieldError(f"/stories/{number}/leads".removeprefix(prefix), "another story leads already")
        for number, story in enumerate(model.stories)
        if story.leads and number != digest.lead
    ]
    errors += [
        FieldError(_pointer(path).removeprefix(prefix), detail)
        for path, detail in _faults(digest, model.issued_on)
    ]
    if errors:
        raise refusal("Parts of the digest are out of bounds.", errors)
    return digest


def _count(whole: dict[str, Any], prefix: str) -> None:
    """Refuse too many stories before any of them is looked at."""
    stories = whole.get("stories")
    if isinstance(stories, list) and (fault := story_count_fault(len(stories))):
        place = FieldError("/stories".removeprefix(prefix), f"has {len(stories):,} stories")
        raise refusal(f"The digest {fault}.", [place])


def to_json(digest: Digest) -> str:
    """Return the digest as JSON for people: indented, non-ASCII kept, one newline at the end."""
    value: dict[str, Any] = {
        "stories": [
            _story_value(story) | ({"leads": True} if number == digest.lead else {})
            for number, story in enumerate(digest.stories)
        ],
        "unplaced": [asdict(item) for item in digest.unplaced],
    }
    day = digest.issued_on.isoformat() if digest.issued_on else ""
    own = {"issued_on": day, **issue_texts(digest)}
    value |= {key: text for key, text in own.items() if text}
    if digest.sponsor:
        value["sponsor"] = asdict(digest.sponsor)
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _story_value(story: StoryDraft) -> dict[str, Any]:
    return {**stored(story), "incomplete": story.incomplete}


def _load(text: str) -> Any:
    """Return the value of the text; raise ContentError where Python's parser gives up."""
    try:
        return json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        place = at_line(error.lineno, f"column {error.colno}: {error.msg}")
        raise refusal("The input is not JSON.", [place]) from error
    except RecursionError as error:
        raise refusal("The JSON is nested too deeply.") from error
    except ValueError as error:  # a number of thousands of digits
        raise refusal("The JSON holds a number that is too long.") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for key, item in pairs:
        if key in value:
            raise refusal(f"The key {_quoted(key)} is given twice in one JSON object.")
        value[key] = item
    return value


def _digest(model: _Digest) -> Digest:
    return Digest(
        stories=tuple(_draft(story) for story in model.stories),
        unplaced=tuple(Unplaced(**item.model_dump()) for item in model.unplaced),
        lead=next((number for number, story in enumerate(model.stories) if story.leads), None),
        issued_on=date.fromisoformat(model.issued_on) if is_date(model.issued_on) else None,
        sponsor=_sponsor(model.sponsor) if model.sponsor else None,
        **{name: one_line(text) for name, text in issue_texts(model).items()},
    )


def _sponsor(sponsor: _Sponsor) -> Sponsor:
    return Sponsor(one_line(sponsor.text), one_line(sponsor.label), one_line(sponsor.url))


def _draft(story: _Story) -> StoryDraft:
    values = story.model_dump()
    return normal(StoryDraft(**{one.name: frozen(one, values[one.name]) for one in STORY_FIELDS}))


def _faults(digest: Digest, day: str) -> Iterator[tuple[list[str | int], str]]:
    """Yield what is out of bounds, as (path, what is wrong)."""
    for number, story in enumerate(digest.stories):
        for path, detail in faults(story):
            yield ["stories", number, *path.split("/")], detail
    for number, item in enumerate(digest.unplaced):
        for field, most in _UNPLACED.items():
            for detail in text_faults(getattr(item, field), most):
                yield ["unplaced", number, field], detail
    for field, detail in sponsor_faults(digest.sponsor) if digest.sponsor else ():
        yield ["sponsor", field], detail
    if day and not digest.issued_on:
        yield ["issued_on"], "must be a day like 2026-11-23"
    for key, text in issue_texts(digest).items():
        for detail in text_faults(text, ISSUE_TEXTS[key]):
            yield [key], detail


def _place(detail: ErrorDetails, prefix: str) -> FieldError:
    pointer = _pointer(detail["loc"]).removeprefix(prefix)
    if detail["type"] == "extra_forbidden":
        return FieldError(pointer, f"unknown key {_quoted(str(detail['loc'][-1]))}")
    if detail["type"] == "too_long":
        return FieldError(pointer, f"at most {detail['ctx']['max_length']:,} entries")
    return FieldError(pointer, _MESSAGES.get(detail["type"], detail["msg"]))


def _pointer(path: Iterable[str | int]) -> str:
    """Return the JSON pointer of a path; a key that cannot be encoded is escaped.

    Source: RFC 6901, section 3.
    """
    parts = (cut(str(part), _MAX_KEY).replace("~", "~0").replace("/", "~1") for part in path)
    pointer = "".join(f"/{part}" for part in parts)
    return pointer.encode("utf-8", "backslashreplace").decode()


def _quoted(key: str) -> str:
    return repr(cut(key, _MAX_KEY))
