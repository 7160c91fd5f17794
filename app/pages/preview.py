"""`/preview/{link}`: where the links of a mail lead that somebody looks at who is not its reader.

Nothing is asked of whoever comes, nothing is read of them, and nothing changes.
"""

from typing import Final

from fastapi import APIRouter, Response

from app.errors import NotFound
from app.pages.deps import ContainerDep, SessionDep
from app.pages.render import private_page, site_of

router = APIRouter()

_LINKS: Final = frozenset({"leave", "preferences"})
"""The links that are a reader's own; `rendering.merge.preview_fields` writes them."""


# A mail program's own leave button posts to the first of them.
@router.api_route("/preview/{link}", methods=["GET", "HEAD", "POST"])
def preview_link(link: str, container: ContainerDep, session: SessionDep) -> Response:
    """Say what the link is in the mail itself, and that it does nothing here.

    Raises:
        NotFound: no mail has such a link.
    """
    if link not in _LINKS:
        raise NotFound("There is nothing at this address.")
    return private_page("preview.html", site=site_of(session, container.settings), link=link)
