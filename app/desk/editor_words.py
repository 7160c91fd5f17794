"""What the editor's script says; it has no sentence of its own."""

from typing import Any, Final

from app.enums import Depth, IssueState, Trim
from app.pages.language import N_, gettext

MARKS_IN_TEXTS: Final = N_(
    "Marks are read here: *emphasis*, **strong**, `code`, [words](https://…)."
)
MARKS_IN_ARTICLES: Final = N_(
    "Marks are read here: those of other texts, and ## headings, lists, quotes, code, tables and"
    " images."
)

_WORDS: Final = {
    "add_story": N_("Add a story"),
    "another": N_("somebody else is signed in here. Sign in again in another tab to go on."),
    "are_first": N_("They are the first of their categories."),
    "are_last": N_("They are the last of their categories."),
    "about_readers": N_("Readers without stories, stories without readers: {n}"),
    "article_image": N_("Put an image into the article: choose a file, or drop one here"),
    "article_image_stored": N_("Stored. Write between its brackets what it shows."),
    "blocks": N_("Blocks approval:"),
    "blocks_n": N_("Blocks approval: {n}"),
    "bring_back": N_("Bring it back"),
    "bring_all_back": N_("Bring them back"),
    "categories": N_("Categories"),
    "checks": N_("Checks"),
    "checking": N_("Checking …"),
    "checks_before": N_("What stands here is what they said last."),
    "checks_n": N_("Checks: {n}"),
    "checks_no_answer": N_("Checks: no answer"),
    "close": N_("Close"),
    "counting": N_("counting its readers"),
    "cuts": N_("Choose what readers get"),
    "count": N_("{n} of {most}"),
    "dark": N_("Dark"),
    "depth": N_("Depth"),
    "desktop": N_("Desktop"),
    "down": N_("Move down"),
    "drop": N_("Drop"),
    "dropped": N_("“{title}” is dropped."),
    "dropped_n": N_("{n} stories are dropped."),
    "dropped_stories": N_("Dropped stories: {n}"),
    "duplicate": N_("Duplicate"),
    "form": N_("What to show"),
    "given_up": N_("Given up to be no larger: {what}"),
    "found": N_("worth a look: {n}"),
    "gone": N_("the issue is not there any more."),
    "here": N_("Here too: {who}"),
    "history": N_("History"),
    "image_choose": N_("Choose a file, or drop one here: JPEG, PNG, GIF or WebP"),
    "image_large": N_("The file is too large."),
    "image_remove": N_("Remove the image"),
    "image_stored": N_("Stored. Say below what it shows."),
    "image_storing": N_("Storing …"),
    "is_dropped": N_("This story is dropped. What is typed in it is kept."),
    "is_first": N_("It is the first of its category."),
    "is_last": N_("It is the last of its category."),
    "is_needed": N_("it is needed."),
    "keys": N_("Keys"),
    "lacks": N_("lacks {what}"),
    "lead": N_("Lead story"),
    "light": N_("Light"),
    "load": N_("Load it again"),
    "load_again": N_("What you typed is kept in this browser."),
    "mail": N_("Mail"),
    "make_lead": N_("Make it lead"),
    "marks": N_(
        "In the texts below marks are read: *emphasis*, **strong**, `code`, [words](https://…)."
    ),
    "marks_in_article": MARKS_IN_ARTICLES,
    "marks_all": N_("All marks"),
    "move": N_("Move"),
    "move_to": N_("Move to"),
    "moved_down": N_("{stories} moved down."),
    "moved_to": N_("{stories} moved to {category}."),
    "moved_up": N_("{stories} moved up."),
    "no_address": N_("it has to be an address that begins with https:// or http://."),
    "no_category": N_("Without a category"),
    "no_answer": N_("The preview does not come. What stands here is the one before."),
    "no_checks": N_("The checks do not answer. They are asked again every few seconds."),
    "no_cut": N_("Choose a category that has stories."),
    "no_right": N_("you may not edit any more."),
    "no_story": N_("There is no story yet."),
    "none_yet": N_("none yet"),
    "not_saved": N_("Not saved: {why}"),
    "nothing_given_up": N_("nothing given up"),
    "not_sent": N_("Kept here, not sent: {why}"),
    "nothing_found": N_("Nothing was found."),
    "of": N_("{n} of {most}"),
    "offline": N_("Offline, kept here"),
    "offline_not_kept": N_("Offline, and this browser keeps nothing: leave the page open"),
    "phone": N_("Phone"),
    "plain_text": N_("Text"),
    "page_old": N_(
        "You have signed in anew since this page was loaded. Load it again, then try once more."
    ),
    "preview": N_("Preview"),
    "reader": N_("A reader …"),
    "reader_address": N_("Their address"),
    "reader_gets_none": N_("{who} would get none of it now: {why}"),
    "reader_leave": N_("Show a cut again"),
    "no_answer_yet": N_("No answer came. Try again."),
    "reader_no_mail": N_("No mail for {who}"),
    "reader_show": N_("Show their mail"),
    "reader_title": N_("As one reader gets it"),
    "readers_one": N_("{n} reader"),
    "readers_other": N_("{n} readers"),
    "place": N_("Story {n} of {of} in {category}"),
    "place_now": N_("“{title}” is story {n} of {of} in {category} now."),
    "redo": N_("Redo"),
    "replaced": N_("the issue’s document was made anew."),
    "saved": N_("Saved"),
    "saved_but": N_("Saved, but for what cannot be yet: {n}"),
    "saving": N_("Saving"),
    "scheme": N_("Colours"),
    "select": N_("Select “{title}”"),
    "select_none": N_("Select none"),
    "selected": N_("Selected stories"),
    "selected_n": N_("{n} selected"),
    "signed_out": N_("you are signed out. Sign in again in another tab."),
    "source": N_("Source"),
    "size": N_("{n} KB of {most}"),
    "stories": N_("Stories"),
    "stories_one": N_("{n} story"),
    "stories_other": N_("{n} stories"),
    "to_field": N_("To the field"),
    "to_issue": N_("To the issue’s page: its lines without a place, and what is meant so"),
    "to_list": N_("← Stories"),
    "test": N_("Send a test"),
    "test_is": N_("{cut}, revision {n}"),
    "test_no_answer": N_("Not sent: no answer came. Try again."),
    "test_on_its_way": N_("On its way to {who}: {what}."),
    "test_send": N_("Send it"),
    "test_sending": N_("Sending …"),
    "test_to": N_("To"),
    "test_to_hint": N_(
        "Ten addresses at most, with a space between. Its subject begins with “[Test]”."
    ),
    "test_waits": N_("Not sent: what you typed is not stored yet."),
    "this_story": N_("This story"),
    "too_long": N_("it is too long by {n}."),
    "undo": N_("Undo"),
    "unsaved_part": N_("not all saved"),
    "untitled": N_("No title yet"),
    "up": N_("Move up"),
    "waive": N_("Waive it"),
    "waive_meant": N_("It is meant so"),
    "waive_why": N_("Why?"),
    "warns": N_("Worth a look:"),
    "width": N_("Width"),
    "warns_n": N_("Worth a look: {n}"),
    "words_at": N_("Words in a mail: {depths}"),
    "writes_here": N_("{who} here"),
    "you": N_("you, elsewhere"),
}

