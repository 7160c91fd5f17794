"""The tag that names this installation in mails, so that Events about them are known as ours."""

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Installation

INSTALLATION_TAG: Final = "installation_id"
"""The name of the tag that every mail has; its value is `installation_tag`."""


def installation_id(session: Session) -> UUID:
    """Return the id of this installation, which stays the same for life; reads only."""
    return session.scalars(select(Installation.installation_id)).one()


def installation_tag(session: Session) -> str:
    """Return the id of this installation as 32 hexadecimal digits; reads only."""
    return installation_id(session).hex
