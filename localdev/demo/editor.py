"""The editor of the demo: asks the API for what a person at a desk would, over HTTP."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx2
from sqlalchemy.orm import Session

from app.access.keys import check_key, make_key
from app.access.rights import Role
from app.access.sign_in import hand_out_link
from app.access.users import add_user, find_user
from app.actors import CLI
from app.addresses import parse_address
from app.enums import Scope
from app.errors import Unauthorised
from app.publication.categories import slugs_of
from app.publication.issue_masks import issue_mask
from app.publication.names import slug_of
from localdev.demo.readers import ELSEWHERE, sample_readers

_SECONDS: Final = 30.0
_READERS_AT_ONCE: Final = 1000
_CONFLICT: Final = 409
_EDITOR: Final = "desk@devoured.test"
_LINK_GOOD_FOR: Final = timedelta(days=7)
_ADDRESS: Final = "1 Reading Lane\n1010 Vienna\nAustria"


class Refusal(Exception):
    """The API said no; `problem` is its answer (RFC 9457)."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.problem = problem
        places = [f"{place['pointer']}: {place['detail']}" for place in problem.get("errors", [])]
        super().__init__("\n  ".join([problem.get("detail", "The API said no."), *places]))


def demo_key(session: Session, kept: str | None, now: datetime) -> str:
    """Return the secret of a key that may do everything: the one kept from before, or a new one."""
    try:
        check_key(session, kept, [Scope.ADMIN], now)
    except Unauthorised:
        return make_key(session, CLI, "demo", [Scope.ADMIN], now)[1]
    return kept or ""


def demo_link(session: Session, base_url: str, now: datetime) -> str:
    """Return a link that signs in at the desk, once, as somebody who may do everything."""
    address = parse_address(_EDITOR, allow_reserved=True)
    user = find_user(session, address)
    if user is None:
        user = add_user(session, CLI, "Demo", address, [Role.ADMIN], now)
    return hand_out_link(session, CLI, user.id, base_url, now, _LINK_GOOD_FOR)


@contextmanager
def at_desk(base_url: str, key: str) -> Iterator[httpx2.Client]:
    """Yield a client of the API with this key."""
    headers = {"Authorization": f"Bearer {key}"}
    with httpx2.Client(
        base_url=base_url, headers=headers, timeout=_SECONDS, trust_env=False
    ) as desk:
        yield desk


def ask(desk: httpx2.Client, method: str, path: str, **given: Any) -> Any:
    """Send a request and return the JSON of the answer.

    Raises:
        Refusal: it was not a 2xx.
    """
    answer = desk.request(method, path, **given)
    if not answer.is_success:
        raise Refusal(_problem(answer))
    return answer.json() if answer.content else None


def set_up(desk: httpx2.Client) -> None:
    """Give the publication a postal address if it has none: without one nothing is approved."""
    if not ask(desk, "GET", "/v1/publication")["postal_address"]:
        ask(desk, "PATCH", "/v1/publication", json={"postal_address": _ADDRESS})


def load(desk: httpx2.Client, data: bytes, *, drop_incomplete: bool, split: bool) -> Any:
    """Load a digest of any form as an issue of today; return the API's answer."""
    zone = ZoneInfo(ask(desk, "GET", "/v1/publication")["time_zone"])
    return ask(
        desk,
        "POST",
        "/v1/issues/load",
        content=data,
        headers={"Content-Type": "application/octet-stream"},
        params={
            "issued_on": datetime.now(zone).date().isoformat(),
            "drop_incomplete": drop_incomplete,
            "split_by_category": split,
        },
    )


def open_categories(desk: httpx2.Client, slugs: Sequence[str]) -> None:
    """Open these categories: a digest only proposes new ones, and nothing goes out in those."""
    for slug in slugs:
        ask(desk, "PATCH", f"/v1/categories/{slug}", json={"state": "open"})


def slugs_in(session: Session, issue_ids: Sequence[int]) -> list[str]:
    """Return the slugs of the categories that have a story in these issues, in their order."""
    masks = [issue_mask(session, issue_id) for issue_id in issue_ids]
    return slugs_of(session, reduce(or_, masks, 0))


def add_readers(desk: httpx2.Client, n: int, slugs: Sequence[str]) -> int:
    """Add the `n` sample readers and return how many are new; the others are left as they are."""
    elsewhere = next(name for name in ELSEWHERE if slug_of(name) not in slugs)
    known = {category["slug"] for category in ask(desk, "GET", "/v1/categories")["items"]}
    if slug_of(elsewhere) not in known:
        ask(desk, "POST", "/v1/categories", json={"name": elsewhere})
    readers = sample_readers(n, slugs, slug_of(elsewhere))
    pages = [readers[i : i + _READERS_AT_ONCE] for i in range(0, n, _READERS_AT_ONCE)]
    return sum(
        ask(desk, "POST", "/v1/subscribers", json={"readers": page})["n_added"] for page in pages
    )


def approve(desk: httpx2.Client, issue_id: int) -> None:
    """Approve a draft; Refusal when it is not fit to be sent."""
    ask(desk, "POST", f"/v1/issues/{issue_id}/approve")


def schedule_now(desk: httpx2.Client, issue_id: int) -> None:
    """Give an approved issue the present instant; beat may have been quicker, and that is well."""
    try:
        send_at = datetime.now(UTC).isoformat()
        ask(desk, "POST", f"/v1/issues/{issue_id}/schedule", json={"send_at": send_at})
    except Refusal as refusal:
        state = ask(desk, "GET", f"/v1/issues/{issue_id}")["state"]
        if refusal.problem.get("status") != _CONFLICT or state not in {"sending", "sent"}:
            raise


def _problem(answer: httpx2.Response) -> dict[str, Any]:
    try:
        return dict(answer.json())
    except ValueError:
        return {"status": answer.status_code, "detail": f"The API answered {answer.status_code}."}
