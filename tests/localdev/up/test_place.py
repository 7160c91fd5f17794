"""Which settings `devoured up` makes, and which are a person's own."""

from pathlib import Path

import pytest

from app.cli.failures import BadInput
from localdev.up.place import Place, environment

_KNOWN = {"signing_key": "k" * 40, "pepper": "p" * 40}
_SERVERS = {"DEVOURED_DATABASE_URL": "postgresql://here", "DEVOURED_REDIS_URL": "unix:///here"}


def _made(**given: str) -> dict[str, str]:
    return environment(Place(Path("/data"), 8000), _KNOWN, given, _SERVERS)


def test_up_makes_what_nobody_has_said() -> None:
    made = _made(DEVOURED_SECRET_KEYS="", HOME="/root")

    assert made["DEVOURED_SECRET_KEYS"] == "k" * 40
    assert made["DEVOURED_ADDRESS_PEPPER"] == "p" * 40
    assert made["DEVOURED_STATE_FOLDER"] == "/data/state"
    assert made["DEVOURED_IMAGES"] == "/data/images"
    assert made["DEVOURED_TRUSTED_PROXIES"] == "127.0.0.1,::1"
    assert made["HOME"] == "/root"
    assert made.items() >= _SERVERS.items()


def test_what_a_person_says_is_kept() -> None:
    made = _made(DEVOURED_SECRET_KEYS="mine", DEVOURED_IMAGES="s3://bucket/images")

    assert made["DEVOURED_SECRET_KEYS"] == "mine"
    assert made["DEVOURED_IMAGES"] == "s3://bucket/images"


@pytest.mark.parametrize("name", sorted(_SERVERS))
def test_servers_of_others_are_refused_and_no_address_is_shown(name: str) -> None:
    with pytest.raises(BadInput, match=name) as refused:
        _made(**{name: "postgresql://user:secret@elsewhere/db"})
    assert "secret" not in str(refused.value)
    assert _made(**{name: _SERVERS[name]})[name] == _SERVERS[name]
    assert _made(**{name: ""})[name] == _SERVERS[name]
