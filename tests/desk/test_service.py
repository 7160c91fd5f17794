"""The service at the desk: its pause, what the account allows, events, what fails, what is set."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr
from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.actors import SYSTEM, Verb
from app.container import Container
from app.db.session import Job
from app.delivery.account import account_pause, pause_account
from app.delivery.alone import note_setback
from app.delivery.pace import Pace
from app.delivery.reach import note_unreached
from app.delivery.reputation import keep_days, keep_requirements
from app.desk.service import facts_of
from app.enums import DeliveryState, EventState, IssueState
from app.models import AcceptedBy, Account, AuditEntry, Category, Event, User
from app.settings import Settings
from app.transports.base import Quota, Refused, TransportError
from tests.desk.browsing import Browsing, figures, said_by
from tests.factories import make_issue, make_subscriber
from tests.ledger import write_down

HERE = "/desk/service"
HOUR = timedelta(hours=1)


def _whole(browsing: Browsing, language: str = "en") -> str:
    return said_by(browsing.get(f"{HERE}?whole=1&lang={language}"))


def test_sender_pauses_all_by_one_press_and_lets_it_go_on(
    sender: Browsing, session: Session, ai: Category, jobs: list[Job], now: datetime
) -> None:
    assert "Mail is sent. Nothing pauses it." in said_by(sender.get(HERE))
    assert sender.post(f"{HERE}/pause").status_code == 303
    paused = account_pause(session, now)
    assert paused is not None
    assert (paused.because, paused.until) == ("paused at the desk", None)
    said = said_by(sender.get(f"{HERE}?done=paused"))
    assert "Why: paused at the desk. It stays so until somebody lets it go on." in said
    assert sender.post(f"{HERE}/resume").status_code == 303
    session.expire_all()
    assert account_pause(session, now) is None
    assert "look_for_work" in [name for name, _ in jobs]
    entries = session.scalars(
        select(AuditEntry.who).where(AuditEntry.verb.in_([Verb.PAUSE_ACCOUNT, Verb.RESUME_ACCOUNT]))
    )
    assert entries.all() == ["Sue", "Sue"]


def test_pause_has_a_reason_and_an_end(sender: Browsing, session: Session, now: datetime) -> None:
    given = {"because": " the domain is being moved ", "hours": "4"}
    assert sender.post(f"{HERE}/pause", given).status_code == 303
    paused = account_pause(session, now)
    assert paused is not None
    assert paused.because == "the domain is being moved"
    assert paused.until == now + 4 * HOUR
    assert "in 4 hours" in said_by(sender.get(HERE))


def test_reason_that_is_none_is_told_at_its_field_and_pauses_nothing(
    sender: Browsing, session: Session, now: datetime
) -> None:
    answer = sender.post(f"{HERE}/pause", {"because": "b" * 201})
    assert answer.status_code == 422
    assert 'id="because-wrong"' in answer.text
    assert account_pause(session, now) is None


def test_used_up_day_says_when_it_ends(editor: Browsing, session: Session, now: datetime) -> None:
    session.get_one(Account, 1).quota_until = now + HOUR
    session.commit()
    assert "Sending goes on by itself at " in said_by(editor.get(HERE))


def test_who_may_not_send_is_told_who_can(
    editor: Browsing, sender: Browsing, session: Session, now: datetime
) -> None:
    answer = editor.get(HERE)
    assert "Sue can pause it." in said_by(answer)
    assert f"{HERE}/pause" not in answer.text
    pause_account(session, SYSTEM, "MailFromDomainNotVerified", now)
    session.commit()
    answer = editor.get(HERE)
    assert "Why: MailFromDomainNotVerified." in said_by(answer)
    assert "Sue can let it go on." in said_by(answer)
    assert editor.post(f"{HERE}/resume").status_code == 403


def test_account_allows_what_a_worker_was_told(editor: Browsing, valkey_url: str) -> None:
    assert "The pace and the quota are not known" in said_by(editor.get(HERE))
    with Redis.from_url(valkey_url) as valkey:
        Pace(valkey, lambda: Quota(14.0, 48_800, 50_000)).has_room()
    shown = figures(editor.get(HERE))
    assert "12.6 readers a second" in shown
    assert "48,800 left of 24 hours" in shown
    assert "1,200 used within 24 hours" in shown
    assert "50,000 allowed within 24 hours" in shown


def test_quota_that_is_not_known_says_why(editor: Browsing, valkey_url: str) -> None:
    def fetch() -> Quota:
        raise TransportError("The credentials lack ses:GetAccount.", is_final=True)

    with Redis.from_url(valkey_url) as valkey:
        Pace(valkey, fetch, max_rate=10).take(1)
    assert "The credentials lack ses:GetAccount." in said_by(editor.get(HERE))


def test_events_are_whole_until_the_first_that_is_missing(
    editor: Browsing, session: Session, ai: Category, now: datetime
) -> None:
    assert "No mail was accepted within the last hour" in _whole(editor)
    issue = make_issue(session, state=IssueState.SENDING, launched_at=now - HOUR)
    at = now - timedelta(minutes=9)
    write_down(
        session, issue, DeliveryState.DELIVERED, at, accepted_by=AcceptedBy.ANSWER, event_at=at
    )
    session.commit()
    assert "The one mail that was accepted within the last hour was heard of." in _whole(editor)
    write_down(session, issue, DeliveryState.ACCEPTED, at, accepted_by=AcceptedBy.ANSWER)
    session.commit()
    said = _whole(editor)
    assert "9 mins ago. Of 2 mails that were accepted within the last hour 1 were heard of." in said
    in_german = _whole(editor, "de")
    assert "9 Min.)." in in_german  # which ends with a full stop of its own
    assert ".." not in in_german


def test_events_are_a_part_that_the_page_asks_for(editor: Browsing) -> None:
    page = editor.get(HERE)
    assert f'data-hx-get="{HERE}/events"' in page.text
    assert "within the last hour" not in said_by(page).partition("Events")[2]
    assert "No event has come yet." in said_by(editor.get(f"{HERE}/events"))


def test_events_that_could_not_be_read_are_read_again_by_an_admin(
    editor: Browsing,
    add: Callable[..., User],
    sign_in: Callable[[User], Browsing],
    session: Session,
    now: datetime,
) -> None:
    session.add(
        Event(
            unique_id="x",
            received_at=now,
            state=EventState.UNREADABLE,
            error="not_json",
            body="{",
        )
    )
    session.commit()
    assert "1 event within 30 days could not be read." in _whole(editor)
    assert "Read them again" not in _whole(editor)
    admin = sign_in(add(Role.ADMIN, name="Grace"))
    assert "Read them again" in _whole(admin)
    assert admin.post(f"{HERE}/events/read-again").status_code == 303
    session.expire_all()
    assert session.scalars(select(Event.state)).one() is EventState.NEW


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "The provider cannot be reached since 2026-11-23 06:00 UTC. Readers who wait: 0;"),
        ("de", "Der Anbieter ist seit 2026-11-23 06:00 UTC nicht zu erreichen."),
    ],
)
def test_outage_of_the_provider_is_said_with_what_becomes_of_those_who_wait(
    sender: Browsing, session: Session, now: datetime, language: str, words: str
) -> None:
    assert words not in said_by(sender.get(f"{HERE}?lang={language}"))
    note_unreached(session, Refused("unreached", "EndpointConnectionError"), now)
    session.commit()
    assert words in said_by(sender.get(f"{HERE}?lang={language}"))


def test_what_fails_is_named_with_how_often(
    editor: Browsing, session: Session, now: datetime
) -> None:
    assert "Nothing: the service does all of its own work." in said_by(editor.get(HERE))
    for at in (now - HOUR, now - timedelta(minutes=5)):
        note_setback(session, "tidy: events", "ForeignKeyViolation: <b>", at)
    session.commit()
    said = said_by(editor.get(HERE))
    assert "tidy: events ForeignKeyViolation: <b> 2 times, first 1 hr ago, last 5 mins ago" in said


def test_what_is_set_is_said_without_a_secret(editor: Browsing, settings: Settings) -> None:
    said = said_by(editor.get(HERE))
    assert "Four eyes No DEVOURED_FOUR_EYES" in said
    assert "30 % more or fewer readers than at the approval pause a launch" in said
    for secret in (settings.address_pepper, *settings.secret_keys, settings.smtp_url):
        assert secret.get_secret_value() not in said
    assert settings.database_url not in said


@pytest.mark.parametrize("transport", ["ses", "smtp"])
def test_facts_are_those_of_the_transport(settings: Settings, transport: str) -> None:
    given = {
        "transport": transport,
        "smtp_url": SecretStr("smtp://ada:word@mail.example"),
        "max_rate": 10.0,
        "four_eyes": True,
        "audience_drift_percent": 0,
    }
    facts = {setting: value for _, value, setting in facts_of(settings.model_copy(update=given))}
    assert facts["DEVOURED_MAX_RATE"] == "10 a second"
    assert facts["DEVOURED_FOUR_EYES"].startswith("Yes: ")
    assert facts["DEVOURED_AUDIENCE_DRIFT_PERCENT"] == "pauses no launch"
    assert ("DEVOURED_SES_CONFIGURATION_SET" in facts) == (transport == "ses")
    assert "word" not in str(facts)


def test_page_in_german(editor: Browsing, container: Container) -> None:
    said = _whole(editor, "de")
    assert "Was das Konto erlaubt" in said
    assert "Vier Augen" in said


def test_sender_warms_the_domain_up_and_ends_it(
    sender: Browsing, session: Session, now: datetime
) -> None:
    for _ in range(9):
        make_subscriber(session)
    session.commit()
    wrong = sender.post(f"{HERE}/warm-up/start", {"first": "many"})
    assert wrong.status_code == 422
    assert "First must be 1 to 1,000,000." in said_by(wrong)
    assert sender.post(f"{HERE}/warm-up/start", {"first": "20"}).status_code == 409
    asked = {"first": "3", "days": "4"}
    assert sender.post(f"{HERE}/warm-up/start", asked).status_code == 303
    said = said_by(sender.get(f"{HERE}?done=warming"))
    assert "Day 1 of 4." in said
    assert "Begun by Sue." in said
    assert sender.post(f"{HERE}/warm-up/stop").status_code == 303
    assert "None: every issue goes to all of its readers." in said_by(sender.get(HERE))
    assert sender.post(f"{HERE}/warm-up/stop").status_code == 409


def test_what_providers_say_stands_there_once_one_has_told(
    sender: Browsing, session: Session, ai: Category, now: datetime
) -> None:
    assert "What providers say of you" not in said_by(sender.get(HERE))
    row = {"provider": "Gmail", "domain": "example.org", "day": now.date(), "spam_rate": 0.0012}
    keep_days(session, [row], now)
    met = {"one_click_unsubscribe": False, "spf": True, "quiet_nights": False}
    keep_requirements(session, "Gmail", "example.org", met, now)
    session.commit()
    said = said_by(sender.get(HERE)).replace("\xa0", " ")
    assert "It finds not done: leaving with one click, quiet_nights" in said
    assert "0.12 % called spam on" in said
