"""What a reader sees where a mail program lacks a feature that our mails use."""

from typing import Final

_HEAD = (
    "Paper, card, text colour, width and the paddings of the card are inline or attributes, so the"
    " mail reads in its order with the program's own sizes for headings."
)
_UNSTYLED = "The rules of the head that need it are left out, as where there is no head: see style."
_DARK = "The program shows the light colours, or inverts them itself: every pair keeps 4.5:1."

FALLBACKS: Final = {
    "css-border-radius": "The button of a letter has square corners.",
    "css-cursor": "The edge of a button shows the usual pointer; its link is as large.",
    "css-pseudo-class-hover": "A title is not underlined under the pointer; it is a link anyway.",
    "html-target": "The button of a letter opens where the program opens links.",
    "css-at-media": "The paddings stay those of a desktop; the card is as narrow as the screen.",
    "css-at-media-prefers-color-scheme": _DARK,
    "css-color-scheme": _DARK,
    "css-display-none": "Only the preheader is hidden by it; it is also without size and colour.",
    "css-height": "Only the preheader has it.",
    "css-max-height": "Only the preheader has it; Outlook hides it by mso-hide and font size.",
    "css-opacity": "Only the preheader has it; it is hidden by display, too.",
    "css-outline": "Only the compiler's reset has it: there is no image with an outline to lose.",
    "css-overflow": "Only the preheader has it; it is one line of one pixel.",
    "css-selector-adjacent-sibling": "The first story has a hairline above it like all the others.",
    "css-selector-attribute": "Only [data-ogsc] has one: Outlook.com's own, and known there.",
    "css-selector-class": _UNSTYLED,
    "css-selector-descendant": _UNSTYLED,
    "css-selector-grouping": _UNSTYLED,
    "css-selector-id": "Only the compiler's reset for Outlook's own wrapper has one.",
    "css-selector-type": _UNSTYLED,
    "css-word-break": "Long words may widen the column; our texts have none, links are on words.",
    "css-word-spacing": "Only the compiler's reset of the body has it, to the usual spacing.",
    "html-aria-hidden": "The square before a category's name is read out as “black square”.",
    "html-aria-label": "The article is not named by its title; the first heading says it.",
    "html-body": "The program puts a div in its place; the paper's colour is on the wrapper, too.",
    "html-meta-color-scheme": _DARK,
    "html-role": "A table for layout is read as a table of one column, in the right order.",
    "html-style": _HEAD,
}
"""By the names of caniemail.com; a test holds them against what the mails use and who lacks it."""
