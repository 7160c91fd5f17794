"""What is wrong with a setting, as a sentence that names the variable and never its value."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from app.setting_sources import variable_of

_SAYS: Final[Mapping[str, Callable[[Mapping[str, Any], str], str]]] = {
    "missing": lambda _, what: f"is missing ({what})",
    "string_too_short": lambda _, what: f"must not be empty ({what})",
    "string_pattern_mismatch": lambda _, what: f"is not written as it should be ({what})",
    "literal_error": lambda ctx, _: f"must be {_words(str(ctx['expected']))}",
    "int_parsing": lambda _, __: "must be a whole number",
    "int_parsing_size": lambda _, __: "must be a whole number",
    "int_from_float": lambda _, __: "must be a whole number",
    "float_parsing": lambda _, __: "must be a number",
    "finite_number": lambda _, __: "must be a number",
    "bool_parsing": lambda _, __: "must be true or false",
    "greater_than_equal": lambda ctx, _: f"must be at least {ctx['ge']:g}",
    "greater_than": lambda ctx, _: f"must be more than {ctx['gt']:g}",
    "less_than_equal": lambda ctx, _: f"must be at most {ctx['le']:g}",
}
"""What each error of pydantic says of a setting, by its `ctx` and the setting's description."""


NOTHING_GIVEN: Final = (
    "not one is given here. In a new terminal beside devoured up or the demo, type the line that"
    " they printed for commands, which reads their settings.sh; elsewhere DEVOURED_ENV_FILE names a"
    " file of settings (docs/settings.md)"
)


def fault_of(problem: Mapping[str, Any], descriptions: Mapping[str, str]) -> str:
    """Return one of pydantic's errors as `DEVOURED_TRANSPORT: must be ses or smtp`.

    Args:
        problem: one of `ValidationError.errors()`. A rule about several settings names the one at
            fault at the beginning of its own sentence, as `base_url: must be …`.
        descriptions: what each setting is, by its name.
    """
    message = str(problem["msg"]).removeprefix("Value error, ")
    name = "_".join(str(part) for part in problem["loc"][:1])
    if not name:
        name, _, message = message.partition(": ")
    says = _SAYS.get(str(problem["type"]))
    if says is not None:
        message = says(problem.get("ctx", {}), descriptions.get(name, ""))
    return f"{variable_of(name)}: {message}"


def variable_in(fault: str) -> str:
    """Return the variable of a setting that a sentence is about, by its name or its file's."""
    return fault.replace(":", " ").split()[0].upper().removesuffix("_FILE")


def _words(expected: str) -> str:
    """Return `'', 'a' or 'b'` as `empty, a or b`."""
    return expected.replace("''", "empty").replace("'", "")
