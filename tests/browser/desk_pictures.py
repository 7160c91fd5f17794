"""The pictures of the desk in the documentation, of a demo of its own.

After a change that shows: `make pictures`, then look at them.
"""

import re
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.demo import running_demo, sign_in_by
from tests.browser.pictures import chromium

_ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = _ROOT / "docs/images"
MOST_BYTES: Final = 150_000

_SAMPLE: Final = _ROOT / "localdev/samples/digest.txt"
_TITLE_TWICE: Final = re.compile(r"^(?=(.+ minute read\))\n\n\1$)", re.MULTILINE)
_N_COLOURS: Final = 128
_DESKTOP: Final = ViewportSize(width=1280, height=800)
_PHONE: Final = ViewportSize(width=390, height=800)
_MINUTE: Final = 60_000


def _halves() -> tuple[str, str]:
    """Return two digests of our sample's stories: one that was sent, and one to be pasted."""
    _, *found = _TITLE_TWICE.split(_SAMPLE.read_text())
    stories = found[1::2]
    sent, pasted = stories[::2], stories[1::2]
    mess = "It is free for everyone.\n\n"
    return "".join(sent), "".join(["Good morning everybody,\n\n", pasted[0], mess, *pasted[1:]])


def _today(page: Page) -> None:
    page.goto("/desk")
    expect(page.get_by_text("left within a day")).to_be_visible(timeout=_MINUTE)


def _results(page: Page) -> None:
    page.goto("/desk/results")
    page.locator(".rows a").first.click()
    expect(page.get_by_text("delivered").first).to_be_visible(timeout=_MINUTE)
    expect(page.locator(".later[data-hx-get]")).to_have_count(0, timeout=_MINUTE)


def _paste(page: Page) -> None:
    page.goto("/desk")
    page.get_by_role("link", name="Begin it").click()
    page.get_by_label("The text, as it comes").fill(_halves()[1])
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_text("stories understood")).to_be_visible()


def _editor(page: Page) -> None:
    """Drop what found no place, load the rest, and write."""
    for _ in range(page.get_by_role("button", name=re.compile("^Drop it")).count()):
        page.get_by_role("button", name=re.compile("^Drop it")).first.click()
    page.get_by_role("button", name=re.compile(r"Load \d+ stories")).click()
    page.get_by_role("link", name="Write").click()
    expect(page.locator("#save-state")).to_have_text("Saved")
    if not page.locator(".pane").is_visible():
        page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.locator("#cut")).to_contain_text("reader")
    expect(page.frame_locator(".pane iframe").locator("a").first).to_be_visible()


def _plan(page: Page) -> None:
    page.goto(page.url.partition("/edit")[0])
    page.get_by_role("link", name="Plan and approve …").click()
    approve = page.get_by_role("button", name=re.compile(r"Approve for \d+ readers"))
    expect(approve).to_be_visible(timeout=_MINUTE)


_WAY: Final[tuple[tuple[str, Callable[[Page], None]], ...]] = (
    ("results", _results),
    ("paste", _paste),
    ("editor", _editor),
    ("plan", _plan),
    ("today", _today),
)
"""What is looked at, in the order in which a day comes to it."""


def write(browser: Browser, link: str, folder: Path) -> None:
    """Go through a day at the desk, and draw every picture into the folder."""
    kept = sign_in_by(browser, link)
    base_url = link.partition("/desk/")[0]
    # What time it is here and in the publication's zone is the same.
    options = {"storage_state": kept, "base_url": base_url, "reduced_motion": "reduce"}
    page = browser.new_page(viewport=_DESKTOP, **options)  # type: ignore[arg-type]  # options are Playwright's own, by name
    for name, look in _WAY:
        look(page)
        _draw(page, folder / f"desk-{name}.png")
    page.close()
    phone = browser.new_page(viewport=_PHONE, color_scheme="dark", **options)  # type: ignore[arg-type]  # as above
    _today(phone)
    _draw(phone, folder / "desk-phone.png")
    phone.close()


def _draw(page: Page, path: Path) -> None:
    """Write what the window shows, with as few colours as it can be seen with."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)
    shown = Image.open(BytesIO(page.screenshot())).convert("RGB")
    shown.quantize(_N_COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    assert path.stat().st_size < MOST_BYTES, path


def main() -> None:
    """Run a demo of its own, and draw."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        digest = Path(folder) / "digest.txt"
        digest.write_text(_halves()[0])
        var = Path(folder) / "var"
        with running_demo(var, "--digest", str(digest), "--readers", "300") as link:
            write(browser, link, FOLDER)


if __name__ == "__main__":
    main()
