"""No secret of the settings is ever shown, whatever it is made of and whatever else is wrong."""

import json
import re
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import ConfigError
from app.server_addresses import SCHEMES
from app.setting_sources import variable_of
from app.setting_values import HIDDEN, shown_settings
from app.settings import Settings, load_settings, read_settings
from tests.cli.conftest import Devoured
from tests.good_settings import set_only_good

_PART: Final = "hush"
"""What every part of a secret has in it, so that no part of it can be shown unseen."""

_SECRETS: Final = sorted(
    name
    for name, field in Settings.model_fields.items()
    if "SecretStr" in str(field.annotation) and name not in SCHEMES
)
_ADDRESSES: Final = {
    "database_url": (
        *("postgresql://digest:{}@db/devoured", "postgresql://a:{}@b:5432,[::1]:5432/devoured"),
        *("postgresql://db/devoured?user=digest&password={}", "postgresql://digest:{}@/devoured"),
        *("postgresql://digest@db/devoured?password={}", "postgresql://a:b@c/d?password={}"),
    ),
    "redis_url": (
        *("redis://:{}@cache:6379/0", "redis://digest:{}@[2001:db8::1]:1/0"),
        *("unix://digest:{}@/run/valkey.sock?db=1", "unix:///run/valkey.sock?password={}"),
    ),
    "smtp_url": (
        *("smtps://user:{}@mail.example.org", "smtp+starttls://a@b.example:{}@mail.example.org"),
        "smtp://:{}@mail.example.org:25",
    ),
    "watch_smtp_url": ("smtps://user:{}@mail.example.org",),
    "events_queue_url": ("https://digest:{}@sqs.example.org/1/events",),
}
_OPEN_BY_ADDRESS: Final = {"watch_webhook", "watch_ping"}
"""Whoever has these addresses may speak there."""

_GIVEN: Final = [(name, "{}") for name in _SECRETS] + [
    (name, address) for name, all_of_it in _ADDRESSES.items() for address in all_of_it
]

_SLIPS: Final = [
    *[("redis_url", "rediss://{}@cache"), ("smtp_url", "smtps://user:{}"), ("redis_url", "{}")],
    *[("database_url", "digest:{}@db/devoured"), ("database_url", "POSTGRESQL://a:{}@b/c")],
]

any_secret: Final = st.lists(
    st.sampled_from([*"@:/?#&=%+$,;|~ \\\"'<>[]{}é\n\t", "://", "?password=", "&key=", "%40"]),
    max_size=6,
).map(lambda between: _PART + "".join(f"{one}{_PART}" for one in between))


def test_every_setting_that_is_called_like_a_secret_is_kept_as_one() -> None:
    called = {
        name
        for name in Settings.model_fields
        if re.search(r"secret|password|pepper|token|credential|dsn|_keys?$", name)
    }
    assert called | _OPEN_BY_ADDRESS == set(_SECRETS)
    assert set(_ADDRESSES) == set(SCHEMES)
    addresses = {name for name in Settings.model_fields if name.endswith("_url")}
    assert addresses - set(SCHEMES) == {"base_url"}


@pytest.mark.parametrize(("name", "written"), _GIVEN)
@given(secret=any_secret, fault=st.sampled_from([{}, {"DEVOURED_TRANSPORT": "pigeon"}]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_part_of_a_secret_is_shown(
    bare_settings: pytest.MonkeyPatch,
    name: str,
    written: str,
    secret: str,
    fault: dict[str, str],
) -> None:
    with bare_settings.context() as environment:
        environment.setenv(variable_of(name), written.format(secret))
        for variable, value in fault.items():
            environment.setenv(variable, value)
        read = read_settings()
        said = [one.value for one in shown_settings(read)] + read.faults
        try:
            said.append(repr(load_settings()))
        except ConfigError as error:
            said.append(str(error))
    assert _PART not in "".join([*said, repr(read)])
    shown = {one.variable: one.value for one in shown_settings(read)}
    assert HIDDEN in shown[variable_of(name)]


@pytest.mark.parametrize(("name", "written"), [*_GIVEN, *_SLIPS])
def test_config_shows_no_secret_as_a_table_or_to_programs(
    bare_settings: pytest.MonkeyPatch, devoured: Devoured, name: str, written: str
) -> None:
    bare_settings.setenv(variable_of(name), written.format("hush hush"))
    for arguments in ((), ("--json",), ("--given",)):
        ran = devoured("config", *arguments)
        assert _PART not in ran.out + ran.err
        assert HIDDEN in ran.out
    assert (
        HIDDEN
        in json.loads(devoured("config", "--json").out)["settings"][variable_of(name)]["value"]
    )


@pytest.fixture
def bare_settings(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Make an environment of nothing but settings that are right."""
    set_only_good(monkeypatch)
    return monkeypatch
