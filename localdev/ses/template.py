"""Inline templates as SES fills them: plain `{{key}}`, nothing escaped, every key needed."""

import re
from collections.abc import Mapping

from localdev.ses.faults import Fault

Value = str | int | float | bool | None
Fields = Mapping[str, Value]

# Three braces are another thing in Handlebars, so no brace may stand before the two.
_SIMPLE = re.compile(r"(?<!\{)\{\{\s*([A-Za-z_][A-Za-z0-9_-]*)\s*\}\}")
_OPENING = re.compile(r"\{\{")


def fields_of(text: str) -> frozenset[str]:
    """Return the keys that a template asks for.

    Raises:
        Fault: there is a `{{` that is no plain substitution (a block, a path, an open end).

    Source: `Template.TemplateContent` in the SESv2 model: "only simple substitutions".
    """
    keys = _SIMPLE.findall(text)
    if len(_OPENING.findall(text)) != len(keys):
        raise Fault(
            "BadRequestException",
            "Template content is invalid: only simple substitutions are supported in it.",
        )
    return frozenset(keys)


def fill(text: str, values: Fields) -> str:
    """Return the text with every `{{key}}` replaced; raise KeyError for one that has no value."""
    return _SIMPLE.sub(lambda match: _say(values[match[1]]), text)


def rendering_failure(fields: frozenset[str], subject: frozenset[str], values: Fields) -> str:
    """Why these values cannot be rendered, empty when they can.

    SES accepts such a message, gives it a MessageId, and only then fails to render it. A line end
    in the subject counts as a failure, for it would start another header.

    Source: SES developer guide, "Rendering Failure" events.
    """
    if not values.keys() >= fields:
        missing = min(fields - values.keys())
        return f"Attribute '{missing}' is not present in the rendering data."
    for key in subject:
        if not {"\r", "\n"}.isdisjoint(_say(values[key])):
            return f"Attribute '{key}' puts a line end into the subject."
    return ""


def _say(value: Value) -> str:
    """Return a value as the template shows it: true and false as in JSON, null as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
