"""The look on pages: its own sheet, its logo, and a policy that admits the logo's host alone."""

import re
from datetime import datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.actors import CLI
from app.look import Light, Look
from app.publication.looks import change_look

LOGO = "https://media.digest.dev/logo.png"
DARK = "https://dark.digest.dev:8443/logo.png"


def _policy(answer: object) -> dict[str, str]:
    policy = answer.headers["Content-Security-Policy"]  # type: ignore[attr-defined] # any answer
    return dict(one.strip().partition(" ")[::2] for one in policy.split(";"))


def test_page_links_no_sheet_of_a_look_that_is_ours(client: TestClient) -> None:
    page = client.get("/")
    assert "look.css" not in page.text
    assert _policy(page)["img-src"] == "'self'"
    assert client.get("/static/look.css").text == ""


def test_page_has_the_look_that_was_chosen(
    client: TestClient, session: Session, now: datetime
) -> None:
    look = Look(logo=LOGO, logo_dark=DARK, light=Light(page="#FFF8E7"), logo_width=200)
    change_look(session, CLI, look, now)
    session.commit()
    page = client.get("/")
    assert '<link rel="stylesheet" href="/static/look.css">' in page.text
    assert '<meta name="theme-color" content="#FFF8E7"' in page.text
    logo = re.search(r"<picture>.*</picture>", page.text)
    assert logo
    assert f'srcset="{DARK}"' in logo[0]
    assert f'<img src="{LOGO}" width="200" height="40" alt="Devoured"' in logo[0]
    sources = "'self' https://media.digest.dev https://dark.digest.dev:8443"
    assert _policy(page) == _policy(client.get("/leave")) | {"img-src": sources}
    sheet = client.get("/static/look.css")
    assert "--page: #FFF8E7" in sheet.text
    again = client.get("/static/look.css", headers={"If-None-Match": sheet.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/", "/preferences", "/search", "/leave"])
def test_every_page_admits_the_logo_and_nothing_else(
    client: TestClient, session: Session, now: datetime, path: str
) -> None:
    before = _policy(client.get(path))
    change_look(session, CLI, Look(logo=LOGO), now)
    session.commit()
    assert _policy(client.get(path)) == before | {"img-src": "'self' https://media.digest.dev"}
