"""Walk the desk in German: what reads the same in English is data, or a word of both."""

import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Final

from sqlalchemy.orm import Session

from app.access.rights import Role
from app.enums import IssueState
from app.models import Issue
from tests.desk.browsing import Browsing
from tests.desk.conftest import Add, SignIn
from tests.desk.test_rights import ROUTES
from tests.factories import make_category, make_issue, make_story, make_subscriber

_READ_OUT: Final = {"alt", "title", "aria-label", "aria-description", "placeholder"}
_DATA: Final = {"script", "style", "textarea", "code", "datalist", "option"}
"""What holds no sentence of ours: choices are names, of time zones and people."""

_SAME: Final = {
    *("Firefox on Linux", "3 minute read", "SES in eu-west-1"),
    "A story that has everything a story can have",  # the subject of a sample mail
}
_MAILS: Final = {
    "GET /desk/readers/{reader_id:id}/issues/{issue_id:id}/mail",
    "GET /desk/templates/{slug}/mail",
    "GET /desk/look/mail",
}
"""What shows a mail and nothing else: it speaks to its readers."""

_WORDS: Final = re.compile(r"[^\W\d_]{2,} [^\W\d_]{2,}")
_HASH: Final = re.compile(r"\b[0-9a-f]{32}\b")
_LAUNCHED: Final = {IssueState.SENDING, IssueState.PAUSED, IssueState.SENT}


class _Texts(HTMLParser):
    """Collects each text that a person reads or hears, but what a person typed into a form."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {
            " ".join(value.split()) for name, value in attrs if name in _READ_OUT and value
        }
        if tag in _DATA:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.found.add(" ".join(data.split()))


def _texts(browsing: Browsing, path: str, language: str) -> set[str]:
    answer = browsing.get(f"{path}?whole=1&lang={language}")
    if answer.status_code != 200 or not answer.headers["content-type"].startswith("text/html"):
        return set()
    texts = _Texts()
    texts.feed(answer.text)
    return {text for text in texts.found if _WORDS.search(_HASH.sub("", text))}


def _issues(session: Session, now: datetime) -> list[Issue]:
    home = make_category(session, "ai", name="Zed")
    other = make_category(session, "data", name="Yak")
    made = []
    for place, state in enumerate(IssueState):
        launched = now - timedelta(hours=1) if state in _LAUNCHED else None
        given = {"state": state, "subject": "Xxx", "preheader": "", "launched_at": launched}
        day = now.date() + timedelta(days=place)
        issue = make_issue(session, issued_on=day, send_at=launched, **given)
        texts = {"summary": "Xxx", "what": "Xxx", "takeaway": "TODO", "article": ""}
        make_story(session, issue, home, title="Xxx", **texts, deep_dive=["<b>"], decoder=[])
        make_story(session, issue, other, title="Xxx", why_it_matters="", **texts)
        made.append(issue)
    return made


def test_no_page_of_the_desk_has_an_english_sentence_in_german(
    add: Add, sign_in: SignIn, session: Session, now: datetime
) -> None:
    boss = sign_in(add(Role.ADMIN, name="Zoe"))
    issues = _issues(session, now)
    reader = make_subscriber(session, "a@b.dev", follows=1)
    session.commit()
    left: dict[str, set[str]] = {}
    n_texts = 0
    for route in (one for one in ROUTES if one.startswith("GET /desk") and one not in _MAILS):
        path = route.removeprefix("GET ")
        path = path.replace("{user_id:id}", "1").replace("{reader_id:id}", str(reader.id))
        path = path.replace("{slug}", "ai")
        for issue in issues if "{issue_id:id}" in path else issues[:1]:
            address = path.replace("{issue_id:id}", str(issue.id))
            address = re.sub(r"{story_id(:id)?}", "1", address)
            if "{" in address:
                continue
            german, english = (_texts(boss, address, one) for one in ("de", "en"))
            n_texts += len(german - english)
            if both := (german & english) - _SAME:
                left.setdefault(route, set()).update(both)
    assert left == {}
    assert n_texts > 500
