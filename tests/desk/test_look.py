"""The look at the desk: a form of every field, a mail that shows what is typed, the contrasts."""

from collections.abc import Callable
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.actors import CLI
from app.db.session import Sessions, transaction
from app.desk.look_fields import SETTINGS, typed_look, written_look
from app.look import OURS, STACKS, Font, Light, Look
from app.models import Category, User
from app.publication.looks import change_look
from app.publication.publication import get_publication, look_of
from tests.desk.browsing import Browsing, said_by
from tests.desk.test_publication import form_of

HERE = "/desk/look"


@pytest.fixture
def boss(add: Callable[..., User], sign_in: Callable[[User], Browsing]) -> Browsing:
    return sign_in(add(Role.ADMIN, name="Grace"))


def _stored(session: Session) -> Look:
    session.rollback()
    session.expire_all()
    return look_of(get_publication(session))


def test_form_has_every_field_of_the_look() -> None:
    assert {one.name.partition("/")[0] for one in SETTINGS} == set(Look.model_fields)
    for scheme in ("light", "dark"):
        names = {one.name.rpartition("/")[2] for one in SETTINGS if one.name.startswith(scheme)}
        assert names == set(Light.model_fields)
    (fonts,) = {one.options for one in SETTINGS if one.name in {"title_font", "text_font"}}
    assert {value for value, _ in fonts} == set(STACKS)


def test_look_is_the_same_when_it_is_written_and_read() -> None:
    own = Look(title_families="Mine", text_font=Font.MONO, light=Light(text="#000000"), width=600)
    assert typed_look(written_look(own)) == own
    assert typed_look({}) == OURS


def test_form_that_is_sent_as_it_stands_changes_nothing(boss: Browsing, session: Session) -> None:
    answer = boss.post(HERE, form_of(boss.get(HERE)))
    assert answer.headers["location"] == f"{HERE}?done=saved"
    assert get_publication(session).version == 1


def test_what_is_typed_is_stored_and_taken_back(boss: Browsing, session: Session) -> None:
    # Browsers write colours in lower case.
    typed = {"light/accent": "#1f5fa8", "dark/accent": "#8ab8f0", "radius": "0", "width": "600"}
    assert boss.post(HERE, form_of(boss.get(HERE)) | typed).status_code == 303
    assert _stored(session).model_dump(exclude_defaults=True) == {
        "light": {"accent": "#1F5FA8"},
        "dark": {"accent": "#8AB8F0"},
        "radius": 0,
        "width": 600,
    }
    assert boss.post(HERE, form_of(boss.get(HERE)) | {"ours": "1"}).status_code == 303
    assert _stored(session) == OURS


@pytest.mark.parametrize(
    ("typed", "english", "german"),
    [
        (
            {"light/muted": "#8F8A82"},
            "Muted text on the light page: #8F8A82 on #F6F3EE has a contrast of 3 to 1;",
            "Gedämpfter Text auf der hellen Seite: #8F8A82 auf #F6F3EE hat einen Kontrast von 3",
        ),
        ({"radius": "99"}, "Pixels, a whole number from 0 to 24.", "Pixel, eine ganze Zahl von 0"),
        ({"radius": ""}, "Pixels, a whole number from 0 to 24.", "Pixel, eine ganze Zahl von 0"),
        ({"logo": "http://x.dev/a.png"}, "An https address of yours", "Eine https-Adresse"),
        ({"title_families": "x;y"}, "Names of fonts, divided by commas", "Namen von Schriften"),
    ],
)
def test_what_does_not_fit_is_told_at_its_field_and_nothing_is_stored(
    boss: Browsing, session: Session, typed: dict[str, Any], english: str, german: str
) -> None:
    form = form_of(boss.get(HERE)) | typed
    for language, sentence in (("en", english), ("de", german)):
        answer = boss.post(f"{HERE}?lang={language}", form)
        assert answer.status_code == 422
        (name,) = typed
        at = name.replace("/", "-")
        told = unescape(answer.text).partition(f'id="{at}-wrong">')[2].partition("</p>")[0]
        assert told.startswith(sentence)
    assert _stored(session) == OURS


def test_somebody_else_who_was_faster_is_named(
    boss: Browsing, session: Session, sessions: Sessions, now: datetime
) -> None:
    form = form_of(boss.get(HERE)) | {"radius": "0"}
    with transaction(sessions) as other:
        change_look(other, CLI, Look(radius=12), now)
    answer = boss.post(HERE, form)
    assert answer.status_code == 412
    assert "Command line changed this after you opened it: the look." in said_by(answer)
    assert _stored(session).radius == 12


def test_what_is_typed_is_shown_in_a_mail_before_it_is_saved(
    boss: Browsing, session: Session, ai: Category
) -> None:
    typed = form_of(boss.get(HERE)) | {"light/page": "#123456", "show": "1"}
    shown = boss.post(HERE, typed)
    assert shown.status_code == 200
    assert "frame-src 'self'" in shown.headers["content-security-policy"]
    assert "too faint" in said_by(shown)
    assert _stored(session) == OURS
    part = boss.get(f"{HERE}/preview?light/page=%23123456&radius=4")
    address = unescape(part.text).partition('src="')[2].partition('"')[0]
    assert address == f"{HERE}/mail?scheme=light&light%2Fpage=%23123456&radius=4"
    mail = boss.get(address)
    assert "A story that has everything" in mail.text
    assert mail.headers["content-security-policy"].startswith("sandbox")


def test_logo_that_is_typed_is_admitted_in_the_mail_before_it_is_saved(
    boss: Browsing, ai: Category
) -> None:
    mail = boss.get(f"{HERE}/mail?logo=https://media.example.com/a.png")
    assert 'src="https://media.example.com/a.png"' in mail.text
    policy = mail.headers["content-security-policy"]
    assert policy.endswith("; img-src http://127.0.0.1:8000 https://media.example.com")


def test_preview_says_that_it_shows_nothing_when_something_does_not_fit(boss: Browsing) -> None:
    assert "something does not fit" in said_by(boss.get(f"{HERE}/preview?radius=99"))
    refused = boss.get(f"{HERE}/mail?radius=99")
    assert (refused.status_code, refused.headers["content-type"][:10]) == (422, "text/plain")


def test_sample_is_shown_while_there_is_no_category(boss: Browsing) -> None:
    assert "A story that has everything" in boss.get(f"{HERE}/mail").text
