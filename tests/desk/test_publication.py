"""The publication at the desk: every field that the API takes, with its bounds and its version."""

from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.actors import CLI
from app.api.publication import PublicationChanges
from app.db.session import Sessions, transaction
from app.desk.publication import SETTINGS
from app.models import AuditEntry, Publication, User
from app.publication.publication import get_publication, set_publication
from tests.desk.browsing import Browsing, text_of
from tests.desk.conftest import Clock

HERE = "/desk/publication"


class Form(HTMLParser):
    """What a browser sends of the form that a page shows."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        is_box = given.get("type") in {"checkbox", "radio"}
        if tag == "input" and (not is_box or "checked" in given):
            self.fields.setdefault(given["name"], []).append(given.get("value", ""))
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and "selected" in given:
            self.fields[self._select] = [given["value"]]
        elif tag == "textarea":
            self._area = given["name"]
            self.fields[self._area] = [""]

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] = [self.fields[self._area][0] + data.removeprefix("\n")]

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""


def form_of(answer: Response) -> dict[str, Any]:
    form = Form()
    form.feed(answer.text.partition('class="settings"')[2].partition("</form>")[0])
    return dict(form.fields)


@pytest.fixture
def boss(add: Callable[..., User], sign_in: Callable[[User], Browsing]) -> Browsing:
    return sign_in(add(Role.ADMIN, name="Grace"))


@pytest.fixture(autouse=True)
def _sender(session: Session) -> None:
    row = get_publication(session)
    row.from_address, row.reply_to = "Devoured <digest@digest.dev>", ""
    row.bounce_limit, row.complaint_limit, row.late_seconds = 0.05, 0.003, 14_400
    row.sponsor = {"text": "Servers.", "label": "Hosting", "url": "https://host.example/"}
    row.weekdays, row.time_zone = [1, 2, 3], "Europe/Vienna"
    session.commit()


def _row(session: Session) -> Publication:
    session.rollback()
    session.expire_all()
    return get_publication(session)


def _entries(session: Session) -> list[AuditEntry]:
    wanted = AuditEntry.verb == "change_publication"
    return list(session.scalars(select(AuditEntry).where(wanted).order_by(AuditEntry.id)))


def _set(sessions: Sessions, clock: Clock, **changes: object) -> None:
    with transaction(sessions) as session:
        set_publication(session, CLI, changes, clock(), allow_reserved=True)


def test_form_has_every_field_that_the_api_takes() -> None:
    fields = {one.name.partition("/")[0] for one in SETTINGS}
    assert fields | {"unwanted_warnings"} == set(PublicationChanges.model_fields)


def test_form_that_is_sent_as_it_stands_changes_nothing(boss: Browsing, session: Session) -> None:
    answer = boss.post(HERE, form_of(boss.get(HERE)))
    assert answer.headers["location"] == f"{HERE}?done=saved"
    assert _row(session).version == 1
    assert _entries(session) == []


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ({"name": " The paper "}, {"name": "The paper"}),
        ({"from_address": "News <news@digest.dev>"}, {"from_address": "News <news@digest.dev>"}),
        ({"postal_address": "1 Lane\r\nVienna"}, {"postal_address": "1 Lane\nVienna"}),
        ({"time_zone": "Asia/Tokyo"}, {"time_zone": "Asia/Tokyo"}),
        ({"weekdays": ["7", "6"]}, {"weekdays": [6, 7]}),
        ({"late_seconds": "90"}, {"late_seconds": 5400}),
        ({"bounce_limit": "2,5"}, {"bounce_limit": 0.025}),
        ({"soft_bounce_limit": "7"}, {"soft_bounce_limit": 7}),
        ({"tracking": "per_reader"}, {"tracking": "per_reader"}),
        ({"tracks_opens": "1", "sends_welcome": "1"}, {"tracks_opens": True}),
        ({"archive_is_open": []}, {"archive_is_open": False}),
        ({"shows_articles": []}, {"shows_articles": False}),
        ({"shows_all_points": "1"}, {"shows_all_points": True}),
        ({"language": "de-AT"}, {"language": "de-AT"}),
        ({"subject_template": "{first}"}, {"subject_template": "{first}"}),
        (
            {"sponsor/label": "Others"},
            {"sponsor": {"text": "Servers.", "label": "Others", "url": "https://host.example/"}},
        ),
        ({"sponsor/text": "", "sponsor/label": "", "sponsor/url": ""}, {"sponsor": None}),
    ],
)
def test_what_is_typed_is_stored_by_the_person_who_typed_it(
    boss: Browsing, session: Session, typed: dict[str, Any], stored: dict[str, Any]
) -> None:
    assert boss.post(HERE, form_of(boss.get(HERE)) | typed).status_code == 303
    row = _row(session)
    assert {name: getattr(row, name) for name in stored} == stored
    assert row.version == 2
    (entry,) = _entries(session)
    assert (entry.who, entry.version) == ("Grace", 2)
    assert boss.get(HERE).status_code == 200


def test_since_when_clicks_are_kept_goes_by_the_choice_that_is_saved(
    boss: Browsing, session: Session, clock: Clock
) -> None:
    """And by that alone: to save something else neither ends nor begins it."""
    boss.post(HERE, form_of(boss.get(HERE)) | {"tracking": "per_reader"})
    begun = clock()
    assert _row(session).clicks_kept_since == begun
    clock.ahead += timedelta(hours=1)
    boss.post(HERE, form_of(boss.get(HERE)) | {"tagline": "New"})
    assert _row(session).clicks_kept_since == begun
    boss.post(HERE, form_of(boss.get(HERE)) | {"tracking": "counts"})
    assert _row(session).clicks_kept_since is None


def test_hour_is_read_on_the_clocks_of_the_publication(boss: Browsing, session: Session) -> None:
    boss.post(HERE, form_of(boss.get(HERE)) | {"send_time": "06:30"})
    assert f"{_row(session).send_time:%H:%M}" == "06:30"


@pytest.mark.parametrize(
    ("typed", "english", "german"),
    [
        ({"name": ""}, "Name is needed.", "Name ist nötig."),
        ({"name": "x" * 61}, "at most 60", "höchstens 60."),
        ({"from_address": "nobody"}, "@", "@"),
        ({"from_address": "a@a.dev, b@b.dev"}, "Give one address alone", "nur eine Adresse"),
        ({"language": "Deutsch"}, "is no language", "de-AT."),
        ({"send_time": "25:00"}, "A time of day, as 07:00.", "Eine Uhrzeit, wie 07:00."),
        ({"late_seconds": "x"}, "From 0 to 10,080.", "Von 0 bis 10.080."),
        ({"late_seconds": "10081"}, "From 0 to 10,080.", "Von 0 bis 10.080."),
        ({"bounce_limit": "101"}, "A number from 0 to 100.", "Eine Zahl von 0 bis 100."),
        ({"complaint_limit": "nan"}, "A number from 0 to 100.", "Eine Zahl von 0 bis 100."),
        ({"soft_bounce_days": "0"}, "from 1 to 365", "von 1 bis 365"),
        ({"brake_after": "1e3"}, "A whole number from", "Eine ganze Zahl von"),
        ({"subject_template": "{who}"}, "“{who}” is no placeholder", "Text und Platzhalter"),
        (
            {"sponsor/url": "ftp://x"},
            "must be an http or https address",
            "muss eine Adresse mit http",
        ),
        ({"sponsor/text": ""}, "Sponsor’s text is needed.", "Text des Sponsors ist nötig."),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_nothing_is_stored(
    boss: Browsing, session: Session, typed: dict[str, Any], english: str, german: str
) -> None:
    sent = form_of(boss.get(HERE)) | {"tagline": "Also changed"} | typed
    name = next(iter(typed)).replace("/", "-")
    for language, sentence in (("en", english), ("de", german)):
        answer = boss.post(f"{HERE}?lang={language}", sent)
        assert answer.status_code == 422
        at_field = answer.text.partition(f'id="{name}-wrong">')[2].partition("</p>")[0]
        assert sentence in at_field
        assert "Also changed" in answer.text
    assert _row(session).version == 1
    assert _row(session).tagline != "Also changed"


def test_day_or_zone_that_there_is_none_of_is_refused(boss: Browsing, session: Session) -> None:
    sent = form_of(boss.get(HERE))
    for typed in ({"weekdays": ["8"]}, {"weekdays": ["x"]}, {"time_zone": "Mars/Olympus"}):
        assert boss.post(HERE, sent | typed).status_code == 422
    assert _row(session).version == 1


def test_who_saves_what_another_changed_is_told_what_and_by_whom(
    boss: Browsing, session: Session, sessions: Sessions, clock: Clock
) -> None:
    sent = form_of(boss.get(HERE)) | {"tagline": "Mine"}
    _set(sessions, clock, name="Theirs", weekdays=[1, 7], reply_to="a@digest.dev")
    answer = boss.post(HERE, sent)
    assert answer.status_code == 412
    said = text_of(answer)
    assert "Command line changed this after you opened it: an address, Name and On these" in said
    assert "It is by now: Theirs" in said
    assert "It is by now: Monday, Sunday" in said
    assert _row(session).tagline != "Mine"
    # What was typed stays, and saved again it counts.
    again = form_of(answer)
    assert again["tagline"] == ["Mine"]
    assert boss.post(HERE, again).status_code == 303
    assert (_row(session).tagline, _row(session).version) == ("Mine", 3)


def test_form_without_a_version_changes_nothing(boss: Browsing, session: Session) -> None:
    sent = form_of(boss.get(HERE)) | {"name": "New"}
    for version in ("", "x", "7"):
        assert boss.post(HERE, sent | {"version": version}).status_code == 412
    assert _row(session).name != "New"


def test_page_is_said_in_german(boss: Browsing) -> None:
    said = text_of(boss.get(f"{HERE}?lang=de"))
    for words in ("Wer sendet", "Montag", "Zeitzone", "Absender", "Sponsor", "Speichern"):
        assert words in said


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.SENDER])
def test_only_admins_come_to_it(
    add: Callable[..., User], sign_in: Callable[[User], Browsing], role: Role
) -> None:
    assert sign_in(add(role)).get(HERE).status_code == 403
