"""A database takes the pepper that it was filled under, and no other."""

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.db.session import Sessions, make_sessions, transaction
from app.errors import ConfigError
from app.models import Installation
from app.readers.pepper import check_pepper, check_pepper_at_start


def test_first_pepper_is_taken_for_the_databases_own(sessions: Sessions, session: Session) -> None:
    for _ in range(2):
        check_pepper_at_start(sessions, "a pepper for tests")
    assert session.get_one(Installation, 1).pepper_fingerprint is not None
    with pytest.raises(ConfigError, match="DEVOURED_ADDRESS_PEPPER") as refused:
        check_pepper_at_start(sessions, "another pepper")
    assert "another pepper" not in str(refused.value)
    with transaction(sessions) as own:
        check_pepper(own, "a pepper for tests")


def test_service_starts_before_its_database_does() -> None:
    gone = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=1")
    check_pepper_at_start(make_sessions(gone), "a pepper for tests")
