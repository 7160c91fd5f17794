"""The pictures of the mail in README and of the looks in docs/templates.md, light beside dark.

After a change that shows: `make pictures`, then look at them.
"""

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser

from app.look import Look
from app.rendering.edition import render_edition
from app.rendering.merge import fields_for, fill
from app.rendering.templates import Templates, load_templates, our_templates
from tests.browser.pictures import chromium
from tests.browser.sample_mail import sample_mail
from tests.rendering.samples import edition, section

_DOCS: Final = Path(__file__).parents[2] / "docs"
_HOME: Final = "https://devoured.example"
_WIDTH: Final = 520
_HEIGHT: Final = 900
_N_COLOURS: Final = 255


def worked() -> tuple[dict[str, Look], str]:
    """Return the looks of the documentation by name, and the template that goes with the last."""
    told = (_DOCS / "templates.md").read_text().partition("## Two worked looks")[2]
    looks = [
        Look.model_validate(json.loads(one))
        for one in re.findall(r"```json\n(.*?)```", told, re.DOTALL)
    ]
    names = re.findall(r"images/look-(\w+)\.png", told)
    (template,) = re.findall(r"```mjml\n(.*?)```", told, re.DOTALL)
    return dict(zip(names, looks, strict=True)), template


@contextmanager
def own_templates(template: str) -> Iterator[Templates]:
    """Yield our templates with this one of a category's own, `press`."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sections").mkdir()
        (Path(folder) / "sections" / "press.mjml.j2").write_text(template)
        yield load_templates(own=Path(folder))


def mail_of(look: Look, templates: Templates) -> str:
    """Return a sample mail in this look, with the own template where there is one."""
    own = "press" if "press" in templates.section_names() else "default"
    sections = [replace(section(slug), template=own) for slug in ("general", "devops")]
    facts = edition(*sections)
    theirs = replace(facts.publication, look=look)
    html = render_edition(replace(facts, publication=theirs), templates).html
    return fill(html, fields_for("ada@example.org", f"{_HOME}/leave/x", f"{_HOME}/preferences/x"))


def draw(browser: Browser, html: str, path: Path) -> None:
    """Write the top of the mail, light beside dark, with as few colours as it can be seen with."""
    both = Image.new("RGB", (2 * _WIDTH, _HEIGHT))
    for n, scheme in enumerate(("light", "dark")):
        page = browser.new_page(
            viewport={"width": _WIDTH, "height": _HEIGHT},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        page.set_content(html)
        both.paste(Image.open(BytesIO(page.screenshot())).convert("RGB"), (n * _WIDTH, 0))
        page.close()
    both.quantize(_N_COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def main() -> None:
    """Draw the mail in our look and in both of the page, the second with its template."""
    looks, template = worked()
    (plain, first), (pressed, second) = looks.items()
    with chromium() as browser, own_templates(template) as templates:
        draw(browser, sample_mail(), _DOCS / "images/mail.png")
        draw(browser, mail_of(first, our_templates()), _DOCS / f"images/look-{plain}.png")
        draw(browser, mail_of(second, templates), _DOCS / f"images/look-{pressed}.png")


if __name__ == "__main__":
    main()
