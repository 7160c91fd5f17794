"""Times without a zone: they are read on the publication's clocks, and the answer says so."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, overload

from fastapi import Depends, Response
from sqlalchemy.orm import Session

from app.api.deps import SessionDep
from app.publication.lanes import read_clock
from app.publication.publication import get_publication

HEADER: Final = "Times-Read-In"
"""The header of an answer that names the zone in which a time without one was read."""


@dataclass(frozen=True)
class Clocks:
    """The publication's clocks, and the answer that says that a time was read on them."""

    session: Session
    response: Response

    @overload
    def read(self, field: str, given: datetime) -> datetime: ...
    @overload
    def read(self, field: str, given: None) -> None: ...
    @overload
    def read(self, field: str, given: datetime | None) -> datetime | None: ...
    def read(self, field: str, given: datetime | None) -> datetime | None:
        """Return the instant, in UTC, that the body's `field` means.

        Raises:
            InvalidInput: the clocks never show that time, or show it twice.
        """
        if given is None or given.tzinfo is not None:
            return given
        zone = get_publication(self.session).time_zone
        self.response.headers[HEADER] = zone
        return read_clock(zone, given, f"/{field}")

    def read_in(self, changes: dict[str, Any], field: str) -> dict[str, Any]:
        """Return the changes with the instant that `field` means, where it is among them."""
        if field not in changes:
            return changes
        return {**changes, field: self.read(field, changes[field])}


async def get_clocks(session: SessionDep, response: Response) -> Clocks:
    """Return the publication's clocks for this request."""
    return Clocks(session, response)


OurClocks = Annotated[Clocks, Depends(get_clocks)]
