"""The doctor at the desk: asked of a worker, told as it found it, and a mail to the simulator."""

from datetime import timedelta

import pytest
from redis import Redis
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.actors import CLI
from app.container import Container
from app.db.session import Job
from app.delivery.account import pause_account
from app.doctor.findings import ok, warning, wrong
from app.doctor.kept import keep
from app.enums import DeliveryState, LetterKind
from app.models import Letter
from app.sentences import Sentence
from app.watch.alerts import Alert
from app.watch.notices import notice_of
from app.watch.rules import RULES
from tests.desk.browsing import Browsing, said_by
from tests.desk.conftest import Add, Clock, SignIn

HERE = "/desk/doctor"
BY_SCRIPT = {"HX-Request": "true"}
WRONG = wrong(
    "broker_policy",
    Sentence("When it is full, Valkey throws away by %(policy)s.", policy="allkeys-lru"),
    Sentence("Set maxmemory-policy to noeviction: tasks and the send epoch are in it."),
)
WELL = ok("database", Sentence("PostgreSQL answers."))
LITTLE = warning(
    "smtp_server",
    Sentence("Mail leaves by an SMTP server, which tells nothing of bounces."),
    Sentence("Read the mailbox of the sender's address, where bounces arrive."),
)


@pytest.fixture
def admin(add: Add, sign_in: SignIn) -> Browsing:
    return sign_in(add(Role.ADMIN))


@pytest.fixture
def valkey(container: Container) -> Redis:
    return Redis.from_url(container.settings.redis_url, socket_timeout=20)


def _ask(browsing: Browsing, jobs: list[Job]) -> tuple[str, int]:
    """Press the button; where it leads, and what the worker is asked with."""
    browsing.get(HERE)
    answer = browsing.post(HERE)
    assert answer.status_code == 303
    ((name, (asked,)),) = [job for job in jobs if job[0] == "examine"]
    assert name == "examine"
    assert isinstance(asked, int)
    return answer.headers["location"].removeprefix("http://127.0.0.1:8000"), asked


def test_before_a_worker_has_looked_nothing_is_said_to_be_well(admin: Browsing) -> None:
    assert "No worker has looked yet." in said_by(admin.get(HERE))


def test_a_worker_is_asked_and_what_it_found_is_told_the_worst_first(
    admin: Browsing, jobs: list[Job], valkey: Redis, clock: Clock
) -> None:
    onward, asked = _ask(admin, jobs)
    assert "A worker is looking" in said_by(admin.get(onward))
    waits = onward.replace("/desk/doctor", "/desk/doctor/waits")
    assert admin.get(waits).status_code == 200
    keep(valkey, [WELL, LITTLE, WRONG], clock(), asked)
    there = admin.get(waits, headers=BY_SCRIPT)
    assert there.status_code == 204
    assert HERE in there.headers["HX-Redirect"]
    said = said_by(admin.get(onward))
    assert "A worker is looking" not in said
    places = [said.index(one.sentence) for one in (WRONG, LITTLE, WELL)]
    assert places == sorted(places)
    assert str(WRONG.mend) in said


def test_what_was_found_is_said_in_german(admin: Browsing, valkey: Redis, clock: Clock) -> None:
    keep(valkey, [WRONG], clock(), 1)
    assert "wirft es nach allkeys-lru weg" in said_by(admin.get(f"{HERE}?lang=de"))


def test_where_no_worker_comes_it_is_said_after_two_minutes(
    admin: Browsing, jobs: list[Job], clock: Clock
) -> None:
    onward, _ = _ask(admin, jobs)
    clock.ahead = timedelta(minutes=3)
    waits = admin.get(onward.replace("/desk/doctor", "/desk/doctor/waits"), headers=BY_SCRIPT)
    assert waits.status_code == 204
    assert "No worker has looked within two minutes" in said_by(admin.get(onward))


def test_mails_to_the_simulator_are_waited_for_and_told(
    admin: Browsing, session: Session, clock: Clock
) -> None:
    admin.get(HERE)
    onward = admin.post(f"{HERE}/round-trip").headers["location"]
    onward = onward.removeprefix("http://127.0.0.1:8000")
    assert set(session.scalars(select(Letter.kind)).all()) == {LetterKind.PROBE}
    assert "are under way" in said_by(admin.get(onward))
    session.execute(update(Letter).values(state=DeliveryState.BOUNCED, event_at=clock()))
    session.commit()
    said = said_by(admin.get(onward))
    assert "its bounce was told" in said
    assert "are under way" in said, "of the others nothing is known yet"
    clock.ahead = timedelta(minutes=3)
    said = said_by(admin.get(onward))
    assert "no complaint was told" in said
    assert "are under way" not in said
    waits = onward.replace("doctor?", "doctor/waits?")
    assert admin.get(waits, headers=BY_SCRIPT).status_code == 204
    assert admin.get(waits).status_code == 303, "who opens that address is led on, too"


def test_while_sending_is_paused_no_mail_is_sent(
    admin: Browsing, session: Session, clock: Clock
) -> None:
    pause_account(session, CLI, "the domain is being moved", clock(), None)
    session.commit()
    admin.get(HERE)
    onward = admin.post(f"{HERE}/round-trip").headers["location"]
    assert "no mail was sent" in said_by(admin.get(onward))
    assert session.scalars(select(Letter)).all() == []


@pytest.mark.parametrize(
    "query",
    [
        "asked=0",
        "asked=x",
        "asked=9999999999999",
        "asked=-1",
        "asked=²",
        "probe=99999999999999999",
        "probe=1.x.²",
    ],
)
def test_what_stands_in_an_address_and_is_none_of_ours_is_waited_for_by_nobody(
    admin: Browsing, query: str
) -> None:
    for path in (HERE, f"{HERE}/waits"):
        answer = admin.get(f"{path}?{query}")
        assert answer.status_code in {200, 303}
    assert "are under way" not in said_by(admin.get(f"{HERE}?{query}"))


def test_what_is_told_at_the_moment_is_among_what_is_wrong(
    admin: Browsing, session: Session, clock: Clock
) -> None:
    rule = next(one for one in RULES if one.name == "DevouredAccountPaused")
    said = Sentence("Nobody is written to: the account is paused.")
    session.add(notice_of(Alert(rule, "held", said, clock()), clock() - rule.holds))
    session.commit()
    page = said_by(admin.get(HERE))
    assert "Nobody is written to: the account is paused." in page
    assert "Do what the alerts say of DevouredAccountPaused." in page
