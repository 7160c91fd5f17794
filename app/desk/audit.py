"""`/desk/audit`: who changed what, when, from what to what."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Protocol
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Response

from app.access.keys import all_keys
from app.access.users import all_users
from app.actors import CLI, SYSTEM, ActorKind
from app.audit import list_entries
from app.characters import cut
from app.desk.deps import Desk, needs
from app.desk.frame import page
from app.desk.verbs import did, kind_in_words, name_in_words
from app.enums import Scope
from app.models import ApiKey, AuditEntry, User
from app.pages.language import gettext, moment
from app.publication.publication import get_publication
from app.steps_in_words import OTHERS

router = APIRouter()

_ON_A_PAGE: Final = 50
_NUMBER: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_WHO: Final = re.compile(r"(key|person)-([0-9]{1,18})", re.ASCII)
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00", re.ASCII)
_SHOWN: Final = 160


class Named(Protocol):
    """Name who did it and what it was done to, as a person reads them."""

    def __call__(self, kind: ActorKind, number: int, then: str = "") -> str:
        """Return how the one of this number is named; `then` is what their name was."""


@dataclass(frozen=True)
class Changed:
    """Show what became of a field: its name, what it was and what it is, in one line each."""

    name: str
    was: str
    now: str


@dataclass(frozen=True)
class Line:
    """Show one entry of the log: who did what, to what, and what changed by it."""

    entry: AuditEntry
    who: str
    kind: str
    did: str
    target: str
    changes: list[Changed]


@router.api_route("/audit", methods=["GET", "HEAD"])
def audit(
    desk: Annotated[Desk, needs(Scope.ADMIN)],
    who: str = "",
    issue: str = "",
    reader: str = "",
    before: str = "",
) -> Response:
    """Show the newest changes, those of one person or about one issue or reader, page by page."""
    rows = list_entries(
        desk.session,
        **_by(who),
        issue_id=_number(issue),
        reader_id=_number(reader),
        before=_number(before),
        limit=_ON_A_PAGE + 1,
    )
    shown = rows[:_ON_A_PAGE]
    zone = get_publication(desk.session).time_zone
    users, keys = all_users(desk.session), all_keys(desk.session)
    named = _naming(users, keys, shown)
    asked = {"who": who, "issue": issue, "reader": reader}
    older = urlencode({**asked, "before": shown[-1].id}) if len(rows) > _ON_A_PAGE else ""
    return page(
        desk,
        "audit.html",
        lines=[_line(row, named, zone) for row in shown],
        people=_people(users, keys, named),
        asked=asked,
        is_filtered=any(asked.values()),
        is_later=bool(_number(before)),
        newest=urlencode({name: value for name, value in asked.items() if value}),
        older=older,
    )


def _naming(users: Sequence[User], keys: Sequence[ApiKey], entries: Sequence[AuditEntry]) -> Named:
    """Return how people and keys are named here, where several may have one name.

    Those who do are told apart by their address or the key's beginning, and by their number once
    they are gone.
    """
    marks = {(ActorKind.PERSON, user.id): user.address for user in users}
    marks |= {(ActorKind.KEY, key.id): f"{key.prefix}…" for key in keys}
    bearers: dict[tuple[ActorKind, str], set[int]] = {}
    names = {(ActorKind.PERSON, user.id): user.name for user in users}
    names |= {(ActorKind.KEY, key.id): key.name for key in keys}
    borne = [(kind, number, name) for (kind, number), name in names.items()]
    borne += [(one.who_kind, one.who_id, one.who) for one in entries if one.who_id is not None]
    for kind, number, name in borne:
        bearers.setdefault((kind, name.casefold()), set()).add(number)

    def named(kind: ActorKind, number: int, then: str = "") -> str:
        name = then or names.get((kind, number), "")
        is_one = len(bearers.get((kind, name.casefold()), ())) <= 1
        mark = "" if is_one and name else marks.get((kind, number), f"#{number}")
        return f"{name} ({mark})" if name and mark else name or mark

    return named


def _people(users: Sequence[User], keys: Sequence[ApiKey], named: Named) -> list[tuple[str, str]]:
    """Return who can be asked for, as the form sends it and as it is shown."""
    found = [(f"person-{user.id}", named(ActorKind.PERSON, user.id)) for user in users]
    found += [(f"key-{key.id}", f"{gettext('Key')} {named(ActorKind.KEY, key.id)}") for key in keys]
    return [*found, *((name, name_in_words(name)) for name in OTHERS)]


def _by(who: str) -> dict[str, Any]:
    """Return whose changes are asked for; nothing for anybody's."""
    if (found := _WHO.fullmatch(who)) is not None:
        return {"kind": ActorKind(found[1]), "who_id": int(found[2])}
    if who == CLI.name:
        return {"kind": CLI.kind, "who": CLI.name}
    return {"kind": ActorKind.SYSTEM} if who == SYSTEM.name else {}


def _number(typed: str) -> int | None:
    """Return the number in a form; what is none asks for nothing."""
    return int(typed) if _NUMBER.fullmatch(typed.strip()) else None


def _line(entry: AuditEntry, named: Named, zone: str) -> Line:
    fields = sorted(entry.before.keys() | entry.after.keys())
    changes = [
        Changed(
            name.replace("_", " "),
            _in_line(entry.before.get(name), zone),
            _in_line(entry.after.get(name), zone),
        )
        for name in fields
    ]
    kind = kind_in_words(entry.who_kind)
    return Line(entry, _who(entry, named), kind, did(entry.verb), _target(entry, named), changes)


def _who(entry: AuditEntry, named: Named) -> str:
    if entry.who_id is None:
        return name_in_words(entry.who)
    if not entry.who:
        return gettext("A reader")
    return named(entry.who_kind, entry.who_id, entry.who)


def _target(entry: AuditEntry, named: Named) -> str:
    """Return what it was done to, and nothing where that is who did it."""
    if entry.target_kind == "user":
        if entry.who_kind is ActorKind.PERSON and entry.who_id == entry.target_id:
            return ""
        return named(ActorKind.PERSON, entry.target_id or 0)
    return f"{entry.target_kind} {entry.target_id or ''}".strip()


def _in_line(value: object, zone: str) -> str:
    """Return a value on one line; a dash for nothing."""
    if value in (None, "", [], {}):
        return "–"
    text = value if isinstance(value, str) else _listed(value)
    if _INSTANT.fullmatch(text):
        return moment(datetime.fromisoformat(text), zone)
    return text if len(text) <= _SHOWN else f"{cut(text, _SHOWN - 1)}…"


def _listed(value: object) -> str:
    is_plain = isinstance(value, list) and all(isinstance(one, str) for one in value)
    return ", ".join(value) if is_plain else orjson.dumps(value).decode()  # type: ignore[arg-type]  # checked above
