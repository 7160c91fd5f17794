"""`devoured account` and `restored`."""

import pytest
from redis import Redis
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.delivery.epoch import known_epoch
from app.delivery.pace import Pace
from app.models import Account, Installation
from app.outside.valkey import ValkeyPlace
from app.transports.base import Quota, TransportError
from tests.cli.conftest import Devoured


def _make_older(session: Session, valkey_url: str) -> None:
    whose = known_epoch(session).installation
    session.execute(update(Installation).values(send_epoch=3))
    session.commit()
    with Redis.from_url(valkey_url) as valkey:
        ValkeyPlace(valkey).raise_epoch(whose, 9, durably=True)


def test_account_is_shown_paused_and_resumed(cli: Devoured, session: Session) -> None:
    assert cli("account").out == "The account sends.\n"
    paused = cli("account", "pause", "--because", "the domain is being moved")
    said = "The account is paused until you resume it: the domain is being moved\n"
    assert (paused.code, paused.out, cli("account").out) == (0, said, said)
    assert session.get_one(Account, 1).paused_because == "the domain is being moved"
    assert cli("account", "resume").out == "The account sends.\n"
    later = cli("account", "pause", "--until", "2199-01-01T00:00Z").out
    assert later == "The account is paused until 2199-01-01 00:00 UTC: paused by hand\n"


def test_account_says_a_large_rate_in_full(cli: Devoured, valkey_url: str) -> None:
    with Redis.from_url(valkey_url) as valkey:
        Pace(valkey, lambda: Quota(1e7, None), max_rate=0).take(1)
    assert "keep to 9,000,000 recipients a second." in cli("account").out


def test_account_says_what_permission_is_missing(cli: Devoured, valkey_url: str) -> None:
    def fetch() -> Quota:
        raise TransportError("The credentials lack the IAM action ses:GetAccount.", is_final=True)

    with Redis.from_url(valkey_url) as valkey:
        Pace(valkey, fetch, max_rate=10).take(1)
    assert cli("account").out == (
        "The account sends.\n"
        "The workers keep to 10 recipients a second.\n"
        "The provider's quota is not known: The credentials lack the IAM action ses:GetAccount."
        " Until it is, DEVOURED_MAX_RATE is the rate, or 1 a second where that is not set.\n"
    )


@pytest.mark.parametrize("until", ["2000-01-01T00:00Z", "2000-01-01T00:00", "tomorrow"])
def test_account_pause_exits_2_when_its_end_cannot_be(cli: Devoured, until: str) -> None:
    assert cli("account", "pause", "--until", until).code == 2
    assert cli("account").out == "The account sends.\n"


def test_restored_says_what_it_did_and_the_account_can_be_resumed_after_it(
    cli: Devoured, session: Session, valkey_url: str
) -> None:
    _make_older(session, valkey_url)
    assert "older than what it has sent" in cli("account").err
    assert cli("account", "resume").code == 1
    assert cli("restored", "--is-current").code == 1
    done = cli("restored")
    assert done.code == 0, done.err
    assert "Applied again: 0 left, 0 erased, 0 suppressed." in done.out
    assert "The account stays paused: devoured account resume" in done.out
    assert "There is no journal" in done.err
    assert "paused until you resume it" in cli("account").out
    assert cli("account", "resume").out == "The account sends.\n"


def test_restored_is_refused_where_nothing_is_wrong_and_says_how_to_do_it_all_the_same(
    cli: Devoured,
) -> None:
    refused = cli("restored")
    assert refused.code == 1
    assert "--anyway" in refused.err
    assert cli("restored", "--is-current", "--anyway").code == 2
    assert cli("restored", "--anyway").code == 0
