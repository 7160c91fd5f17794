"""The marks of the text and Markdown forms: which fields stand behind one, and which below.

A title and its label are a heading; every other field is called by its own mark.
"""

from typing import Final

from app.story_fields import STORY_FIELDS, FieldKind

_HEADING: Final = frozenset({"title", "label"})
_ONE_LINE: Final = frozenset({FieldKind.LINE, FieldKind.ADDRESS, FieldKind.IMAGE})

MARKED: Final = tuple(
    one for one in STORY_FIELDS if one.kind in _ONE_LINE and one.name not in _HEADING
)
LEAD: Final = "Lead story"
"""The mark of the one story that leads; behind it stands `IT_LEADS` and nothing else."""

IT_LEADS: Final = "yes"

SECTIONED: Final = tuple(one for one in STORY_FIELDS if one.kind not in _ONE_LINE)
