"""Suppressions at the desk: an address is looked up, suppressed and lifted, and stands nowhere."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.actors import CLI, Verb
from app.addresses import parse_address
from app.container import Container
from app.db.session import transaction
from app.delivery.suppression import suppress
from app.enums import SuppressionReason
from app.models import AuditEntry, Lift, Suppression, User
from tests.desk.browsing import Browsing, said_by

HERE = "/desk/suppressions"
ADDRESS = "reader@example.com"

Held = Callable[[SuppressionReason], None]


@pytest.fixture
def admin(add: Callable[..., User], sign_in: Callable[[User], Browsing]) -> Browsing:
    browsing = sign_in(add(Role.ADMIN, name="Grace"))
    browsing.get(HERE)
    return browsing


@pytest.fixture
def held(container: Container, now: datetime) -> Held:
    """Return a function that suppresses the address for a reason."""

    def do(reason: SuppressionReason) -> None:
        with transaction(container.sessions) as session:
            typed = parse_address(ADDRESS)
            note = "Permanent/General"
            suppress(session, CLI, typed, reason, note=note, pepper=container.pepper, now=now)

    return do


def test_address_that_is_suppressed_says_why_and_since_when(admin: Browsing, held: Held) -> None:
    held(SuppressionReason.HARD_BOUNCE)
    answer = admin.post(f"{HERE}/look-up", {"address": "Reader@Example.com"})
    assert answer.status_code == 200
    said = said_by(answer)
    assert "is suppressed There is no such mailbox: a mail came back for good. Since " in said
    assert "Permanent/General" in said


def test_address_that_is_not_suppressed_says_so(admin: Browsing) -> None:
    said = said_by(admin.post(f"{HERE}/look-up", {"address": ADDRESS}))
    assert f"{ADDRESS} is not suppressed." in said
    assert "Lift it" not in said


def test_what_is_no_address_is_told_at_its_field(admin: Browsing) -> None:
    answer = admin.post(f"{HERE}/look-up", {"address": "reader@"})
    assert answer.status_code == 422
    assert 'id="sought-wrong"' in answer.text
    assert 'value="reader@"' in answer.text
    answer = admin.post(HERE, {"address": "reader@", "reason": "manual", "note": "kept"})
    assert answer.status_code == 422
    assert 'id="address-wrong"' in answer.text
    assert 'value="kept"' in answer.text


@pytest.mark.parametrize(("field", "value"), [("note", "n" * 1001), ("reason", "whim")])
def test_what_a_suppression_cannot_say_is_told_at_its_field(
    admin: Browsing, session: Session, field: str, value: str
) -> None:
    given = {"address": ADDRESS, "reason": "manual", "note": ""} | {field: value}
    answer = admin.post(HERE, given)
    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.text
    assert session.scalars(select(Suppression)).all() == []


def test_address_is_suppressed_by_hand_and_the_audit_says_by_whom(
    admin: Browsing, session: Session
) -> None:
    given = {"address": ADDRESS, "reason": "manual", "note": "asked by telephone"}
    answer = admin.post(HERE, given)
    assert answer.status_code == 303
    assert answer.headers["location"].endswith(f"{HERE}?done=suppressed")
    row = session.scalars(select(Suppression)).one()
    assert (row.reason, row.note) == (SuppressionReason.MANUAL, "asked by telephone")
    entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == Verb.SUPPRESS)).one()
    assert entry.who == "Grace"
    assert ADDRESS not in str(entry.after)
    assert "Suppressed:" in said_by(admin.get(f"{HERE}?done=suppressed"))


def test_suppression_is_lifted_with_a_reason_that_is_kept(
    admin: Browsing, session: Session, held: Held
) -> None:
    held(SuppressionReason.SOFT_BOUNCES)
    given = {"address": ADDRESS, "because": "the mailbox was full"}
    assert admin.post(f"{HERE}/lift", given).status_code == 303
    assert session.scalars(select(Suppression)).all() == []
    assert session.scalars(select(Lift.because)).one() == "the mailbox was full"
    said = said_by(admin.post(f"{HERE}/look-up", {"address": ADDRESS}))
    assert "Lifted before the mailbox was full (mail came back again and again)" in said


@pytest.mark.parametrize("because", ["", "   ", "b" * 201, "two\nlines"])
def test_lift_without_a_reason_changes_nothing(
    admin: Browsing, session: Session, held: Held, because: str
) -> None:
    held(SuppressionReason.COMPLAINT)
    answer = admin.post(f"{HERE}/lift", {"address": ADDRESS, "because": because})
    assert answer.status_code == 422
    assert "Please say why, in one line" in said_by(answer)
    assert "Lift it only if they asked for that themselves." in said_by(answer)
    assert session.scalars(select(Suppression)).one().reason is SuppressionReason.COMPLAINT


def test_address_that_somebody_lifted_meanwhile_says_so(admin: Browsing) -> None:
    answer = admin.post(f"{HERE}/lift", {"address": ADDRESS, "because": "they asked"})
    assert answer.status_code == 404
    assert f"{ADDRESS} is not suppressed." in said_by(answer)


def test_address_stands_in_no_link_and_no_address_of_a_page(admin: Browsing, held: Held) -> None:
    held(SuppressionReason.MANUAL)
    shown = admin.post(f"{HERE}/look-up", {"address": ADDRESS})
    links = [part.partition('"')[0] for part in shown.text.split('href="')[1:]]
    assert not any("example" in link for link in links)
    lifted = admin.post(f"{HERE}/lift", {"address": ADDRESS, "because": "they asked"})
    assert "example" not in lifted.headers["location"]


def test_who_sees_readers_and_may_not_edit_looks_up_and_no_more(
    sender: Browsing, add: Callable[..., User], held: Held
) -> None:
    add(Role.ADMIN, name="Grace")
    held(SuppressionReason.MANUAL)
    sender.get(HERE)
    said = said_by(sender.post(f"{HERE}/look-up", {"address": ADDRESS}))
    assert "is suppressed A person said so." in said
    assert "Grace can suppress an address and lift that." in said
    assert "Lift it" not in said
    given = {"address": ADDRESS, "because": "they asked"}
    assert sender.post(f"{HERE}/lift", given).status_code == 403


def test_page_in_german_of_where_a_form_was_sent(admin: Browsing) -> None:
    for path in ("", "/look-up", "/lift"):
        said = said_by(admin.get(f"{HERE}{path}?lang=de"))
        assert "Eine Adresse nachsehen" in said
