"""Every text of every mail can be read on its ground: WCAG 2.2, 1.4.3 Contrast (Minimum), AA."""

from collections.abc import Callable, Iterable

import pytest

from app.colours import TEXT, contrast
from app.look import OURS
from app.rendering.painted import LINK_BLUE, Printed, dark, light, outlook_dark
from app.rendering.templates import Templates
from tests.rendering import goldens

Paint = Callable[[str], list[Printed]]


def _faint(texts: Iterable[Printed]) -> set[Printed]:
    return {one for one in texts if contrast(one.colour, one.ground) < TEXT}


@pytest.mark.parametrize("paint", [light, dark, outlook_dark])
def test_every_text_can_be_read_on_its_ground(templates: Templates, paint: Paint) -> None:
    for name, mail in goldens.mails(templates):
        texts = paint(mail.html)
        assert len(texts) > 5
        assert _faint(texts) == set(), name


@pytest.mark.parametrize("paint", [light, dark, outlook_dark])
def test_no_link_keeps_the_colour_of_the_program(templates: Templates, paint: Paint) -> None:
    for name, mail in goldens.mails(templates):
        assert LINK_BLUE not in {one.colour for one in paint(mail.html)}, name


def test_dark_mail_is_dark_and_light_one_light(templates: Templates) -> None:
    for name, mail in goldens.mails(templates):
        grounds = [
            {one.ground for one in paint(mail.html)} for paint in (light, dark, outlook_dark)
        ]
        button = {OURS.light.accent}, {OURS.dark.accent}
        assert grounds[0] - button[0] == {OURS.light.card, OURS.light.page}, name
        assert grounds[1] == grounds[2], name
        assert grounds[1] - button[1] == {OURS.dark.card, OURS.dark.page}, name


def _turned(colour: str) -> str:
    """Return the colour in a program that inverts a mail and rotates its hues back.

    Source: Filter Effects Module 1, `invert(1)` and the matrix of `hue-rotate(180deg)`.
    """
    red, green, blue = (255 - int(colour[i : i + 2], 16) for i in (1, 3, 5))
    rows = ((-0.574, 1.43, 0.144), (0.426, 0.43, 0.144), (0.426, 1.43, -0.856))
    turned = (a * red + b * green + c * blue for a, b, c in rows)
    return "#" + "".join(f"{min(255, max(0, round(one))):02X}" for one in turned)


def test_every_text_can_be_read_when_the_program_inverts_the_mail(templates: Templates) -> None:
    assert (_turned("#FFFFFF"), _turned("#000000")) == ("#000000", "#FFFFFF")
    for name, mail in goldens.mails(templates):
        inverted = (Printed(p.text, _turned(p.colour), _turned(p.ground)) for p in light(mail.html))
        assert _faint(inverted) == set(), name


@pytest.mark.parametrize(
    ("old", "new", "paint"),
    [
        ("#5F5A52", "#8F8A82", light),
        ("#B3ABA0", "#636058", dark),
        ("#B3ABA0", "#636058", outlook_dark),
        (".m a", ".none", dark),
    ],
)
def test_faint_colour_is_found_when_it_is_in_a_mail(
    templates: Templates, old: str, new: str, paint: Paint
) -> None:
    html = dict(goldens.mails(templates))["clipped"].html
    assert old in html
    assert _faint(paint(html)) == set()
    assert _faint(paint(html.replace(old, new)))
