"""An issue's sponsor at the desk: the publication's, none, or one of its own."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.actors import CLI
from app.db.session import Sessions, transaction
from app.enums import IssueState
from app.issues.stories import change_issue
from app.models import AuditEntry, Issue, User
from app.publication.publication import get_publication
from tests.desk.browsing import Browsing, text_of
from tests.desk.conftest import Clock
from tests.desk.test_publication import form_of
from tests.factories import make_issue

OURS = {"text": "Servers that wake up.", "label": "Hosting", "url": "https://host.example/"}
NOBODY = {"text": "", "label": "", "url": ""}


@pytest.fixture
def issue(session: Session) -> Issue:
    """Make a draft; the publication has a sponsor."""
    get_publication(session).sponsor = OURS
    made = make_issue(session)
    session.commit()
    return made


def _here(issue: Issue) -> str:
    return f"/desk/issues/{issue.id}/sponsor"


def _now(session: Session, issue: Issue) -> Issue:
    session.rollback()
    session.expire_all()
    return session.get_one(Issue, issue.id)


def test_draft_has_the_publications_sponsor_then_its_own_then_none(
    editor: Browsing, session: Session, issue: Issue
) -> None:
    at = f"/desk/issues/{issue.id}"
    assert "Sponsor as the publication" in text_of(editor.get(at))
    page = editor.get(_here(issue))
    assert "The publication’s sponsor says: “Servers that wake up.” Hosting" in text_of(page)
    own = {
        "whose": "own",
        "sponsor/text": " Beans,\r\nroasted. ",
        "sponsor/label": "Coffee",
        "sponsor/url": "",
    }
    answer = editor.post(_here(issue), form_of(page) | own)
    assert answer.headers["location"] == f"{at}?done=saved"
    found = _now(session, issue)
    assert found.sponsor == {"text": "Beans, roasted.", "label": "Coffee", "url": ""}
    assert found.revision == 2
    assert "Sponsor Coffee" in text_of(editor.get(at))
    entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "change_issue")).one()
    assert (entry.who, entry.after["sponsor"]["label"]) == ("Ada", "Coffee")

    editor.post(_here(issue), form_of(editor.get(_here(issue))) | {"whose": "none"})
    assert _now(session, issue).sponsor == NOBODY
    assert "Sponsor nobody" in text_of(editor.get(at))
    assert "Sponsor niemand" in text_of(editor.get(f"{at}?lang=de"))
    editor.post(_here(issue), form_of(editor.get(_here(issue))) | {"whose": "publication"})
    assert _now(session, issue).sponsor is None


def test_form_that_is_sent_as_it_stands_changes_nothing(
    editor: Browsing, session: Session, issue: Issue
) -> None:
    for stored in (None, OURS, NOBODY):
        row = _now(session, issue)
        row.sponsor = stored
        session.commit()
        version = _now(session, issue).version
        answer = editor.post(_here(issue), form_of(editor.get(_here(issue))))
        assert answer.status_code == 303
        found = _now(session, issue)
        assert (found.sponsor, found.version) == (stored, version)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"whose": "own"}, "Sponsor’s text is needed."),
        ({"whose": "own", "sponsor/label": "Coffee"}, "Sponsor’s text is needed."),
        (
            {"whose": "own", "sponsor/text": "Beans.", "sponsor/url": "ftp://x"},
            "Where it leads must be an http or https address.",
        ),
        ({"whose": "own", "sponsor/text": "x" * 5000}, "characters long; at most"),
        ({"whose": "them"}, "This does not fit."),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(
    editor: Browsing, session: Session, issue: Issue, typed: dict[str, str], said: str
) -> None:
    answer = editor.post(_here(issue), form_of(editor.get(_here(issue))) | typed)
    assert answer.status_code == 422
    assert said in text_of(answer)
    for name, text in typed.items():
        assert name == "whose" or form_of(answer)[name] == [text]
    assert _now(session, issue).sponsor is None


def test_who_saves_what_was_changed_meanwhile_sees_both(
    editor: Browsing, sessions: Sessions, session: Session, clock: Clock, issue: Issue
) -> None:
    form = form_of(editor.get(_here(issue)))
    with transaction(sessions) as other:
        change_issue(other, CLI, issue.id, {"sponsor": OURS}, clock())
    own = form | {"whose": "own", "sponsor/text": "Beans."}
    answer = editor.post(_here(issue), own)
    assert answer.status_code == 412
    assert "Command line changed this after you opened it: the sponsor." in text_of(answer)
    assert "Servers that wake up." in text_of(answer)
    assert form_of(answer)["sponsor/text"] == ["Beans."]
    assert _now(session, issue).sponsor == OURS
    assert editor.post(_here(issue), form_of(answer)).status_code == 303
    found = _now(session, issue).sponsor
    assert found is not None
    assert found["text"] == "Beans."


def test_sponsor_of_an_issue_that_is_no_draft_stays(
    editor: Browsing, session: Session, issue: Issue
) -> None:
    row = _now(session, issue)
    row.state = IssueState.APPROVED
    session.commit()
    assert "/sponsor" not in editor.get(f"/desk/issues/{issue.id}").text
    page = editor.get(_here(issue))
    assert "Only a draft can be changed." in text_of(page)
    assert editor.post(_here(issue), form_of(page) | {"whose": "none"}).status_code == 409
    assert _now(session, issue).sponsor is None


def test_no_issue_is_not_found(add: Callable[..., User], sign_in: Callable[..., Browsing]) -> None:
    boss = sign_in(add(Role.ADMIN))
    assert boss.get("/desk/issues/999/sponsor").status_code == 404
