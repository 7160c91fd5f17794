"""The publication: changed in one place, whichever door the change came through."""

import re
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from app.errors import FieldError, InvalidInput
from app.issues.categories import change, get_publication
from app.models import Publication

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
"""Source: RFC 5646 2.1, as far as a publication needs it."""


def set_publication(session: Session, changes: dict[str, Any], now: datetime) -> Publication:
    """The publication with these fields set; `archive_is_open` opens or closes the archive.

    Closing keeps the instant: what came out before was public and stays readable by its address.

    Raises:
        InvalidInput: a time zone or a language that is none.
    """
    publication = get_publication(session)
    rest = dict(changes)
    if "language" in rest and not _LANGUAGE.fullmatch(rest["language"]):
        raise InvalidInput(
            f"“{rest['language']}” is no language; write it as in en or de-AT.",
            [FieldError("/language", "no language tag")],
        )
    is_open = rest.pop("archive_is_open", publication.archive_is_open)
    if is_open != publication.archive_is_open:
        publication.archive_closed_at = None if is_open else now
    change(session, publication, rest)
    return publication
