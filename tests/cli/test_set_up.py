import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.keys import all_keys, check_key
from app.db.migrate import head
from app.enums import IssueState, Scope, Tracking
from app.errors import Unauthorised
from app.models import Category, Publication
from tests.cli.conftest import Devoured
from tests.factories import make_category, make_issue, make_story


def test_keys_new_prints_the_secret_alone_on_stdout(
    cli: Devoured, session: Session, now: datetime
) -> None:
    ran = cli("keys", "new", "desk", "--scope", "read", "--scope", "edit")

    assert ran.code == 0
    secret = ran.out.strip()
    assert check_key(session, secret, [Scope.EDIT], now).name == "desk"
    assert secret not in ran.err


def test_keys_list_shows_no_secret(cli: Devoured) -> None:
    assert "no key yet" in cli("keys", "list").err
    secret = cli("keys", "new", "desk", "--scope", "admin").out.strip()
    listed = cli("keys", "list").out

    assert "desk" in listed
    assert secret[:9] in listed
    assert secret not in listed


def test_keys_revoke_makes_it_good_for_nothing(
    cli: Devoured, session: Session, now: datetime
) -> None:
    secret = cli("keys", "new", "desk", "--scope", "read").out.strip()

    assert cli("keys", "revoke", "1").code == 0
    with pytest.raises(Unauthorised):
        check_key(session, secret, [Scope.READ], now)
    assert cli("keys", "revoke", "2").code == 1


