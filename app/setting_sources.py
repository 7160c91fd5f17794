"""Where settings come from: the environment, a file of it, and files of one value each.

The environment counts before DEVOURED_ENV_FILE, and both before DEVOURED_SECRETS_DIR. A setting is
given by `DEVOURED_NAME`, or by `DEVOURED_NAME_FILE`, the path of a file that holds nothing else.
"""

import os
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

PREFIX: Final = "DEVOURED_"
ENV_FILE: Final = f"{PREFIX}ENV_FILE"
SECRETS_DIR: Final = f"{PREFIX}SECRETS_DIR"
_SUFFIX: Final = "_FILE"
CLIENT_KEY: Final = f"{PREFIX}KEY"  # where the API's own examples have people keep their key
_BESIDE: Final = frozenset({ENV_FILE, SECRETS_DIR, CLIENT_KEY})
_MOST_BYTES: Final = 64 * 1024
_ALIKE: Final = 0.85
"""How much a name of another beginning must look like one of ours to be taken for a slip."""

_OF_KUBERNETES: Final = re.compile(r"_SERVICE_HOST$|_SERVICE_PORT(_\w+)?$|_PORT_\d+_(TCP|UDP)\w*$")
"""What Kubernetes says in every container of a Service whose name begins with `devoured`.

Source: Kubernetes, Services, environment variables.
"""


class Origin(StrEnum):
    """Where the value of a setting came from."""

    ENVIRONMENT = "environment"
    ENV_FILE = "env file"
    FILE = "file"
    DEFAULT = "default"
    NOWHERE = "nowhere"


@dataclass(frozen=True)
class Given:
    """The text of a setting, and where it came from; `place` is the path of a file."""

    value: str = field(repr=False)
    origin: Origin
    place: str = ""


@dataclass(frozen=True)
class Gathered:
    """What was given, by the names of settings, and a sentence for each thing that is wrong."""

    values: dict[str, Given]
    faults: list[str]


class _Wrong(Exception):
    """A file that cannot be read; the text says why."""


def variable_of(name: str) -> str:
    """Return the variable of a setting: `DEVOURED_BASE_URL` for `base_url`."""
    return f"{PREFIX}{name.upper()}"


def file_variable_of(name: str) -> str:
    """Return the variable of a setting's file: `DEVOURED_SECRET_KEYS_FILE` for `secret_keys`."""
    return f"{variable_of(name)}{_SUFFIX}"


def client_key() -> str:
    """Return the API key of who asks an API as a client, or nothing; it is no setting."""
    return os.environ.get(CLIENT_KEY, "")


def gather(names: Collection[str]) -> Gathered:
    """Return what is given for the settings of these names, and what is wrong with how.

    Variables that are no setting are faults: they would do nothing. AWS_* and OTEL_* variables of
    the file of the environment become this process's, because boto3 and OpenTelemetry look nowhere
    else.
    """
    found = Gathered({}, [])
    _take(found, names, {name: os.environ[name] for name in os.environ}, Origin.ENVIRONMENT)
    beside = _env_file(found)
    _take(found, names, beside, Origin.ENV_FILE, os.environ.get(ENV_FILE, ""))
    for name, value in beside.items():
        if name.startswith(("AWS_", "OTEL_")):
            os.environ.setdefault(name, value)
    _take_secrets(found, names)
    return found


def _env_file(found: Gathered) -> dict[str, str]:
    """Return the variables of the file of the environment; a `$` in it is no reference."""
    path = os.environ.get(ENV_FILE, "")
    if not path:
        return {}
    if not Path(path).is_file():
        found.faults.append(f"{ENV_FILE}: there is no file at this path")
        return {}
    try:
        values = dotenv_values(path, interpolate=False)
    except (OSError, UnicodeDecodeError):
        found.faults.append(f"{ENV_FILE}: the file cannot be read as text")
        return {}
    bare = [name for name, value in values.items() if value is None and _is_ours(name)]
    found.faults.extend(f"{name}: has no = and no value in the file of {ENV_FILE}" for name in bare)
    return {name: value for name, value in values.items() if value is not None}


