"""The audit as a page: who, when, what, from what to what; by person, issue and reader; paged."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from app.access.keys import make_key
from app.access.rights import Role
from app.access.users import actor_of, remove_user
from app.actors import CLI, SYSTEM, Actor, ActorKind, Verb
from app.audit import fields_of, record, record_step
from app.db.session import Sessions, transaction
from app.enums import Scope
from app.models import Issue, User
from app.steps_in_words import VERBS
from tests.desk.browsing import Browsing, text_of
from tests.desk.conftest import Clock
from tests.factories import make_issue

Add = Callable[..., User]


@pytest.fixture
def grace(add: Add) -> User:
    return add(Role.ADMIN, name="Grace")


@pytest.fixture
def boss(grace: User, sign_in: Callable[[User], Browsing]) -> Browsing:
    return sign_in(grace)


def _change(sessions: Sessions, who: Actor, clock: Clock, subject: str) -> Issue:
    with transaction(sessions) as session:
        issue = make_issue(session)
        before = fields_of(issue)
        issue.subject = subject
        record(session, who, Verb.CHANGE_ISSUE, issue, clock(), before=before)
        return issue


def test_entry_says_who_when_what_from_what_to_what(
    boss: Browsing, grace: User, sessions: Sessions, clock: Clock
) -> None:
    clock.ahead = timedelta(minutes=5)
    issue = _change(sessions, actor_of(grace), clock, "A <better> subject")
    said = text_of(boss.get("/desk/audit"))
    assert "Mon 23 Nov 2026, 06:05" in said
    assert f"Grace changed an issue: issue {issue.id}" in said
    assert "subject was What happened on Monday is A <better> subject" in said
    assert "Grace signed in" in said


def test_entries_are_filtered_by_person_key_issue_and_reader(
    boss: Browsing, grace: User, sessions: Sessions, clock: Clock
) -> None:
    with transaction(sessions) as session:
        key, _ = make_key(session, CLI, "script", [Scope.EDIT], clock())
        session.flush()
        reader = Actor(ActorKind.READER, "", 4711)
        record_step(session, reader, Verb.ERASE_READER, "reader", clock(), target_id=4711)
        record_step(session, CLI, Verb.CHANGE_READER, "reader", clock(), target_id=4711)
        record_step(session, CLI, Verb.CHANGE_READER, "reader", clock(), target_id=4712)
        record_step(session, SYSTEM, Verb.PAUSE_ACCOUNT, "account", clock())
    mine = _change(sessions, actor_of(grace), clock, "By a person")
    _change(sessions, Actor(ActorKind.KEY, "script", key.id), clock, "By a key")
    for query, seen, unseen in (
        (f"who=person-{grace.id}", "By a person", "By a key"),
        (f"who=key-{key.id}", "By a key", "By a person"),
        ("who=cli", "made an API key", "signed in"),
        ("who=devoured", "paused all sending", "By a key"),
        (f"issue={mine.id}", "By a person", "By a key"),
        ("reader=4711", "erased a reader: reader 4711", "4712"),
        ("reader=4711", "changed a reader: reader 4711", "By a key"),
        ("issue=9999", "Nothing was changed like that.", "By a key"),
    ):
        said = text_of(boss.get(f"/desk/audit?{query}"))
        said = said.partition("Show")[2]  # behind the form, which names all people
        assert seen in said, query
        assert unseen not in said, query


def test_two_of_one_name_are_told_apart_also_once_one_is_gone(
    boss: Browsing, add: Add, sessions: Sessions, clock: Clock
) -> None:
    first = add(Role.EDITOR, name="Ada", address="ada@one.example")
    second = add(Role.EDITOR, name="ADA", address="ada@two.example")
    _change(sessions, actor_of(first), clock, "By the first")
    _change(sessions, actor_of(second), clock, "By the second")
    with transaction(sessions) as session:
        for _ in range(2):
            make_key(session, CLI, "script", [Scope.EDIT], clock())
    form, _, log = text_of(boss.get("/desk/audit")).partition("Show")
    for shown in (form, log):
        assert "Ada (ada@one.example)" in shown
        assert "ADA (ada@two.example)" in shown
        assert "Grace (" not in shown
    assert len(set(re.findall(r"Key script \(dv_\S{6}…\)", form))) == 2
    with transaction(sessions) as session:
        remove_user(session, CLI, second.id, clock())
    form, _, log = text_of(boss.get("/desk/audit")).partition("Show")
    assert f"ADA (#{second.id}) changed an issue" in log
    assert "Ada (ada@one.example) changed an issue" in log
    assert f"removed a person: #{second.id}" in log


def test_entries_are_paged(boss: Browsing, sessions: Sessions, clock: Clock) -> None:
    with transaction(sessions) as session:
        for number in range(120):
            record_step(
                session,
                CLI,
                Verb.PAUSE_ACCOUNT,
                "account",
                clock(),
                after={"because": f"n{number}"},
            )
    seen, path = 0, "/desk/audit?who=cli"
    while path:
        answer = boss.get(path)
        seen += answer.text.count("paused all sending")
        older = answer.text.partition('class="after" href="')[2].partition('"')[0]
        path = older.replace("&amp;", "&")
    assert seen == 120


@pytest.mark.parametrize("value", ["x", "-1", "9" * 5000, "²", "%00", "person-x", "1 OR 1=1"])
def test_what_no_form_sends_asks_for_everything(boss: Browsing, value: str) -> None:
    for name in ("who", "issue", "reader", "before"):
        answer = boss.get("/desk/audit", params={name: value})
        assert answer.status_code == 200
        assert "signed in" in answer.text


def test_every_verb_is_in_words() -> None:
    assert set(VERBS) == set(Verb)
