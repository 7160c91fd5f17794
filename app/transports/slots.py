"""Slots: a text with `{{key}}` in it, split once and filled for many; used before anything is sent.

Only the plain form counts, because SES fills inline templates with "simple substitutions" only.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_SLOT: Final = re.compile(r"\{\{([A-Za-z_][A-Za-z0-9_]*)\}\}")


class SlotError(ValueError):
    """A text holds `{{` that is not a slot, or a value for a slot is missing."""


@dataclass(frozen=True)
class Slots:
    """A text split at its slots: one literal more than there are keys, in the text's order."""

    literals: tuple[str, ...]
    keys: tuple[str, ...]

    @classmethod
    def of(cls, template: str) -> "Slots":
        """Split the template into literals and slots.

        Raises:
            SlotError: for `{{` that opens no plain slot, and for a brace or a backslash that
                touches one: Handlebars reads `{{{key}}}` and an escaped `{{` as something else.
        """
        parts = _SLOT.split(template)
        slots = cls(literals=tuple(parts[::2]), keys=tuple(parts[1::2]))
        for place, literal in enumerate(slots.literals):
            if "{{" in literal:
                raise SlotError(f"'{{{{' after {_near(literal)!r} is not a merge field")
            before_slot = place < len(slots.keys)
            if (before_slot and literal.endswith(("{", "\\"))) or (
                place > 0 and literal.startswith("}")
            ):
                raise SlotError("a brace or a backslash touches a merge field")
        return slots

    def fill(self, fields: Mapping[str, str]) -> str:
        """Return the text with every slot's value in its place, as it is: nothing is escaped.

        Raises:
            SlotError: naming all keys without a value.
        """
        missing = missing_keys(self.keys, fields)
        if missing:
            raise SlotError(f"no value for {', '.join(missing)}")
        parts = list(self.literals)
        for place, key in enumerate(self.keys):
            parts[place] += fields[key]
        return "".join(parts)


def missing_keys(keys: tuple[str, ...] | frozenset[str], fields: Mapping[str, str]) -> list[str]:
    """Return the keys that have no value, sorted."""
    return sorted({key for key in keys if key not in fields})


def _near(literal: str) -> str:
    """Return the last text before the brace, so that a person finds the place."""
    return literal[: literal.index("{{")][-20:]
