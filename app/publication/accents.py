"""The accents of categories: those that come by themselves, and whether one can be read."""

from collections.abc import Collection
from typing import Final

from sqlalchemy.orm import Session

from app.errors import FieldError, InvalidInput
from app.look_contrast import faint_accents
from app.publication.publication import get_publication, look_of

PALETTE: Final = {
    "ai": ("#5B3FD6", "#B3A4FF"),
    "devops": ("#0B6B57", "#63CDB2"),
    "security": ("#A3285F", "#F08CB5"),
    "data": ("#1F5FA8", "#8AB8F0"),
    "design": ("#8F4500", "#F0A968"),
}
GENERAL: Final = ("#B4371F", "#F58A72")


def refuse_faint(
    session: Session, name: str, accents: tuple[str, str], chosen: Collection[str]
) -> None:
    """Raise InvalidInput where an accent that is chosen cannot be read on the card of the look.

    What comes by itself, or was there before, is told by the checks of an issue.
    """
    found = faint_accents(name, *accents, look_of(get_publication(session)))
    wrong = [FieldError(f"/{field}", fault) for field, fault in found if field in chosen]
    if wrong:
        raise InvalidInput(wrong[0].detail, wrong)
