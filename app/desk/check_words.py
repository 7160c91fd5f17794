"""What the checks look for, in an editor's words."""

from collections.abc import Mapping
from typing import Final

from app.pages.language import N_
from app.warning_codes import WarningCode

WARNINGS: Final[Mapping[str, Mapping[WarningCode, str]]] = {
    N_("Stories"): {
        WarningCode.MISSING_LINK: N_("A story has neither a link nor an article"),
        WarningCode.REPEATED_TITLE: N_("A title stands twice"),
        WarningCode.REPEATED_LINK: N_("Two stories lead to the same page"),
        WarningCode.ARTICLE_IMAGE_NOT_SHOWN: N_(
            "Of an image in an article only its words are shown"
        ),
        WarningCode.TOLD_BEFORE: N_("A story was in an issue of the last 14 days"),
    },
    N_("Words"): {
        WarningCode.PLACEHOLDER_TEXT: N_("A mark for what is still to be written, as TODO or TK"),
        WarningCode.TEMPLATE_SYNTAX: N_("A field that nothing fills in, as {{ name }}"),
        WarningCode.MARKDOWN_IN_TEXT: N_("Signs of Markdown, as **bold**"),
        WarningCode.HTML_IN_TEXT: N_("Signs of HTML, as tags and entities"),
        WarningCode.DASH_IN_TERM: N_("A term with a dash, behind which its definition seems to be"),
        WarningCode.SPAM_PHRASE: N_("A phrase that filters know from spam"),
    },
    N_("Links"): {
        WarningCode.LINKS_NOT_SEEN: N_("A link was not looked at yet"),
        WarningCode.NO_WAY_OUT: N_("Not one of the links could be reached"),
        WarningCode.LINK_REFUSED: N_("A page lets no program in"),
        WarningCode.LINK_FAILING: N_("A page answers with an error"),
        WarningCode.LINK_UNREACHABLE: N_("A page cannot be reached"),
        WarningCode.LINK_LOOPS: N_("A link leads in circles"),
        WarningCode.LINK_PRIVATE: N_("A link leads to where only some can go"),
        WarningCode.LINK_NOT_CHECKED: N_("A link that nothing of ours can look at"),
    },
    N_("What inboxes show"): {
        WarningCode.LONG_SUBJECT: N_("The subject is longer than inboxes show"),
        WarningCode.LOUD_SUBJECT: N_("The subject is mostly in capitals"),
        WarningCode.REPEATED_SUBJECT: N_("The subject was that of an earlier issue"),
        WarningCode.LONG_PREHEADER: N_("The preheader is longer than inboxes show"),
        WarningCode.SHORT_PREHEADER: N_("The preheader leaves room beside it"),
        WarningCode.PREHEADER_REPEATS_SUBJECT: N_("The preheader says the same as the subject"),
        WarningCode.SENDER_PLACEHOLDER: N_("The sender’s domain is one that nobody owns"),
    },
    N_("Size"): {
        WarningCode.NEAR_BUDGET: N_("A mail is nearly as large as Gmail shows whole"),
        WarningCode.SHORTENED: N_("Parts of stories were given up to fit"),
    },
    N_("Readers"): {
        WarningCode.EMPTY_CATEGORY: N_("A category has readers and no story"),
        WarningCode.EMPTY_CUT: N_("Some readers would get nothing"),
        WarningCode.CATEGORY_WITHOUT_READERS: N_("A category has stories and no reader"),
        WarningCode.NO_READERS: N_("Nobody would get it"),
        WarningCode.ANOTHER_OF_THE_DAY: N_("There is another issue of its day"),
    },
}
"""What is warned of, by what it is about."""

ALWAYS: Final = (
    N_("No story, or one that lacks its category, summary, what it is or why it matters"),
    N_("A line without a place"),
    N_("Stories of a category that is hidden or retired, or not the issue’s own"),
    N_("A link whose page is gone"),
    N_("Filler text, as lorem ipsum"),
    N_("A colour that is hard to read on its card"),
    N_("A mail without the postal address or a way to leave"),
    N_("A mail that Gmail would cut off, a template that is wrong, a picture without words"),
    N_("Another issue of its day that is on its way"),
)
"""What always blocks approval."""
