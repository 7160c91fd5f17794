"""The section template of a category: one that is there."""

from app.errors import FieldError, InvalidInput
from app.rendering.templates import Templates
from app.sentences import Sentence


def check_template(templates: Templates, name: str | None) -> None:
    """Raise InvalidInput for a section template that is not there; empty is the usual one."""
    names = templates.section_names()
    if name and name not in names:
        raise InvalidInput(
            Sentence(
                "There is no section template “%(name)s”; there are %(names)s.",
                name=name,
                names=list(names),
            ),
            [FieldError("/template", "is not there")],
        )
