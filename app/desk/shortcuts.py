"""The keys of the desk, and what each does: those of every page, and those of the editor."""

from typing import Final

from app.pages.language import N_

Shortcut = tuple[tuple[str, ...], str]
"""Keys that do one thing, and what that is; both are translated where they are shown."""

EVERYWHERE: Final[tuple[Shortcut, ...]] = (
    ((N_("Ctrl K"), "⌘ K"), N_("go to a page or an issue")),
    (("/",), N_("search")),
    (("?",), N_("this list")),
)

EDITOR: Final[tuple[Shortcut, ...]] = (
    (("j", "k"), N_("next story, the one before")),
    ((N_("Enter"), "e"), N_("write in the story")),
    (("Esc",), N_("back to the list")),
    (("Alt ↑", "Alt ↓"), N_("move the story, or the row you are in")),
    (("x",), N_("select the story, for several at once; with Shift a press takes all between")),
    (("J", "K"), N_("select the next one, too, or the one before")),
    (("c",), N_("what the checks found")),
    (("p",), N_("the preview, and away")),
    (("1", "2", "3", "4"), N_("its depth")),
    (("t",), N_("send a test of what the preview shows")),
    (("m",), N_("to another category")),
    (("n",), N_("add a story")),
    ((N_("Ctrl Z"), "⌘ Z"), N_("undo; with Shift, redo")),
)
