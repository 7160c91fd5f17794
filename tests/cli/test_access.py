"""`devoured keys` and `devoured audit`."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.access.keys import all_keys, check_key
from app.enums import Scope
from app.errors import Unauthorised
from app.models import Issue
from tests.cli.conftest import Devoured
from tests.factories import make_category, make_issue, make_story


@pytest.fixture
def issue(session: Session) -> Issue:
    """Make a draft with three stories, number 1 to 3."""
    made = make_issue(session)
    ai = make_category(session)
    make_category(session, "devops")
    for _ in range(3):
        make_story(session, made, ai)
    session.commit()
    return made


def test_audit_says_who_did_what(cli: Devoured, session: Session, issue: Issue) -> None:
    assert cli("audit").err == "Nothing was changed.\n"
    cli("stories", "move", "1", "2", "--category", "devops")
    cli("cancel", "1")
    told = cli("audit", "--issue", "1").out
    assert [word in told for word in ("cli", "cancel", "move_stories", "story 2", "→")] == [
        True
    ] * 5
    assert 'state: "draft" → "cancelled"' in told
    assert "move_stories" not in cli("audit", "--verb", "cancel").out
    assert cli("audit", "--who", "nobody").err == "Nothing was changed.\n"
    assert cli("audit", "--since", "now").out == ""
    assert cli("audit", "--since", "yesterday").code == 2


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
