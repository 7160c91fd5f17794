"""The environment of a worker that is a process of its own."""

import os

from app.settings import Settings
from tests.cli.conftest import environment_of
from tests.localdev.ses.running import LocalSes


def environment_with(settings: Settings, ses: LocalSes) -> dict[str, str]:
    """Return what a process needs to work with these settings and to send through this SES."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    own = {"AWS_ENDPOINT_URL_SESV2": ses.url, "AWS_ACCESS_KEY_ID": "x", "NO_PROXY": "*"}
    return kept | environment_of(settings) | own | {"AWS_SECRET_ACCESS_KEY": "x"}
