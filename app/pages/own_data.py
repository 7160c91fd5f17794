"""What a reader may ask of us: all we keep of them, and to be forgotten."""

from typing import Final

import orjson
from fastapi import APIRouter, Response

from app.pages.deps import ContainerDep, NowDep, OriginDep, SessionDep
from app.pages.own import reader_of
from app.pages.render import PRIVATE, private_page, site_of
from app.readers.erasure import erase
from app.readers.own_data import own_data

router = APIRouter()

_HEADERS: Final = PRIVATE | {
    "Content-Security-Policy": "default-src 'none'",
    "Content-Disposition": 'attachment; filename="my-data.json"',
}


@router.api_route("/preferences/{token}/data", methods=["GET", "HEAD"])
def download(token: str, container: ContainerDep, session: SessionDep, now: NowDep) -> Response:
    """Return all that is stored of this reader, as a JSON file."""
    reader = reader_of(session, container.signer, token, now)
    data = orjson.dumps(own_data(session, reader, now), option=orjson.OPT_INDENT_2)
    return Response(data, media_type="application/json", headers=_HEADERS)


@router.api_route("/preferences/{token}/erase", methods=["GET", "HEAD"])
def ask(token: str, container: ContainerDep, session: SessionDep, now: NowDep) -> Response:
    """Show what erasing means, and its one button; it changes nothing."""
    reader_of(session, container.signer, token, now)
    site = site_of(session, container.settings)
    return private_page("erase.html", site=site, base=f"{site.root}/preferences/{token}")


@router.post("/preferences/{token}/erase")
def take(
    token: str, container: ContainerDep, session: SessionDep, now: NowDep, origin: OriginDep
) -> Response:
    """Erase at once; the link stops working afterwards."""
    reader = reader_of(session, container.signer, token, now, lock=True)
    erase(session, reader.id, now, origin)
    return private_page("erased.html", site=site_of(session, container.settings))
