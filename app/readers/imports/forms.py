"""Forms: whose export a file is, recognised by its columns."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Final

from app.errors import FieldError, InvalidInput
from app.readers.imports.fields import fold
from app.readers.imports.form import OTHER, Form
from app.readers.imports.services import SERVICES

_BY_NAME: Final = {form.name: form for form in SERVICES}


def form_named(name: str) -> Form:
    """Return the form of this name.

    Raises:
        InvalidInput: there is none.
    """
    if name not in _BY_NAME:
        raise InvalidInput(
            f"“{name}” is no form; there are {', '.join(_BY_NAME)}.",
            [FieldError("/form", "is none of ours")],
        )
    return _BY_NAME[name]


def form_of(heading: Sequence[str], file_name: str) -> Form:
    """Tell whose export this is, by its columns and where it must be by its name; or `other`."""
    there = {fold(name) for name in heading}
    base = PurePath(file_name).name.casefold()
    return next(
        form
        for form in SERVICES
        if base.startswith(form.in_name)
        and (form.name == OTHER or any(there.issuperset(one.split()) for one in form.marks))
    )
