"""The pepper: refuse another one than the database's suppressions were made with.

With another one nobody who is suppressed would be recognised, and all would be written to again.
"""

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.addresses import address_hmac
from app.db.session import Sessions, transaction
from app.errors import ConfigError
from app.models import Installation

_SUBJECT = "devoured.pepper"


def check_pepper(session: Session, pepper: str) -> None:
    """Refuse a pepper that is not this database's; the first one that is seen is taken for it.

    Raises:
        ConfigError: the database was filled under another pepper.
    """
    fingerprint = address_hmac(_SUBJECT, pepper)
    installation = session.get_one(Installation, 1)
    if installation.pepper_fingerprint is None:
        installation.pepper_fingerprint = fingerprint
    if installation.pepper_fingerprint != fingerprint:
        raise ConfigError(
            "DEVOURED_ADDRESS_PEPPER: it is another one than this database was filled under, so"
            " suppressed addresses would not be recognised. Set the former one."
        )


def check_pepper_at_start(sessions: Sessions, pepper: str) -> None:
    """Do the same before a service starts; where the database does not answer yet, do nothing.

    Raises:
        ConfigError: as `check_pepper`.
    """
    try:
        with transaction(sessions) as session:
            check_pepper(session, pepper)
    except SQLAlchemyError:
        return  # what needs the database says so, and a migration may still be under way
