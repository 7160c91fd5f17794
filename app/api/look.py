"""`/v1/publication/look`: the fonts, colours, logo and measures of mails and pages."""

from typing import Annotated

from app.api.changes import Change, EtagDep, changes
from app.api.deps import ContainerDep, SessionDep, needs
from app.api.errors import ApiRouter
from app.enums import Scope
from app.look import Look
from app.publication.looks import change_look, check_own_templates
from app.publication.publication import get_publication, look_of

router = ApiRouter(prefix="/v1/publication/look", tags=["publication"])


@router.get("", dependencies=[needs(Scope.READ)])
def show_look(session: SessionDep, etag: EtagDep) -> Look:
    """Show the look of mails, letters and pages.

    Whole, with what is as it comes. The ETag is the publication's.
    """
    row = get_publication(session)
    etag.show(row)
    return look_of(row)


@router.put("")
def replace_look(
    container: ContainerDep,
    body: Look,
    change: Annotated[Change, changes(Scope.ADMIN)],
    etag: EtagDep,
) -> Look:
    """Replace the look of mails, letters and pages.

    Whole: what is left out is as it comes, so that `{}` takes the look back. Refused where two
    colours that meet have too little contrast: 4.5 to 1 for text, 3 to 1 for edges, in own
    section templates of categories, too. It holds for
    mails that are rendered from now on; an issue that was approved with another is a draft again.
    `If-Match` is the publication's.
    """
    check_own_templates(change.session, body, container.templates)
    row = change_look(*change.by, body, change.now, expected=change.expected)
    etag.show(row)
    return look_of(row)
