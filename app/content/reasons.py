"""Why a line found no place, in words for an editor: what a load answers with and keeps."""

import re
from typing import Final

from app.sentences import N_, Sentence

BEFORE_STORIES: Final = N_("it stands before the first story")
FIELD_BEFORE_STORIES: Final = N_("a field before any story")
AFTER_THE_END: Final = N_("it stands after the end of the digest")
GIVEN_TWICE: Final = N_("the story has this field already")
NO_ADDRESS: Final = N_("a link must be an http or https address")
NO_IMAGE: Final = N_("an image must be the name or the address of an uploaded one")
SAID_TWICE: Final = N_("the issue has an opening, or a sign-off, already")
TOO_LONG: Final = N_("it is longer than an opening or a sign-off may be")
MARK_ALONE: Final = N_("a mark with nothing after it")
POINT_OUTSIDE: Final = N_("a point outside of “Deep dive” and “Decoder”")
EMPTY_POINT: Final = N_("a point with nothing in it")
NO_POINT: Final = N_("no point of the list: one begins with •, and where it goes on it is indented")
NO_FIELD: Final = N_("no field takes it: the one before it ended at the blank line")
OTHER_LEVEL: Final = N_(
    "a heading of another kind: a story's begins with ##, that of a list or an article with ###"
    " and its name"
)
HEADING_ONCE: Final = N_(
    "it looks like a heading, and a heading must stand twice, with a blank line between, or be"
    " followed by its category and “What:”"
)
HEADING_WRAPPED: Final = N_(
    "it may be where the heading below it begins: write that on one line, or twice, with a blank"
    " line between"
)
NO_SENTENCE: Final = N_(
    "it stands below a blank line and is no sentence: it may be a greeting or a signature"
)
SIGNATURE: Final = N_("a line of dashes, as before a signature")
ROW_WITHOUT_TITLE: Final = N_("a row of the table without a title")
NO_COLUMN: Final = N_("no field takes %(cells)s: name its column, or place it by hand")
NO_NAMES: Final = N_(
    "a row of a table: its first row must name the columns, such as Title, Category and Summary"
)

_CELLS: Final = re.compile(re.escape(NO_COLUMN).replace(re.escape("%(cells)s"), "(.*)"), re.DOTALL)


def no_column(cells: str) -> Sentence:
    """Return why cells of a table found no place."""
    return Sentence(NO_COLUMN, cells=cells)


def sentence_of(reason: str) -> Sentence:
    """Return a reason, which is kept in English, as what can be said in another language."""
    found = _CELLS.fullmatch(reason)
    return no_column(found[1]) if found else Sentence(reason)
