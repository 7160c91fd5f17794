"""Templates of subject and preheader: refused before they are stored."""

from collections.abc import Mapping
from typing import Any

from app.errors import FieldError, InvalidInput
from app.rendering.subjects import template_faults
from app.sentences import Sentence


def check_line_templates(fields: Mapping[str, Any]) -> None:
    """Raise InvalidInput for a template of subject or preheader with an unknown placeholder."""
    wrong = [
        FieldError(f"/{name}", fault)
        for name in ("subject_template", "preheader_template")
        for fault in template_faults(
            str(fields.get(name) or ""), is_subject=name == "subject_template"
        )
    ]
    if wrong:
        raise InvalidInput(Sentence("The template %(fault)s.", fault=wrong[0].detail), wrong)
