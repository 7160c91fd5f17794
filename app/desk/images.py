"""`/desk/images`: a file chosen in the editor becomes an image that stories can show."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response, Security
from fastapi.responses import JSONResponse
from fastapi.security import SecurityScopes

from app.actors import Actor
from app.api.deps import ContainerDep, NowDep, RawBody
from app.db.session import transaction
from app.desk.deps import get_desk
from app.desk.editor_pane import PRIVATE, wrong
from app.desk.forms import posted_token
from app.enums import Scope
from app.errors import AppError
from app.images.upload import keep_image
from app.pages.language import message_of

PATH: Final = "/images"
router = APIRouter()


def get_uploader(
    scopes: SecurityScopes,
    request: Request,
    container: ContainerDep,
    now: NowDep,
    posted: Annotated[str, Depends(posted_token)],
) -> Actor:
    """Return who is signed in, as `get_desk` does, in a transaction that is over by then."""
    with transaction(container.api_sessions) as session:
        return get_desk(scopes, request, container, session, now, posted).actor


@router.post(PATH)
def upload(
    container: ContainerDep,
    now: NowDep,
    body: RawBody,
    actor: Annotated[Actor, Security(get_uploader, scopes=[Scope.EDIT.value])],
) -> Response:
    """Keep the image of a file, which is the body, and return its name."""
    most = container.settings.image_max_mb
    try:
        image = keep_image(container.api_sessions, container.images, actor, body, most, now)
    except AppError as error:
        return wrong(message_of(error), error.status)
    return JSONResponse({"name": image.name}, 201, headers=PRIVATE)
