"""Mail programs, played by what they leave out of a mail; no real one is asked.

Source: caniemail.com, and tests/rendering/client_support.
"""

import re
from typing import Final

_STYLE: Final = re.compile(r"<style.*?</style>", re.DOTALL)
_CLASS: Final = re.compile(r' class="[^"]*"')
_IMAGE: Final = re.compile(r"<img[^>]*>")
_TO_WORD: Final = re.compile(r"<!--\[if (?!!)[^\]]*mso[^\]]*\]>(.*?)<!\[endif\]-->", re.DOTALL)
_TO_OTHERS: Final = re.compile(r"<!--\[if !mso\]><!-->.*?<!--<!\[endif\]-->", re.DOTALL)
_MEDIA: Final = re.compile(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}")
# Word pads and frames cells alone, and knows no width that is only a bound.
_WORDS_OWN: Final = """<style>
div,p,a,span,ul,li,h1,h2,h3,h4{padding:0!important;max-width:none!important;border:0!important}
a,div,span{display:inline;border-radius:0!important}div{display:block}
</style>"""


def as_sent(html: str) -> str:
    """Return the mail as a program shows it that leaves out nothing."""
    return html


def without_styles(html: str) -> str:
    """Return what is left without the head's styles and without classes.

    So do Gmail's app with an account of another provider, and its page on a phone.
    """
    return _CLASS.sub("", _STYLE.sub("", html))


def for_word(html: str) -> str:
    """Return what Outlook for Windows makes of it, whose page is set by Word."""
    told = _TO_WORD.sub(r"\1", _TO_OTHERS.sub("", html))
    return _MEDIA.sub("", told).replace("</head>", f"{_WORDS_OWN}</head>", 1)


def without_images(html: str) -> str:
    """Return it for a reader who has switched images off."""
    return _IMAGE.sub("", html)
