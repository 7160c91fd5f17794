"""Settings that are right for production, and an environment of nothing else."""

import os
from typing import Final

import pytest

from app.setting_sources import PREFIX, variable_of

GOOD: Final = {
    "database_url": "postgresql://localhost/devoured",
    "redis_url": "redis://localhost",
    "secret_keys": "kZ3b0x9vQmJ4tYw8uE1rLp6sNc2hGf5a",  # pragma: allowlist secret
    "address_pepper": "Qw7eRt9yUi3oPa5sDf1gHj8kLz2xCv4b",  # pragma: allowlist secret
    "base_url": "https://digest.example.org/",
}


def set_only_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every setting out of the environment, and give those that are needed."""
    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        monkeypatch.delenv(name)
    for setting, value in GOOD.items():
        monkeypatch.setenv(variable_of(setting), value)
