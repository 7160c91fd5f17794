"""`devoured restored`: what it says, and when it refuses."""

from redis import Redis
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.delivery.epoch import known_epoch
from app.models import Installation
from app.outside.valkey import ValkeyPlace
from tests.cli.conftest import Devoured


def _make_older(session: Session, valkey_url: str) -> None:
    whose = known_epoch(session).installation
    session.execute(update(Installation).values(send_epoch=3))
    session.commit()
    with Redis.from_url(valkey_url) as valkey:
        ValkeyPlace(valkey).raise_epoch(whose, 9, durably=True)


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
