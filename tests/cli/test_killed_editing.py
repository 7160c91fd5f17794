"""The server is killed while somebody types: nothing is lost, acknowledged or not."""

import signal
import sys
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

from sqlalchemy.orm import Session
from websockets.exceptions import ConnectionClosed

from app.access.keys import make_key
from app.actors import CLI
from app.clock import system_clock
from app.editing.settle import settle
from app.editing.store import unsettled_issues
from app.enums import Scope
from app.models import Story
from app.settings import Settings
from localdev.processes import Child, free_port, start_child, stop, wait_until
from tests.api.clients import bearer
from tests.api.editors import Editor
from tests.cli.conftest import environment_of
from tests.factories import make_category, make_issue, make_story

WORDS = "Typed while the server dies, and is started again, and dies once more."


def _serving(folder: Path, settings: Settings, port: int, n: int) -> Child:
    """Start a server as production does, and wait until it answers."""
    child = start_child(
        "serve",
        [sys.executable, "-m", "app.cli", "serve", "--port", str(port)],
        log=folder / f"serve-{n}.log",
        cwd=folder,
        env=environment_of(settings),
    )

    def answers() -> bool:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
            return bool(answer.status == 200)
        return False

    wait_until(answers, 60, child)
    return child


def test_every_letter_is_there_once_when_the_server_is_killed_in_mid_word(
    session: Session, settings: Settings, tmp_path: Path
) -> None:
    issue = make_issue(session)
    make_story(session, issue, make_category(session), title="")
    key = make_key(session, CLI, "tests", [Scope.EDIT], system_clock())[1]
    session.commit()
    port = free_port()
    server = _serving(tmp_path, settings, port, 0)
    ada = Editor(f"ws://127.0.0.1:{port}/v1/issues/{issue.id}/document", bearer(key))
    ada.join()
    for n, letter in enumerate(WORDS, 1):
        ada.type("s1", "title", letter)
        with suppress(ConnectionClosed):
            ada.flush()
        if n in {20, 45}:
            stop(server, 10, signal.SIGKILL)
        if n in {30, 55}:
            server = _serving(tmp_path, settings, port, n)
            ada.leave()
            ada.join()
    ada.save()
    assert ada.text("s1", "title") == WORDS
    stop(server, 10, signal.SIGKILL)
    for issue_id in unsettled_issues(session):  # as a worker does
        settle(session, issue_id, system_clock())
    session.commit()
    session.expire_all()
    assert session.get_one(Story, 1).title == WORDS
