"""If-Match: a change is made only to what the caller has read, or refused with who changed it.

Source: RFC 9110 sections 8.8.3 and 13.1.1.
"""

import re
from typing import Annotated, Final

from fastapi import Depends, Header, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from app.errors import FieldError, InvalidInput, NoCondition
from app.issues.versions import Expected
from app.models import Issue, Story

_NAME: Final = "if-match"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_TAG: Final = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_LIST: Final = re.compile(rf"[ \t,]*(?:{_TAG.pattern}[ \t]*(?:,[ \t,]*|$))+")
_OURS: Final = re.compile(r"[1-9]\d{0,17}", re.ASCII)
ETAG_HEADER: Final = {
    "headers": {
        "ETag": {
            "description": "Its version; give it as `If-Match` to change just this one.",
            "schema": {"type": "string"},
        }
    }
}


def read_if_match(
    request: Request,
    _: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="The ETag that you read, or several: if it is another one by now, nothing "
            "is changed and the answer is a 412 that says who changed what. `*` takes any. A weak "
            "tag (`W/…`) never fits.",
            examples=['"12"'],
        ),
    ] = None,
) -> Expected:
    """Return the versions that the caller takes; None for any.

    Raises:
        InvalidInput: the header is no list of entity tags.
    """
    lines = request.headers.getlist(_NAME)
    if not lines or all(line.strip() == "*" for line in lines):
        return None
    return frozenset(int(tag) for tag in _strong_tags(",".join(lines)) if _OURS.fullmatch(tag))


IfMatch = Annotated[Expected, Depends(read_if_match)]


def show_etag(response: Response, row: Issue | Story) -> None:
    """Say in the answer which version of the row it shows."""
    response.headers["ETag"] = f'"{row.version}"'


def refuse_unheeded(request: Request) -> None:
    """Raise NoCondition where a change is asked for under a condition that the route cannot hold.

    A condition is honoured or refused, never ignored: who sends it relies on it.
    """
    if _NAME not in request.headers or request.method in _SAFE:
        return
    route = request.scope.get("route")
    if isinstance(route, APIRoute) and not _heeds(route.dependant):
        raise NoCondition(
            "What this address changes has no version of its own. Send it without If-Match."
        )


def _heeds(dependant: Dependant) -> bool:
    return dependant.call is read_if_match or any(map(_heeds, dependant.dependencies))


def _strong_tags(text: str) -> list[str]:
    """Return the strong tags of a list; empty elements count for nothing (RFC 9110 5.6.1)."""
    if not _LIST.fullmatch(text):
        wrong = [FieldError("header If-Match", 'is no list of tags like "12"')]
        raise InvalidInput("Give the ETag just as it came, in its quotation marks.", wrong)
    return [tag for weak, tag in _TAG.findall(text) if not weak]