_CLOSED: Final = {
    IssueState.APPROVED: N_("the issue is approved. Open it again to go on."),
    IssueState.SCHEDULED: N_("the issue is scheduled. Open it again to go on."),
    IssueState.SENDING: N_("the issue is being sent."),
    IssueState.PAUSED: N_("the issue is being sent, and paused."),
    IssueState.SENT: N_("the issue is sent."),
    IssueState.CANCELLED: N_("the issue is cancelled."),
}

DEPTHS: Final = {
    Depth.HEADLINES: N_("headlines"),
    Depth.BRIEF: N_("brief"),
    Depth.DEEP: N_("deep"),
    Depth.WHOLE: N_("whole"),
}
"""How much of each story a reader wants, in words."""

TRIMS: Final = {
    Trim.DECODER: N_("Decoder"),
    Trim.DEEP_DIVE: N_("Deep dive"),
    Trim.TAKEAWAY: N_("Takeaway"),
    Trim.WHY_IT_MATTERS: N_("Why it matters"),
    Trim.HEADLINE: N_("All but the headline"),
    Trim.STORY: N_("The story itself"),
}
"""What an edition gives up so as to be no larger, in words."""

_ROWS: Final = {
    "text": N_("Point {n}"),
    "term": N_("Term {n}"),
    "definition": N_("What term {n} means"),
}

_HINTS: Final = {"term": N_("Term"), "definition": N_("What it means")}

_REMOVE: Final = {"text": N_("Remove point {n}"), "term": N_("Remove term {n}")}

_ADD: Final = {"text": N_("Add a point"), "term": N_("Add a term")}


def words_of_editor() -> dict[str, str]:
    """Return the sentences by their names, in the page's language."""
    return {name: gettext(sentence) for name, sentence in _WORDS.items()}


def words_when_closed() -> dict[str, str]:
    """Return by state of an issue why nothing can be written in it."""
    return {state.value: gettext(sentence) for state, sentence in _CLOSED.items()}


def words_of_rows(names: tuple[str, ...]) -> dict[str, Any]:
    """Return what the rows of a list are called, whose entries have these texts."""
    return {
        "rows": {name: gettext(_ROWS[name]) for name in names},
        "hints": {name: gettext(_HINTS[name]) for name in names if name in _HINTS},
        "add": gettext(_ADD[names[0]]),
        "remove": gettext(_REMOVE[names[0]]),
    }
