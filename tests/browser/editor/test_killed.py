"""The editor: a server that is killed in mid-word, and a session that ends while somebody types."""

from contextlib import ExitStack
from pathlib import Path
from signal import SIGKILL
from urllib.parse import urlsplit

import httpx2
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.sessions import revoke_all
from app.access.sign_in import hand_out_link
from app.actors import CLI
from app.clock import system_clock
from app.container import Container
from app.models import User
from localdev.processes import Child, start_child, stop, wait_until
from tests.browser.editor.pages import Serve, Write, field, saved, stored, type_at
from tests.cli.conftest import environment_of

SECONDS = 60


def start(container: Container, log: Path) -> Child:
    """Start a server as in production: a process of its own."""
    base_url = container.settings.base_url
    command = (".venv/bin/devoured", "serve", "--port", str(urlsplit(base_url).port))
    child = start_child("serve", command, log=log, env=environment_of(container.settings))

    def answers() -> bool:
        try:
            return httpx2.get(f"{base_url}/health").status_code < 500
        except httpx2.TransportError:
            return False

    wait_until(answers, SECONDS, child)
    return child


def test_server_that_is_killed_in_mid_word_loses_no_letter(
    container: Container, write: Write, session: Session, tmp_path: Path
) -> None:
    with ExitStack() as running:
        server = start(container, tmp_path / "first.log")
        running.callback(stop, server, 0, SIGKILL)
        ada = write("Ada")
        words = "Typed on through a kill, "
        type_at(ada, "title", 0, words[:9])
        stop(server, 0, SIGKILL)
        ada.keyboard.type(words[9:], delay=5)
        expect(field(ada, "title")).to_have_value(f"{words}A compiler")
        expect(ada.locator("#save-state")).to_have_text("Offline, kept here")
        server = start(container, tmp_path / "second.log")
        running.callback(stop, server, 0, SIGKILL)
        saved(ada)
        assert stored(session).title == f"{words}A compiler"


def test_who_is_signed_out_is_told_and_goes_on_after_signing_in_again(
    serve: Serve, write: Write, container: Container, session: Session
) -> None:
    serve()
    ada = write("Ada")
    user = session.scalars(select(User)).one()
    revoke_all(session, CLI, user.id, system_clock())
    session.commit()
    type_at(ada, "title", 0, "Not lost: ")
    state = ada.locator("#save-state")
    expect(state).to_contain_text("Kept here, not sent: you are signed out.")
    link = hand_out_link(session, CLI, user.id, container.settings.base_url, system_clock())
    session.commit()
    tab = ada.context.new_page()
    tab.goto(link)
    tab.get_by_role("button", name="Sign in").click()
    saved(ada)
    assert stored(session).title == "Not lost: A compiler"
