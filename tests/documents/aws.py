"""Whether what a page tells `aws` to do is there, by the descriptions that botocore has of it."""

import re
from typing import Any, Final

from botocore import session, xform_name
from botocore.exceptions import UnknownServiceError

_COMMAND: Final = re.compile(r"^\s*aws ([a-z0-9]+) ([a-z-]+)(.*)$", re.MULTILINE)
_OF_ALL: Final = frozenset({"query", "output", "region", "profile"})
"""Options that every command takes. Source: AWS CLI, "Command line options"."""

_RENAMED: Final = frozenset({"notification-endpoint"})
"""What the command calls otherwise than the API does. Source: AWS CLI, sns subscribe."""


def commands(text: str) -> list[tuple[str, str, list[str]]]:
    """Return service, command and options of each command; what is quoted tells nothing."""
    plain = re.sub(r"'[^']*'", "VALUE", text).replace("\\\n", " ")
    return [
        (found[1], found[2], re.findall(r"(?<!\S)--([a-z0-9-]+)", found[3]))
        for found in _COMMAND.finditer(plain)
    ]


def fault(service: str, command: str, options: list[str]) -> str | None:
    """Return what is wrong with a command, or None."""
    try:
        model: Any = session.get_session().get_service_model(service)
    except UnknownServiceError:
        return f"aws has no {service}"
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    if command not in operations:
        return f"aws {service} has no {command}"
    shape = model.operation_model(operations[command]).input_shape
    known = {xform_name(name, "-"): name for name in shape.members} if shape else {}
    unknown = [one for one in options if one not in {*known, *_OF_ALL, *_RENAMED}]
    needed = {xform_name(name, "-") for name in shape.required_members} if shape else set()
    if unknown:
        return f"aws {service} {command} has no --{unknown[0]}"
    return next((f"aws {service} {command} needs --{one}" for one in needed - {*options}), None)