def test_keys_new_can_end_and_be_for_some_networks(cli: Devoured, session: Session) -> None:
    ran = cli(
        "keys", "new", "dashboard", "--scope", "read", "--expires", "90d",
        "--network", "203.0.113.0/24", "--network", "2001:db8::1",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    (key,) = all_keys(session)
    assert key.networks == ["203.0.113.0/24", "2001:db8::1/128"]
    assert key.expires_at is not None
    assert abs(key.expires_at - key.created_at - timedelta(days=90)) < timedelta(seconds=1)
    listed = cli("keys", "list").out
    assert "203.0.113.0/24, 2001:db8::1/128" in listed
    assert f"{key.expires_at:%Y-%m-%d %H:%M} UTC" in listed


@pytest.mark.parametrize(
    "options", [("--expires", "soon"), ("--expires", "2020-01-01T00:00Z"), ("--network", "here")]
)
def test_keys_new_exits_2_when_it_could_never_be_used(
    cli: Devoured, options: tuple[str, ...]
) -> None:
    ran = cli("keys", "new", "dashboard", "--scope", "read", *options)
    assert ran.code == 2
    assert len(ran.err.strip().splitlines()) == 1


def test_keys_new_exits_2_when_the_scope_is_none(cli: Devoured) -> None:
    assert cli("keys", "new", "desk", "--scope", "everything").code == 2
    assert cli("keys", "new", "desk").code == 2


def test_migrate_says_when_there_is_nothing_to_do(cli: Devoured) -> None:
    assert cli("migrate").out == f"The database is at {head()} already.\n"


def test_openapi_prints_the_document_without_settings(devoured: Devoured) -> None:
    ran = devoured("openapi")

    assert ran.code == 0
    assert "/v1/issues" in " ".join(json.loads(ran.out)["paths"])


def test_publication_set_changes_what_is_given_alone(cli: Devoured, session: Session) -> None:
    before = session.get_one(Publication, 1).tagline
    ran = cli(
        *("publication", "set", "--name", "The morning paper", "--send-time", "06:30"),
        *("--weekdays", "mon,Wed,fri", "--from-address", "Paper <paper@example.com>"),
    )

    assert ran.code == 0
    session.expire_all()
    row = session.get_one(Publication, 1)
    assert (row.name, row.tagline, row.weekdays) == ("The morning paper", before, [1, 3, 5])
    assert row.from_address == "Paper <paper@example.com>"
    assert "06:30" in cli("publication", "show").out


def test_publication_set_says_what_is_kept_of_clicks(cli: Devoured, session: Session) -> None:
    assert "Tracking" in cli("publication", "show").out
    assert cli("publication", "set", "--tracking", "per_reader", "--opens").code == 0
    row = session.get_one(Publication, 1)
    assert (row.tracking, row.tracks_opens) == (Tracking.PER_READER, True)
    assert "who clicks, and opens" in cli("publication", "show").out
    assert cli("publication", "set", "--tracking", "everything").code == 2


@pytest.mark.parametrize(
    "change",
    [
        ("--weekdays", "someday"),
        ("--time-zone", "Mars/Base"),
        ("--from-address", "nobody"),
        ("--from-address", "A <a@mail.org>, b@mail.org"),
        ("--sponsor-label", "Without a text"),
        ("--sponsor-url", "https://example.com"),
    ],
)
def test_publication_set_exits_2_and_changes_nothing_when_it_is_wrong(
    cli: Devoured, session: Session, change: tuple[str, str]
) -> None:
    ran = cli("publication", "set", "--name", "Another", *change)

    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert session.get_one(Publication, 1).name != "Another"


def test_publication_set_names_a_sponsor_and_takes_it_away(cli: Devoured, session: Session) -> None:
    about = (
        "--sponsor",
        "Servers.",
        "--sponsor-label",
        "Host",
        "--sponsor-url",
        "https://x.example",
    )
    assert cli("publication", "set", *about).code == 0
    row = session.get_one(Publication, 1)
    assert row.sponsor == {"text": "Servers.", "label": "Host", "url": "https://x.example"}
    assert "Servers." in cli("publication", "show").out
    assert cli("publication", "set", "--sponsor", "").code == 0
    session.expire_all()
    assert session.get_one(Publication, 1).sponsor == {"text": "", "label": "", "url": ""}


def test_categories_are_listed_in_their_order(cli: Devoured, session: Session) -> None:
    assert "no category yet" in cli("categories").err
    for slug in ("devops", "ai"):
        make_category(session, slug, created_at=datetime(2026, 11, 20, tzinfo=UTC))
    session.commit()
    shown = cli("categories").out

    assert shown.index("devops") < shown.index("ai ")


def test_category_is_added_opened_hidden_retired_and_renamed(
    cli: Devoured, session: Session
) -> None:
    assert "nobody can sign up yet" in cli("publication").out
    made = cli("categories", "add", "C++", "--hidden")
    assert (made.code, made.out.partition(":")[0]) == (0, "“C++” (c-plus-plus) is hidden")
    assert "opens one" in cli("publication").out
    for command, state in (("open", "open"), ("retire", "retired"), ("hide", "hidden")):
        ran = cli("categories", command, "c-plus-plus")
        assert (ran.code, ran.err) == (0, "")
        session.expire_all()
        assert session.scalars(select(Category)).one().state == state
    assert cli("categories", "rename", "c-plus-plus", "Modern C++").code == 0
    assert "Modern C++" in cli("categories", "list").out
    assert cli("categories", "add", "AI").out.startswith("“AI” (ai) is open: readers can")
    for wrong, said in (
        (("add", "A I"), "There is a category “AI” already"),
        (("add", "!"), "letter, a digit or a picture"),
        (("open", "none"), "There is no category “none”"),
        (("rename", "ai", "modern c++"), "There is a category “Modern C++” already"),
    ):
        ran = cli("categories", *wrong)
        assert ran.code != 0
        assert said in ran.err


def test_closing_a_category_says_which_issues_it_reaches(cli: Devoured, session: Session) -> None:
    issue = make_issue(session, state=IssueState.SCHEDULED)
    make_story(session, issue, make_category(session, "ai"))
    session.commit()
    said = f"Issue {issue.id} is scheduled and has stories of it: it is a draft again"
    assert cli("categories", "retire", "ai").err == f"{said} within seconds.\n"
    assert cli("categories", "retire", "ai").err == ""


def test_publication_alone_is_shown(cli: Devoured) -> None:
    alone = cli("publication")
    assert (alone.code, alone.out) == (0, cli("publication", "show").out)


def test_command_is_refused_under_another_pepper(
    cli: Devoured, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("publication").code == 0
    monkeypatch.setenv("DEVOURED_ADDRESS_PEPPER", "another one, by mistake")
    refused = cli("publication")
    assert refused.code == 2
    assert "DEVOURED_ADDRESS_PEPPER: it is another one" in refused.err
    assert "by mistake" not in refused.err
