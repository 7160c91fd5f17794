"""Why a line found no place, in words for an editor: what a load answers with and keeps."""

from typing import Final

BEFORE_STORIES: Final = "it stands before the first story"
FIELD_BEFORE_STORIES: Final = "a field before any story"
AFTER_THE_END: Final = "it stands after the end of the digest"
GIVEN_TWICE: Final = "the story has this field already"
NO_ADDRESS: Final = "a link must be an http or https address"
MARK_ALONE: Final = "a mark with nothing after it"
POINT_OUTSIDE: Final = "a point outside of “Deep dive” and “Decoder”"
EMPTY_POINT: Final = "a point with nothing in it"
NO_POINT: Final = "no point of the list: one begins with •, and where it goes on it is indented"
NO_FIELD: Final = "no field takes it: the one before it ended at the blank line"
OTHER_LEVEL: Final = (
    "a heading of another kind: a story's begins with ##, that of a list or an article with ###"
    " and its name"
)
HEADING_ONCE: Final = (
    "it looks like a heading, and a heading must stand twice, with a blank line between, or be"
    " followed by its category and “What:”"
)
HEADING_WRAPPED: Final = (
    "it may be where the heading below it begins: write that on one line, or twice, with a blank"
    " line between"
)
NO_SENTENCE: Final = (
    "it stands below a blank line and is no sentence: it may be a greeting or a signature"
)
SIGNATURE: Final = "a line of dashes, as before a signature"
ROW_WITHOUT_TITLE: Final = "a row of the table without a title"
NO_COLUMN: Final = "no field takes {}: name its column, or place it by hand"
NO_NAMES: Final = (
    "a row of a table: its first row must name the columns, such as Title, Category and Summary"
)