def _is_ours(name: str) -> bool:
    return name.upper().startswith(PREFIX)


def _take(
    found: Gathered,
    names: Collection[str],
    variables: Mapping[str, str],
    origin: Origin,
    place: str = "",
) -> None:
    """Take what one source gives, as far as no source before it gave the same."""
    upper = {name.upper(): value for name, value in variables.items()}
    found.faults.extend(_unknown(upper, names))
    for name in names:
        variable = variable_of(name)
        value, path = upper.get(variable), upper.get(variable + _SUFFIX)
        if value and path:
            found.faults.append(f"{variable}: {variable}{_SUFFIX} is set too; keep one of them")
        elif path and name not in found.values:
            _take_file(found, name, f"{variable}{_SUFFIX}", Path(path))
        elif value is not None:
            found.values.setdefault(name, Given(value, origin, place))


def _take_file(found: Gathered, name: str, variable: str, path: Path) -> None:
    try:
        found.values[name] = Given(_text_of(path), Origin.FILE, str(path))
    except _Wrong as error:
        found.faults.append(f"{variable}: {error}")
        found.values[name] = Given("", Origin.FILE, str(path))


def _take_secrets(found: Gathered, names: Collection[str]) -> None:
    """Take the files of the folder, each named like a variable; case does not matter.

    A variable without a value, as a copied .env.example has them, gives way to a file.
    """
    given = os.environ.get(SECRETS_DIR, "")
    if not given:
        return
    try:
        files = {path.name.upper(): path for path in sorted(Path(given).iterdir())}
    except OSError:
        found.faults.append(f"{SECRETS_DIR}: there is no folder at this path that can be read")
        return
    ours = {name: path for name, path in files.items() if name.startswith(PREFIX)}
    found.faults.extend(
        f"{fault} in the folder of {SECRETS_DIR}" for fault in _unknown(ours, names)
    )
    for name in names:
        variable, before = variable_of(name), found.values.get(name)
        if variable in files and (before is None or not before.value):
            _take_file(found, name, f"{files[variable].name} in {SECRETS_DIR}", files[variable])


def _text_of(path: Path) -> str:
    """Return the text of a file, without the white space around it; raise _Wrong for none."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise _Wrong(f"the file cannot be read: {error.strerror}") from None
    if len(data) > _MOST_BYTES:
        raise _Wrong(f"the file has more than {_MOST_BYTES:,} bytes")
    try:
        text = data.decode().strip()
    except UnicodeDecodeError:
        raise _Wrong("the file is not UTF-8") from None
    if not text or "\0" in text:
        raise _Wrong("the file is empty" if not text else "the file has a NUL character")
    return text


def _unknown(variables: Mapping[str, object], names: Collection[str]) -> list[str]:
    """Return a sentence for each variable that is no setting and was meant as one."""
    settings = [variable_of(name) for name in names]
    known = {*settings, *(name + _SUFFIX for name in settings), *_BESIDE}
    return [
        f"{name}: is no setting{_did_you_mean(name, settings)}"
        for name in sorted(variables.keys() - known)
        if _is_meant(name, variables[name], settings)
    ]


def _is_meant(name: str, value: object, settings: Iterable[str]) -> bool:
    """Return whether a name that is no setting was meant as one: by its beginning, or alike."""
    if name.startswith(PREFIX):
        is_link = str(value).startswith(("tcp://", "udp://")) and name.endswith("_PORT")
        return not (is_link or _OF_KUBERNETES.search(name))
    return name.startswith("DEV") and bool(get_close_matches(name, settings, n=1, cutoff=_ALIKE))


def _did_you_mean(name: str, settings: Iterable[str]) -> str:
    close = get_close_matches(name.removesuffix(_SUFFIX), settings, n=1)
    suffix = _SUFFIX if name.endswith(_SUFFIX) else ""
    return f"; did you mean {close[0]}{suffix}?" if close else ""


def split_list(value: object) -> object:
    """Return what a list was written as: by commas, or in a file one on each line."""
    if isinstance(value, str):
        parts = value.replace("\n", ",").split(",")
        return [part.strip() for part in parts if part.strip()]
    return value
