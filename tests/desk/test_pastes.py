"""A paste at the desk: read beside its text, mended press by press, and loaded when told to."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.content.limits import MAX_LINES
from app.issues.pastes import LOADED_KEPT, MAX_NAME, digest_of, forget_loaded, get_paste
from app.models import Category, Issue, Paste, Story, UnplacedLine, User
from tests.desk.browsing import Browsing, text_of
from tests.factories import make_category, make_issue, make_story

Add = Callable[..., User]
SignIn = Callable[[User], Browsing]

TEXT = """Good morning all

A compiler that explains itself (7 minute read)

A compiler that explains itself (7 minute read)

DevOps
It tells why it refuses a program.
What: Version 2 shows the chain of reasons.
Why it matters: People find mistakes sooner.

It is free for everyone.

Queues that fill up
DevOps
A rate that nobody measured.
"""
HEADING, FREE = 14, 12


@pytest.fixture
def ada(add: Add, sign_in: SignIn) -> Browsing:
    browsing = sign_in(add(Role.EDITOR))
    browsing.form_token()
    return browsing


def _paste(browsing: Browsing, text: str = TEXT, **form: str) -> str:
    answer = browsing.post("/desk/issues/pastes", {"text": text, **form})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).partition("?")[0]


def _mend(browsing: Browsing, path: str, mend: str, first: int, last: int, version: int) -> int:
    form = {"mend": mend, "first": first, "last": last, "version": version}
    return browsing.post(f"{path}/mend", form).status_code


def test_nothing_is_loaded_until_it_is_said(ada: Browsing, session: Session) -> None:
    said = text_of(ada.get(_paste(ada)))
    assert "1 story understood" in said
    assert "Good morning all" in said
    assert "it stands before the first story" in said
    assert "Pasted by Ada" in said
    assert session.scalars(select(Issue.id)).all() == []
    assert session.scalars(select(Category.id)).all() == []
    assert "Good morning all" in text_of(ada.get("/desk/issues")).partition("not loaded yet")[2]


def test_every_line_is_mended_by_one_press_and_loaded_so(ada: Browsing, session: Session) -> None:
    path = _paste(ada, day="2026-11-25")
    for version, (mend, first, last) in enumerate(
        (("drop", 1, 1), ("heading", HEADING, HEADING + 2), ("above", FREE, FREE)), start=1
    ):
        assert _mend(ada, path, mend, first, last, version) == 303
    said = text_of(ada.get(path))
    assert "2 stories understood" in said
    assert "Every line has its place." in said
    form = {"version": 4, "issued_on": "2026-11-25", "into": ""}
    assert ada.post(f"{path}/load", form).status_code == 303
    above, below = session.scalars(select(Story).order_by(Story.position)).all()
    assert above.why_it_matters == "People find mistakes sooner. It is free for everyone."
    assert below.title == "Queues that fill up"
    assert below.summary == "A rate that nobody measured."
    assert session.scalars(select(UnplacedLine.id)).all() == []
    assert session.scalars(select(Issue.issued_on)).all() == [date(2026, 11, 25)]
    assert "It is loaded." in text_of(ada.get(path))
    again = ada.post(f"{path}/load", form | {"version": 5})
    assert again.status_code == 409
    assert "loaded already" in text_of(again)


def test_a_mend_is_undone_and_the_text_stays_as_it_came(ada: Browsing, session: Session) -> None:
    path = _paste(ada)
    before = digest_of(session.scalars(select(Paste)).one())
    session.rollback()
    assert _mend(ada, path, "drop", 1, 1, 1) == 303
    assert "Dropped." in text_of(ada.get(path))
    assert _mend(ada, path, "", 1, 1, 2) == 303
    kept = session.scalars(select(Paste)).one()
    assert kept.text.replace("\r\n", "\n") == TEXT
    assert digest_of(kept) == before


def test_stale_mend_is_refused_and_stale_text_is_not_lost(ada: Browsing, session: Session) -> None:
    path = _paste(ada)
    assert _mend(ada, path, "drop", 1, 1, 1) == 303
    assert _mend(ada, path, "heading", 1, 1, 1) == 412
    answer = ada.post(f"{path}/text", {"version": 1, "text": "What I typed meanwhile"})
    assert answer.status_code == 412
    assert "What I typed meanwhile</textarea>" in answer.text
    assert "Somebody changed it meanwhile" in text_of(answer)
    assert session.scalars(select(Paste.text)).one().startswith("Good morning")


def test_changed_text_keeps_what_was_said_of_its_other_lines(
    ada: Browsing, session: Session
) -> None:
    path = _paste(ada)
    assert _mend(ada, path, "drop", 1, 1, 1) == 303
    assert _mend(ada, path, "heading", HEADING, HEADING, 2) == 303
    longer = TEXT.replace("It is free", "A line more\nIt is free")
    assert ada.post(f"{path}/text", {"version": 3, "text": longer}).status_code == 303
    paste = session.scalars(select(Paste)).one()
    assert paste.mends == {"1": "drop", str(HEADING + 1): "heading"}


def test_load_into_a_draft_asks_where_it_has_a_title_already(
    ada: Browsing, session: Session
) -> None:
    home = make_category(session, "devops", name="DevOps")
    issue = make_issue(session)
    make_story(session, issue, home, title="A compiler that  explains ITSELF")
    session.commit()
    path = _paste(ada, into=str(issue.id))
    form = {"version": 1, "into": issue.id}
    asked = ada.post(f"{path}/load", form)
    assert asked.status_code == 200
    assert "The draft has a story of 1 of these titles already" in text_of(asked)
    assert len(session.scalars(select(Story.id)).all()) == 1
    session.rollback()
    answer = ada.post(f"{path}/load", form | {"mode": "replace"})
    assert answer.headers["location"].partition("?")[0] == f"/desk/issues/{issue.id}"
    story = session.scalars(select(Story)).one()
    assert story.summary == "It tells why it refuses a program."


@pytest.mark.parametrize(
    ("name", "body", "seen"),
    [
        ("day.json", b'[{"title": "From JSON", "category": "AI"}]', "From JSON"),
        ("day.md", b"## From Markdown\n\n**Category:** AI\n", "From Markdown"),
        ("day.txt", TEXT.encode(), "1 story understood"),
        ("day.json", b"{", "cannot be read"),
    ],
)
def test_file_is_read_by_what_it_is(ada: Browsing, name: str, body: bytes, seen: str) -> None:
    answer = ada.post("/desk/issues/pastes", files={"file": (name, body)})
    assert answer.status_code == 303, answer.text
    said = text_of(ada.get(answer.headers["location"]))
    assert name in said
    assert seen in said or "JSON" in said


def test_what_cannot_be_kept_is_said_and_stays_typed(ada: Browsing) -> None:
    answer = ada.post("/desk/issues/pastes", {"text": "  "})
    assert answer.status_code == 422
    assert "There is no text in it." in text_of(answer)
    refused = ada.post("/desk/issues/pastes", files={"file": ("x.txt", b"\xff\xfe\x00")})
    assert refused.status_code == 422
    assert "UTF-8" in text_of(refused)


def test_refused_load_leaves_nothing_behind(ada: Browsing, session: Session) -> None:
    home = make_category(session)
    issue = make_issue(session, category_id=home.id)
    session.commit()
    path = _paste(ada)
    answer = ada.post(f"{path}/load", {"version": 1, "into": issue.id})
    assert answer.status_code == 422
    assert "of another category" in text_of(answer)
    assert session.scalars(select(Category.slug)).all() == ["ai"]


def test_discarded_paste_is_gone_and_loaded_ones_go_after_a_while(
    ada: Browsing, session: Session
) -> None:
    path = _paste(ada)
    other = _paste(ada)
    assert ada.post(f"{path}/discard").status_code == 303
    assert ada.get(path).status_code == 404
    assert ada.post(f"{other}/load", {"version": 1, "issued_on": "2026-11-25"}).status_code == 303
    paste = session.scalars(select(Paste)).one()
    assert paste.loaded_at is not None
    forget_loaded(session, paste.loaded_at + LOADED_KEPT)
    assert get_paste(session, paste.id) is paste
    forget_loaded(session, paste.loaded_at + LOADED_KEPT + timedelta(seconds=1))
    assert session.scalars(select(Paste.id)).all() == []


def test_text_of_too_many_lines_is_kept_and_can_be_mended(ada: Browsing, session: Session) -> None:
    path = _paste(ada, "A line\n" * (MAX_LINES + 2))
    assert "more than 50,000 lines" in text_of(ada.get(path))
    assert ada.post(f"{path}/text", {"version": 1, "text": TEXT}).status_code == 303
    assert "1 story understood" in text_of(ada.get(path))
    assert session.scalars(select(Paste.text)).one().startswith("Good morning")


def test_lines_are_numbered_as_they_are_read(ada: Browsing) -> None:
    path = _paste(ada, "One\x0bTwo\r\n\r\nThree")
    said = text_of(ada.get(path)).partition("Save and read it again")[2]
    assert "1 One" in said
    assert "2 Two" in said
    assert _mend(ada, path, "drop", 4, 4, 1) == 303
    assert "4 Three Dropped." in text_of(ada.get(path))


def test_name_of_a_file_is_kept_as_one_line(ada: Browsing, session: Session) -> None:
    long = "day" * 100 + "\x01.txt"
    answer = ada.post("/desk/issues/pastes", files={"file": (long, TEXT.encode())})
    assert answer.status_code == 303
    kept = session.scalars(select(Paste.name)).one()
    assert len(kept) == MAX_NAME
    assert kept.startswith("dayday")
