"""What a reader sees where a mail program lacks a feature that our mails use.

Outlook for Windows knows many only in part, so each of those has a text, too.
"""

from typing import Final

_HEAD = (
    "Paper, card, width, paddings, titles, bands, hairlines, labels, links and accents are inline"
    " or attributes, so the design stays; paragraphs stand as far apart as the program likes."
)
_UNSTYLED = "The rules of the head that need it are left out, as where there is no head: see style."
_DARK = (
    "The program shows the light colours, or inverts them itself: a test holds every text at 4.5:1"
    " on its ground either way."
)
_KNOWN = "Outlook for Windows knows it in part: "

FALLBACKS: Final = {
    "css-border-radius": "The button of a letter has square corners.",
    "css-cursor": "The edge of a button shows the usual pointer; its link is as large.",
    "css-pseudo-class-hover": "A title is not underlined under the pointer; it is a link anyway.",
    "html-target": "The button of a letter opens where the program opens links.",
    "css-at-media": "The paddings stay those of a desktop; the card is as narrow as the screen.",
    "css-at-media-prefers-color-scheme": _DARK,
    "css-color-scheme": _DARK,
    "css-background": f"{_KNOWN}ours are plain colours; the card's is an attribute, too.",
    "css-border": f"{_KNOWN}all that it needs are of cells, whose lines it draws.",
    "css-display": (
        f"{_KNOWN}links that stand alone are no higher than their line; columns are tables there,"
        " in the compiler's comments."
    ),
    "css-display-none": "Only the preheader is hidden by it; else it is a white line of one pixel.",
    "css-font-size": f"{_KNOWN}ours are in pixels, as it likes them.",
    "css-font-weight": f"{_KNOWN}ours are bold and normal, no numbers.",
    "css-height": "Only the reset of images has it, as auto, and only a tracked mail has one.",
    "css-important": f"{_KNOWN}it needs a blank before it, which all of ours have.",
    "css-letter-spacing": f"{_KNOWN}only the name has it, by half a pixel.",
    "css-line-height": f"{_KNOWN}a comment for it sets mso-line-height-rule, so lines are as high.",
    "css-list-style": f"{_KNOWN}the Decoder's entries and the titles at the top may have bullets.",
    "css-margin": f"{_KNOWN}what it centres, a table in the compiler's comments does.",
    "css-max-height": "Only the preheader has it; it is hidden by display, and one pixel high.",
    "css-max-width": f"{_KNOWN}the card is 640 pixels by a table in the compiler's comments.",
    "css-padding": f"{_KNOWN}cells keep theirs; there is less air above titles and links.",
    "css-text-align": f"{_KNOWN}ours are left, right and center.",
    "css-text-decoration": f"{_KNOWN}at worst a title is underlined, as other links are.",
    "css-text-transform": f"{_KNOWN}only the button of a letter has it, as none.",
    "css-width": f"{_KNOWN}tables have it as an attribute, too.",
    "html-dir": f"{_KNOWN}it sets left to right, as it does without.",
    "html-height": f"{_KNOWN}only the pixel of a tracked mail has it.",
    "html-lists": f"{_KNOWN}a comment for it sets how far bullets stand in.",
    "html-width": f"{_KNOWN}ours are whole pixels and per cent.",
    "css-opacity": "Only the preheader has it; it is hidden by display, too.",
    "css-hyphenate-limit-chars": "Shorter words are divided, too; only where a program hyphenates.",
    "css-hyphens": "A long German word stands on the next line whole, as it does in English.",
    "css-overflow-wrap": "Only Japanese mails have it, where the cell breaks long words anyway.",
    "css-outline": "Only the compiler's reset has it: there is no image with an outline to lose.",
    "css-overflow": "Only the preheader has it; it is one line of one pixel.",
    "css-selector-adjacent-sibling": "There is a little less air below the name.",
    "css-selector-attribute": "Only [data-ogsc] has one: Outlook.com's own, and known there.",
    "css-selector-class": _UNSTYLED,
    "css-selector-descendant": _UNSTYLED,
    "css-selector-grouping": _UNSTYLED,
    "css-selector-id": "Only the compiler's reset for Outlook's own wrapper has one.",
    "css-selector-type": _UNSTYLED,
    "css-word-break": "A word longer than a line widens the column; links are on words.",
    "css-word-spacing": "Only the compiler's reset of the body has it, to the usual spacing.",
    "html-anchor-links": "The titles at the top do not lead down; they are read there anyway.",
    "html-aria-hidden": "The square before a category's name is read out as “black square”.",
    "html-aria-label": (
        "The article is not named by its title, and a link on is called what it shows; the heading"
        " says both."
    ),
    "html-body": "The program puts a div in its place; the paper's colour is on the wrapper, too.",
    "html-meta-color-scheme": _DARK,
    "html-role": "A table for layout is read as a table, in order: one column, the head two.",
    "html-style": _HEAD,
}
"""By the names of caniemail.com; a test holds them against what the mails use and who lacks it."""
