"""Categories at the desk: their order, looks, hours and state, and who follows them."""

import re
from collections.abc import Callable

import pytest
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.actors import CLI
from app.db.session import Sessions, transaction
from app.models import AuditEntry, Category, CategoryState, User
from app.publication.categories import all_categories, change_category, get_category
from app.publication.publication import get_publication
from tests.desk.browsing import Browsing, said_by, text_of
from tests.desk.conftest import Clock
from tests.desk.test_publication import form_of
from tests.factories import make_category, make_subscriber

HERE = "/desk/categories"


@pytest.fixture(autouse=True)
def three(session: Session) -> list[Category]:
    """Make three categories at odd places, and readers who follow one, two and none of them."""
    made = [
        make_category(session, slug, name=name)
        for slug, name in (("ai", "AI"), ("devops", "DevOps"), ("data", "Data"))
    ]
    for row, position in zip(made, (2, 2, 7), strict=True):
        row.position, row.template = position, ""
        row.accent, row.accent_dark = "#5B3FD6", "#B3A4FF"
    get_publication(session).weekdays = [1, 2]
    for follows in (made[0].mask, made[0].mask | made[1].mask):
        make_subscriber(session, follows=follows)
    make_subscriber(session, follows=made[0].mask, state="left")
    session.commit()
    return made


def _order(session: Session) -> list[tuple[str, int]]:
    session.rollback()
    session.expire_all()
    return [(row.slug, row.position) for row in all_categories(session)]


def _row(session: Session, slug: str = "ai") -> Category:
    session.rollback()
    session.expire_all()
    return get_category(session, slug)


def _names(answer: Response) -> list[str]:
    return re.findall(r'class="name"><a [^>]+>([^<]+)<', answer.text)


def test_list_has_order_name_looks_hours_and_state(
    editor: Browsing, session: Session, three: list[Category]
) -> None:
    three[1].weekdays, three[1].template = [5, 1], "default"
    three[2].state = CategoryState.RETIRED
    session.commit()
    answer = editor.get(HERE)
    assert _names(answer) == ["AI", "DevOps", "Data"]
    said = said_by(answer)
    assert "#5B3FD6 · #B3A4FF · usual template · goes out as the publication" in said
    assert re.search(r"template default · \d\d:\d\d Mon, Fri", said)
    assert "Data retired" in said
    assert 'fill="#5B3FD6"' in answer.text
    assert "Data stillgelegt" in said_by(editor.get(f"{HERE}?lang=de"))


def test_followers_are_counted_in_a_part_after_the_page(editor: Browsing) -> None:
    page = editor.get(HERE)
    assert f'data-hx-get="{HERE}?counted=part"' in page.text
    assert "2 readers" not in said_by(page)
    for address in (f"{HERE}?counted=part", f"{HERE}?counted=whole"):
        said = said_by(editor.get(address))
        assert re.search(r"AI .* 2 readers .* DevOps .* 1 reader .* Data .* 0 readers", said)
    assert "data-hx-get" not in editor.get(f"{HERE}?counted=part").text


def test_category_is_moved_by_buttons_and_all_are_numbered_anew(
    editor: Browsing, session: Session
) -> None:
    editor.get(HERE)
    assert editor.post(f"{HERE}/data/move", {"to": "up"}).status_code == 303
    assert _order(session) == [("ai", 1), ("data", 2), ("devops", 3)]
    editor.post(f"{HERE}/ai/move", {"to": "down"})
    assert _order(session) == [("data", 1), ("ai", 2), ("devops", 3)]
    for slug, to in (("data", "up"), ("devops", "down"), ("ai", "aside")):
        editor.post(f"{HERE}/{slug}/move", {"to": to})
    assert _order(session) == [("data", 1), ("ai", 2), ("devops", 3)]
    assert editor.post(f"{HERE}/nothing/move", {"to": "up"}).status_code == 404
    entries = session.scalars(select(AuditEntry).where(AuditEntry.verb == "change_category")).all()
    assert {(one.who, *one.after) for one in entries} == {("Ada", "position")}


