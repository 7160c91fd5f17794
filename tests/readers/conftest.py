"""What tests of readers share."""

from datetime import datetime

import pytest

from app.db.session import Sessions
from tests.readers.importing import Importer


@pytest.fixture
def importer(sessions: Sessions, now: datetime) -> Importer:
    """Takes files of readers into this test's database."""
    return Importer(sessions, now)
