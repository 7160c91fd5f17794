"""One local SES for all the tests of a run that need no more; each finds it empty."""

from collections.abc import Iterator

import pytest

from tests.localdev.ses.receiving import Receiver, receiving
from tests.localdev.ses.running import LocalSes, serving


@pytest.fixture(scope="session")
def shared_ses() -> Iterator[LocalSes]:
    with serving() as running:
        yield running


@pytest.fixture
def ses(shared_ses: LocalSes) -> LocalSes:
    shared_ses.web.delete("/inbox").raise_for_status()
    return shared_ses


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as taken:
        yield taken