def test_category_is_added_last_open_or_hidden(editor: Browsing, session: Session) -> None:
    editor.get(HERE)
    answer = editor.post(HERE, {"name": "Data & AI", "state": "hidden"})
    assert answer.headers["location"] == f"{HERE}/data-ai?done=category_added"
    assert "Added, last in order." in text_of(editor.get(answer.headers["location"]))
    assert _row(session, "data-ai").state is CategoryState.HIDDEN
    editor.post(HERE, {"name": "Rust", "state": "open"})
    assert _row(session, "rust").state is CategoryState.OPEN
    assert _order(session)[-1][0] == "rust"


@pytest.mark.parametrize(
    ("name", "status", "english", "german"),
    [
        ("", 422, "A name needs a letter, a digit or a picture.", "braucht einen Buchstaben"),
        ("x" * 101, 422, "characters long; at most", "ist 101 Zeichen lang"),
        (" a i ", 409, "There is a category “AI” already", "Eine Kategorie „AI“ gibt es schon ("),
    ],
)
def test_name_that_cannot_be_is_said_at_its_field(
    editor: Browsing, session: Session, name: str, status: int, english: str, german: str
) -> None:
    sent = form_of(editor.get(f"{HERE}/data")) | {"name": name}
    for language, sentence in (("en", english), ("de", german)):
        for path, data in ((HERE, {"name": name}), (f"{HERE}/data", sent)):
            answer = editor.post(f"{path}?lang={language}", data)
            assert answer.status_code == status
            at_field = answer.text.partition('id="name-wrong">')[2].partition("</p>")[0]
            assert sentence in at_field
    assert len(_order(session)) == 3


def test_form_that_is_sent_as_it_stands_changes_nothing(editor: Browsing, session: Session) -> None:
    sent = form_of(editor.get(f"{HERE}/ai"))
    sent["accent"] = ["#5b3fd6"]  # as browsers write it
    assert editor.post(f"{HERE}/ai", sent).status_code == 303
    assert _row(session).version == 1
    changed = select(AuditEntry.id).where(AuditEntry.verb == "change_category")
    assert session.scalars(changed).all() == []


