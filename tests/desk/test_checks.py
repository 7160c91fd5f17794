"""The settings of the checks at the desk: which warnings are wanted, and what always blocks."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.actors import CLI
from app.db.session import Sessions, transaction
from app.desk.check_words import WARNINGS
from app.models import AuditEntry, Publication, User
from app.publication.publication import get_publication, set_publication
from app.warning_codes import WarningCode
from tests.desk.browsing import Browsing, text_of
from tests.desk.conftest import Clock
from tests.desk.test_publication import form_of
from tests.factories import make_category, make_issue, make_story

HERE = "/desk/checks"


@pytest.fixture
def boss(add: Callable[..., User], sign_in: Callable[[User], Browsing]) -> Browsing:
    return sign_in(add(Role.ADMIN, name="Grace"))


def _row(session: Session) -> Publication:
    session.rollback()
    session.expire_all()
    return get_publication(session)


def test_every_warning_has_words_once() -> None:
    shown = [code for codes in WARNINGS.values() for code in codes]
    assert sorted(shown) == sorted(WarningCode)


def test_warnings_are_switched_off_and_on(boss: Browsing, session: Session) -> None:
    form = form_of(boss.get(HERE))
    assert {name for name in form if form[name] == ["1"] and name != "version"} == set(WarningCode)
    assert boss.post(HERE, form).headers["location"] == f"{HERE}?done=saved"
    assert _row(session).version == 1
    without = {
        name: value for name, value in form.items() if name not in {"near_budget", "shortened"}
    }
    boss.post(HERE, without)
    assert _row(session).unwanted_warnings == ["near_budget", "shortened"]
    form = form_of(boss.get(HERE))
    assert "shortened" not in form
    boss.post(HERE, form | {"shortened": "1"})
    assert _row(session).unwanted_warnings == ["near_budget"]
    wanted = AuditEntry.verb == "change_publication"
    last = session.scalars(select(AuditEntry).where(wanted).order_by(AuditEntry.id.desc())).first()
    assert last is not None
    assert (last.who, last.before, last.after) == (
        "Grace",
        {"unwanted_warnings": ["near_budget", "shortened"]},
        {"unwanted_warnings": ["near_budget"]},
    )


def test_what_is_not_wanted_is_not_found(boss: Browsing, session: Session) -> None:
    issue = make_issue(session, subject="ACT NOW OR NEVER")
    make_story(session, issue, make_category(session, "ai"), title="A compiler", why_it_matters="")
    session.commit()
    findings = f"/desk/issues/{issue.id}/findings"
    assert "reads as shouting" in text_of(boss.get(findings))
    form = form_of(boss.get(HERE))
    del form["loud_subject"]
    boss.post(HERE, form)
    said = text_of(boss.get(findings))
    assert "reads as shouting" not in said
    assert "blocks approval" in said


def test_who_saves_what_was_changed_meanwhile_sees_both(
    boss: Browsing, sessions: Sessions, session: Session, clock: Clock
) -> None:
    form = form_of(boss.get(HERE))
    with transaction(sessions) as other:
        set_publication(other, CLI, {"unwanted_warnings": ["loud_subject"]}, clock())
    answer = boss.post(HERE, {name: one for name, one in form.items() if name != "shortened"})
    assert answer.status_code == 412
    said = text_of(answer)
    assert "Command line changed this after you opened it: which warnings are wanted." in said
    assert "It is by now: not ticked" in said
    assert _row(session).unwanted_warnings == ["loud_subject"]
    boss.post(HERE, form_of(answer))
    assert _row(session).unwanted_warnings == ["shortened"]


def test_page_says_what_always_blocks_in_german_too(boss: Browsing) -> None:
    assert "A line without a place" in text_of(boss.get(HERE))
    said = text_of(boss.get(f"{HERE}?lang=de"))
    assert "Eine Zeile ohne Platz" in said
    assert "A line without a place" not in said
