"""Without Valkey processes find each other's updates by themselves, a second later."""

from contextlib import ExitStack
from datetime import datetime

from sqlalchemy.orm import Session

from app.access.keys import make_key
from app.actors import CLI
from app.container import build
from app.enums import Scope
from app.main import create_app
from app.settings import Settings
from localdev.processes import free_port
from tests.api.clients import bearer
from tests.api.editors import Editor
from tests.factories import make_issue, make_story
from tests.serving import served


def test_two_write_together_while_valkey_is_gone(
    session: Session, settings: Settings, now: datetime
) -> None:
    issue = make_issue(session)
    make_story(session, issue)
    headers = bearer(make_key(session, CLI, "tests", [Scope.EDIT], now)[1])
    session.commit()
    alone = settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{free_port()}"})
    with ExitStack() as stack:
        editors = []
        for _ in range(2):
            container = build(alone, clock=lambda: now, enqueue_now=lambda _jobs: None)
            stack.callback(container.engine.dispose)
            port = free_port()
            stack.enter_context(served(create_app(container), port))
            url = f"ws://127.0.0.1:{port}/v1/issues/{issue.id}/document"
            editors.append(stack.enter_context(Editor(url, headers)))
        ada, bo = editors
        ada.type("s1", "title", " Ada")
        bo.type("s1", "title", " Bo")
        ada.save()
        bo.save()
        ada.until(lambda: ada.text("s1", "title").count(" ") == 4)
        bo.until(lambda: bo.text("s1", "title").count(" ") == 4)
        assert ada.text("s1", "title") == bo.text("s1", "title")
