"""What checks and commands say, and why a line found no place, as the desk says it in German."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.access.users import LANGUAGES
from app.content.reasons import NO_FIELD, no_column
from app.delivery.compose import publication_facts
from app.enums import IssueState, LetterKind
from app.models import Issue, UnplacedLine, User
from app.pages.language import languages
from app.rendering.inputs import SignInFacts
from app.rendering.letters import render_letter
from app.rendering.templates import our_templates
from tests.desk.browsing import Browsing, text_of
from tests.desk.conftest import Add, SignIn
from tests.factories import make_category, make_issue, make_story


@pytest.fixture
def ada(add: Add, sign_in: SignIn) -> Browsing:
    return sign_in(add(Role.EDITOR))


@pytest.fixture
def issue(session: Session) -> Issue:
    """Make a draft with a story that lacks something, and two lines without a place."""
    issue = make_issue(session)
    home = make_category(session, "ai", name="AI")
    make_story(session, issue, home, title="100 %d new", why_it_matters="")
    for number, reason in enumerate((NO_FIELD, no_column("“5 %d <b>”"))):
        line = UnplacedLine(issue_id=issue.id, line=number, text="It", reason=reason, after="")
        session.add(line)
    session.commit()
    return issue


def test_findings_are_in_the_language_of_who_reads(ada: Browsing, issue: Issue) -> None:
    base = f"/desk/issues/{issue.id}"
    said = text_of(ada.get(f"{base}/findings?lang=de"))
    assert "„100 %d new“ hat kein „Warum es zählt“. Tragen Sie das ein" in said
    told = ada.get(f"{base}/edit/checks?lang=de").json()["findings"]
    assert "liest eine ihrer Kategorien" in " ".join(one["detail"] for one in told)
    assert all("publication" not in one["mend"] for one in told)


def test_why_a_line_found_no_place_is_text_and_no_markup(ada: Browsing, issue: Issue) -> None:
    page = ada.get(f"/desk/issues/{issue.id}?lang=de")
    assert "kein Feld nimmt “5 %d <b>”: Nennen Sie" in text_of(page)
    assert "&lt;b&gt;”" in page.text
    assert "no field takes “5 %d <b>”" in text_of(ada.get(f"/desk/issues/{issue.id}?lang=en"))


def test_what_a_command_refuses_is_in_the_language_of_who_reads(
    ada: Browsing, issue: Issue, session: Session
) -> None:
    ada.get(f"/desk/issues/{issue.id}")
    issue.state = IssueState.PAUSED
    session.commit()
    form = {"version": issue.version, "subject": "New", "issued_on": f"{issue.issued_on}"}
    said = text_of(ada.post(f"/desk/issues/{issue.id}/subject?lang=de", form))
    assert f"Ausgabe {issue.id} steht auf „angehalten“: Ändern lässt sich nur ein Entwurf." in said
    issue.state = IssueState.DRAFT
    session.commit()
    long = {"version": issue.version, "subject": "x" * 1234, "issued_on": f"{issue.issued_on}"}
    said = text_of(ada.post(f"/desk/issues/{issue.id}/subject?lang=de", long))
    assert "1.234 Zeichen lang; höchstens 200." in said


def test_desk_and_mail_speak_what_a_person_chose(
    add: Add, sign_in: SignIn, session: Session
) -> None:
    grace = sign_in(add(Role.ADMIN, name="Grace"))
    assert "Language of the desk and its mails" in text_of(grace.get("/desk/people"))
    form = {"name": "Bob", "address": "bob@desk.example", "roles": ["editor"], "language": "de"}
    assert grace.post("/desk/people", form).status_code == 303
    bob = session.scalars(select(User).where(User.name == "Bob")).one()
    assert bob.language == "de"
    browser = sign_in(bob)
    assert browser.get("/desk").headers["content-language"] == "de"
    assert browser.get("/desk/issues?lang=en").headers["content-language"] == "en"
    assert grace.post("/desk/people", form | {"language": "xx"}).status_code == 422


def test_desk_speaks_every_language_that_there_is_a_catalogue_of() -> None:
    assert set(LANGUAGES) == languages().keys()


def test_mail_to_sign_in_is_in_german(session: Session) -> None:
    named = publication_facts(session, "https://digest.dev")
    facts = SignInFacts(named, "https://digest.dev/desk/sign-in/x", 24 * 60, "de")
    mail = render_letter(LetterKind.SIGN_IN, facts, our_templates())
    assert mail.subject.startswith("Anmelden: Redaktion von")
    for part in (mail.html, mail.text):
        assert "24 Stunden" in part
        assert "it was not you" not in part
    assert 'lang="de"' in mail.html
