"""Settings as people may see them: each with where it came from, and every secret hidden."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pydantic import SecretStr

from app.server_addresses import SCHEMES
from app.setting_sources import Given, Origin, variable_of
from app.settings import Read, Settings

HIDDEN: Final = "hidden"
_HOST: Final = r"(?:\[[0-9A-Fa-f:.]+\]|[\w.-]*)(?::\d+)?"
_ADDRESS: Final = re.compile(
    rf"([a-z+]+://)(?:([^/?#=&:]*)(:[^?]*)?@)?({_HOST}(?:,{_HOST})*(?:/[^@?#:]*)?)(\?[^@]*)?"
)
"""An address of a server whose password can be told from the rest of it."""

_QUERY_SECRET: Final = re.compile(
    r"([?&][^=&]*(?:pass|secret|token|key)[^=&]*=).*", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True)
class Shown:
    """A setting as it is shown; `value` is `hidden` where it is a secret that was given."""

    variable: str
    value: str
    origin: Origin
    place: str


def shown_settings(read: Read) -> Iterator[Shown]:
    """Yield every setting in the order of `setting_names`; as it was given, while any is wrong."""
    for name in setting_names():
        given = read.given.get(name) or _not_given(name)
        value = given.value
        if read.settings is not None:
            value = _text(getattr(read.settings, name))
        shown = _without_secrets(name, value)
        yield Shown(variable_of(name), shown, given.origin, given.place)


def setting_names() -> list[str]:
    """Return the names of the settings: first those that are needed, then what each service has."""
    needed = [name for name, one in Settings.model_fields.items() if one.is_required()]
    own = [name for name in Settings.model_fields if name in Settings.__annotations__]
    return list(dict.fromkeys([*needed, *own, *Settings.model_fields]))


def _not_given(name: str) -> Given:
    default = default_of(name)
    return Given("", Origin.NOWHERE) if default is None else Given(default, Origin.DEFAULT)


def default_of(name: str) -> str | None:
    """Return the default of a setting as one writes it in a variable; None where it is needed."""
    field = Settings.model_fields[name]
    return None if field.is_required() else _text(field.default)


def _without_secrets(name: str, value: str) -> str:
    if not value:
        return value
    if name in SCHEMES:
        return _without_password(value)
    is_secret = "SecretStr" in str(Settings.model_fields[name].annotation)
    return HIDDEN if is_secret else value


def _without_password(address: str) -> str:
    """Return an address without what might be a password; where that cannot be told, `hidden`.

    A name alone is hidden too: `redis://password@host` is a common slip. So is what comes behind a
    password in the query, which may be a part of it.
    """
    parts = _ADDRESS.fullmatch(address)
    if parts is None:
        return HIDDEN
    scheme, user, password, place, query = parts.groups()
    who = "" if user is None else f"{HIDDEN}@" if password is None else f"{user}:{HIDDEN}@"
    rest = _QUERY_SECRET.sub(rf"\1{HIDDEN}", query or "")
    return f"{scheme}{who}{place}{rest}"


def _text(value: Any) -> str:
    """Return a value as one writes it in a variable."""
    if isinstance(value, list):
        return ",".join(_text(one) for one in value)
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
