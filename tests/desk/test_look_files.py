"""A logo that is chosen as a file in the form of the look: kept here, and named by its address."""

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.look import OURS, Look
from app.models import Image, User
from app.publication.publication import get_publication, look_of
from app.settings import Settings
from tests.desk.browsing import Browsing
from tests.desk.test_publication import form_of
from tests.images.files import image_file

HERE = "/desk/look"
BASE_URL = "https://news.example.com"


@pytest.fixture
def base_url() -> str:
    return BASE_URL


@pytest.fixture
def settings(settings: Settings, base_url: str) -> Settings:
    return settings.model_copy(update={"base_url": base_url})


@pytest.fixture
def boss(add: Callable[..., User], sign_in: Callable[[User], Browsing]) -> Browsing:
    return sign_in(add(Role.ADMIN, name="Grace"))


def _file(data: bytes, name: str = "logo_file") -> dict[str, Any]:
    return {name: ("logo.png", data, "image/png")}


def _stored(session: Session) -> Look:
    session.rollback()
    session.expire_all()
    return look_of(get_publication(session))


def _images(session: Session) -> list[str]:
    return list(session.scalars(select(Image.name).order_by(Image.id)))


def test_files_are_kept_and_the_look_names_them_with_what_was_typed(
    boss: Browsing, session: Session
) -> None:
    form = form_of(boss.get(HERE)) | {"radius": "0"}
    files = _file(image_file()) | _file(image_file(colour=(250, 250, 250)), "logo_dark_file")
    assert boss.post(HERE, form, files=files).status_code == 303
    look = _stored(session)
    light, dark = _images(session)
    assert look.radius == 0
    assert look.logo == f"{BASE_URL}/images/{light}"
    assert look.logo_dark == f"{BASE_URL}/images/{dark}"
    assert boss.get(f"/images/{light}").headers["content-type"] == "image/png"


def test_form_without_a_file_keeps_the_address_that_is_typed(
    boss: Browsing, session: Session
) -> None:
    form = form_of(boss.get(HERE)) | {"logo": "https://example.com/logo.png"}
    assert boss.post(HERE, form, files=_file(b"")).status_code == 303
    assert _stored(session).logo == "https://example.com/logo.png"
    assert _images(session) == []


def test_look_is_shown_with_the_file_and_not_stored_yet(boss: Browsing, session: Session) -> None:
    form = form_of(boss.get(HERE)) | {"show": "1"}
    answer = boss.post(HERE, form, files=_file(image_file()))
    (name,) = _images(session)
    assert form_of(answer)["logo"] == [f"{BASE_URL}/images/{name}"]
    assert _stored(session) == OURS


@pytest.mark.parametrize(
    ("base_url", "data", "told"),
    [
        (BASE_URL, b"no image", "This file is no JPEG, PNG, GIF or WebP image"),
        (BASE_URL, b"<svg xmlns='http://www.w3.org/2000/svg'/>", "This file is no JPEG"),
        ("http://127.0.0.1:8000", image_file(), "A logo needs an https address"),
    ],
)
def test_file_that_cannot_be_a_logo_is_told_at_its_field_and_what_was_typed_stays(
    boss: Browsing, session: Session, data: bytes, told: str
) -> None:
    answer = boss.post(HERE, form_of(boss.get(HERE)) | {"radius": "0"}, files=_file(data))
    assert answer.status_code == 422
    at_field = unescape(answer.text).partition('id="logo-wrong">')[2].partition("</p>")[0]
    assert told in at_field
    assert form_of(answer)["radius"] == ["0"]
    assert (_stored(session), _images(session)) == (OURS, [])


def test_nothing_is_kept_of_a_form_that_is_not_of_this_session(
    boss: Browsing, session: Session
) -> None:
    form = form_of(boss.get(HERE)) | {"form_token": "another"}
    assert boss.post(HERE, form, files=_file(image_file())).status_code == 403
    assert (_stored(session), _images(session)) == (OURS, [])