def test_category_is_renamed_and_given_looks_and_hours(editor: Browsing, session: Session) -> None:
    typed = {
        "name": "Machines",
        "template": "default",
        "accent": "#112233",
        "send_time": "06:15",
        "weekdays": ["own", "6"],
        "subject_template": "{first}",
    }
    assert editor.post(f"{HERE}/ai", form_of(editor.get(f"{HERE}/ai")) | typed).status_code == 303
    row = _row(session)
    assert (row.name, row.slug, row.template, row.accent) == (
        "Machines", "ai", "default", "#112233",
    )  # fmt: skip
    assert (f"{row.send_time:%H:%M}", row.weekdays) == ("06:15", [6])
    assert (row.subject_template, row.version) == ("{first}", 2)
    none = form_of(editor.get(f"{HERE}/ai")) | {"send_time": "", "weekdays": []}
    editor.post(f"{HERE}/ai", none)
    assert (_row(session).send_time, _row(session).weekdays) == (None, None)
    editor.post(f"{HERE}/ai", none | {"version": "3", "weekdays": ["own"]})
    assert _row(session).weekdays == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"template": "none-such"}, "Template is not there."),
        ({"accent": "red"}, "is no colour"),
        ({"accent": "#999999"}, "#999999 on the light card has a contrast of 2.8 to 1"),
        ({"accent_dark": "#5b3fd6"}, "#5b3fd6 on the dark card has a contrast of 2.4 to 1"),
        ({"send_time": "7 o'clock"}, "Empty: as the publication."),
        ({"subject_template": "{who}"}, "“{who}” is no placeholder"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_stored(
    editor: Browsing, session: Session, typed: dict[str, str], sentence: str
) -> None:
    sent = form_of(editor.get(f"{HERE}/ai")) | typed | {"name": "Also changed"}
    answer = editor.post(f"{HERE}/ai", sent)
    assert answer.status_code == 422
    name = next(iter(typed))
    at_field = answer.text.partition(f'id="{name}-wrong">')[2].partition("</p>")[0]
    assert sentence in at_field
    assert (_row(session).name, _row(session).version) == ("AI", 1)


def test_who_saves_what_another_changed_is_told_what_and_by_whom(
    editor: Browsing, session: Session, sessions: Sessions, clock: Clock
) -> None:
    sent = form_of(editor.get(f"{HERE}/ai")) | {"accent": "#000000"}
    with transaction(sessions) as other:
        changes = {"name": "Theirs", "position": 3}
        change_category(other, CLI, get_category(other, "ai"), changes, clock())
    answer = editor.post(f"{HERE}/ai", sent)
    assert answer.status_code == 412
    said = text_of(answer)
    assert "Command line changed this after you opened it: Name and its place." in said
    assert "It is by now: Theirs" in said
    state = {"state": "hidden", "version": "1"}
    assert editor.post(f"{HERE}/ai/state", state).status_code == 412
    row = _row(session)
    assert (row.accent, row.state) == ("#5B3FD6", CategoryState.OPEN)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("open", "hidden", "is nowhere to be seen in public"),
        ("open", "retired", "what came out in it stays to be read"),
        ("hidden", "open", "Readers can choose it from now on"),
        ("retired", "open", "Readers can choose it from now on"),
        ("hidden", "retired", "Nobody new can choose it"),
    ],
)
def test_each_step_says_what_it_means_for_how_many_readers_before_it_is_taken(
    editor: Browsing, session: Session, three: list[Category], before: str, after: str, words: str
) -> None:
    three[0].state = CategoryState(before)
    session.commit()
    answer = editor.get(f"{HERE}/ai?counted=whole")
    assert "2 readers follow it." in said_by(answer)
    step = answer.text.partition(f'id="step-{after}"')[2].partition("</details>")[0]
    assert words in step
    assert "The 2 readers who follow it" in step
    assert f'id="step-{before}"' not in answer.text
    taken = editor.post(f"{HERE}/ai/state", {"state": after, "version": "1"})
    assert taken.headers["location"] == f"{HERE}/ai?done=category_{after}"
    assert 'role="status"' in editor.get(taken.headers["location"]).text
    assert _row(session).state == after


def test_steps_are_there_before_and_without_the_count(editor: Browsing) -> None:
    page = editor.get(f"{HERE}/ai")
    assert f'data-hx-get="{HERE}/ai?counted=part"' in page.text
    assert "Who follows it keeps that." in said_by(page)
    part = editor.get(f"{HERE}/ai?counted=part")
    assert "<html" not in part.text
    assert "2 Leser folgen ihr." in said_by(editor.get(f"{HERE}/ai?counted=part&lang=de"))
    assert "Nobody follows it." in said_by(editor.get(f"{HERE}/data?counted=part"))


def test_unknown_state_changes_nothing(editor: Browsing, session: Session) -> None:
    editor.get(HERE)
    editor.post(f"{HERE}/ai/state", {"state": "gone", "version": "1"})
    assert _row(session).state is CategoryState.OPEN


def test_page_without_a_category_says_how_to_begin(
    editor: Browsing, session: Session, three: list[Category]
) -> None:
    for row in three:
        session.delete(row)
    session.commit()
    assert "There is no category yet" in text_of(editor.get(HERE))


def test_only_who_may_edit_comes_to_it(
    add: Callable[..., User], sign_in: Callable[[User], Browsing]
) -> None:
    assert sign_in(add(Role.SENDER, name="Sue")).get(HERE).status_code == 403
