"""A page with two fields of a story on the shared document, and nothing else of a desk."""

from pathlib import Path
from typing import Final

from fastapi import FastAPI, WebSocket
from fastapi.responses import FileResponse, HTMLResponse, Response
from sqlalchemy.orm import Session

from app.actors import Actor, ActorKind
from app.api.document import edit_together
from app.container import Container
from app.editing.store import open_document

STATIC: Final = Path(__file__).parents[2] / "app/desk/static"
_HEADERS: Final = {"Content-Security-Policy": "default-src 'self'"}

_PAGE: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Bare</title>
<p id="state"></p><p id="here"></p><p id="ready"></p><p id="settled"></p>
<label>Title <textarea id="title"></textarea></label>
<label>What <textarea id="what"></textarea></label>
<script type="module" src="/bare/page.js"></script>"""

_SCRIPT: Final = """
import { IssueDocument, bindText } from "/bare/editor.js";
const { issue, name, who } = Object.fromEntries(new URLSearchParams(location.search));
const url = `ws://${location.host}/bare/${who}/${issue}`;
const shared = (window.shared = new IssueDocument({ url, person: who, issueId: issue, name }));
const say = (id, text) => (document.getElementById(id).textContent = text);
shared.addEventListener("state", () => say("state", shared.state));
shared.addEventListener("status", () => {
  say("settled", shared.status.is_settled ? `revision ${shared.status.revision}` : "");
});
shared.awareness.setLocalState({ field: "title" });
shared.awareness.on("change", () => {
  const names = [...shared.awareness.getStates().values()].map((one) => one.name).filter(Boolean);
  say("here", names.sort().join(" "));
});
function begin() {
  const story = shared.stories.get("s1");
  const ready = document.getElementById("ready");
  if (!story || ready.textContent) return;
  for (const id of ["title", "what"]) {
    bindText(document.getElementById(id), story.get(id), shared.typed);
  }
  ready.textContent = "ready";
}
shared.doc.on("update", begin);
shared.ready.then(begin);
"""


def add_bare_desk(app: FastAPI, container: Container) -> None:
    """Serve the page at `/bare`, its script and its sockets; whoever it names is believed."""

    @app.get("/bare")
    def page() -> Response:
        return HTMLResponse(_PAGE, headers=_HEADERS)

    @app.get("/bare/page.js")
    def script() -> Response:
        return Response(_SCRIPT, media_type="text/javascript")

    @app.get("/bare/editor.js")
    def bundle() -> Response:
        return FileResponse(STATIC / "editor.js", media_type="text/javascript")

    @app.websocket("/bare/{who}/{issue_id}")
    async def edit(websocket: WebSocket, who: str, issue_id: int) -> None:
        def believed(_session: Session, /, *, is_act: bool = False) -> Actor:
            return Actor(ActorKind.PERSON, who)

        await edit_together(websocket, issue_id, believed)


def bare_address(container: Container, session: Session, issue_id: int, who: str) -> str:
    """Return where somebody writes in an issue."""
    name = open_document(session, issue_id).name
    session.commit()
    return f"{container.settings.base_url}/bare?issue={issue_id}&name={name}&who={who}"
