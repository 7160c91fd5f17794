"""A day at the desk, from a messy paste to a sent issue, in the service that `make demo` runs."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, ViewportSize, expect

from tests.browser.demo import running_demo, sign_in_by
from tests.documents.pages import DOCS, blocks

_MINUTE = 60_000
_MOST_PRESSES = 12
_MOST_TABS = 60
_N_READERS = 20

_TUTORIAL = DOCS / "first-issue.md"

MESSY = next(block.text for block in blocks(_TUTORIAL) if "paste" in block.marks)
"""What the tutorial pastes: with a greeting, an entity, and a sentence that has lost its story."""

CLEAN = (
    MESSY.replace("Good morning everybody,\n\n", "")
    .replace("It is free for everyone.\n\n", "")
    .replace("&nbsp;", " ")
)
"""As somebody writes it who does it each day."""


@pytest.fixture(scope="module")
def link(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the demo, and yield the link that it prints for the desk."""
    var = tmp_path_factory.mktemp("demo") / "var"
    with running_demo(var, "--readers", str(_N_READERS)) as printed:
        yield printed


@pytest.fixture(scope="module")
def signed_in(browser: Browser, link: str) -> StorageState:
    return sign_in_by(browser, link)


class Hand:
    """Presses what it is given, and counts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.n_presses = 0

    def press(self, wanted: Locator) -> None:
        """Press it once."""
        self.n_presses += 1
        self.reach(wanted)

    def reach(self, wanted: Locator) -> None:
        """Click."""
        wanted.click()

    def write(self, field: Locator, text: str) -> None:
        """Put the text in as from the clipboard."""
        field.fill(text)


class Finger(Hand):
    """A hand on a phone."""

    def reach(self, wanted: Locator) -> None:
        """Tap."""
        wanted.tap()


class Keys(Hand):
    """The keyboard alone: Tab to get there, Enter to press."""

    def reach(self, wanted: Locator) -> None:
        """Tab there and press Enter."""
        self._tab_to(wanted)
        self.page.keyboard.press("Enter")

    def write(self, field: Locator, text: str) -> None:
        """Tab there unless it has the focus already, and put the text in at once."""
        if not _has_focus(field):
            self._tab_to(field)
        self.page.keyboard.insert_text(text)

    def _tab_to(self, wanted: Locator) -> None:
        expect(wanted).to_be_visible(timeout=_MINUTE)
        for _ in range(_MOST_TABS):
            if _has_focus(wanted):
                expect(wanted).to_be_in_viewport()
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{wanted} is not reached by Tab")


def _has_focus(wanted: Locator) -> bool:
    return bool(wanted.evaluate("one => one === document.activeElement"))


@pytest.mark.parametrize("kind", [Hand, Finger, Keys], ids=["mouse", "phone", "keyboard"])
def test_messy_paste_is_sent_to_everybody_in_few_presses(
    browser: Browser, link: str, signed_in: StorageState, kind: type[Hand]
) -> None:
    is_phone = kind is Finger
    size = ViewportSize(width=390, height=844) if is_phone else ViewportSize(width=1280, height=900)
    context = browser.new_context(
        storage_state=signed_in, viewport=size, has_touch=is_phone, is_mobile=is_phone
    )
    page = context.new_page()
    hand = kind(page)
    page.goto(link.partition("/sign-in/")[0])
    _send(page, hand)
    assert hand.n_presses <= _MOST_PRESSES
    context.close()


def test_tutorial_leads_from_the_front_page_to_an_issue_that_was_sent(
    browser: Browser, link: str, signed_in: StorageState
) -> None:
    page = browser.new_context(storage_state=signed_in).new_page()
    page.goto(link.partition("/sign-in/")[0])
    said = _TUTORIAL.read_text("utf-8").partition("## 3.")[2].partition("## 6.")[0]
    steps = re.findall(r"\*\*(.+?)\*\*", said)
    assert len(steps) == 9
    for step in steps:
        if step == "Read it":
            page.get_by_label("The text, as it comes").fill(MESSY)
        name = re.compile(re.escape(step).replace(r"\ N\ ", r" \d+ "))
        page.get_by_role("link", name=name).or_(page.get_by_role("button", name=name)).click()
    expect(page.get_by_role("status")).to_have_text("Scheduled.")
    page.goto(page.url.partition("/plan")[0])
    expect(_fresh(page).get_by_text(re.compile(r"^sent\b"))).to_be_visible()
    page.context.close()


def test_issue_of_each_day_is_approved_in_five_presses_and_goes_out_by_itself(
    browser: Browser, link: str, signed_in: StorageState
) -> None:
    page = browser.new_context(storage_state=signed_in).new_page()
    hand = Hand(page)
    page.goto(link.partition("/sign-in/")[0])
    hand.press(page.get_by_role("link", name="Begin it"))
    hand.write(page.get_by_label("The text, as it comes"), CLEAN)
    hand.press(page.get_by_role("button", name="Read it"))
    hand.press(page.get_by_role("button", name="Load 2 stories"))
    hand.press(page.get_by_role("link", name="Plan and approve …"))
    hand.press(page.get_by_role("button", name=re.compile(r"Approve for \d+ readers")))
    expect(page.get_by_role("link", name="Send it now …")).to_be_visible()
    expect(page.get_by_text("By itself:")).to_be_visible()
    assert hand.n_presses == 5
    page.context.close()


def _send(page: Page, hand: Hand) -> None:
    """Go from the front page to an issue that was sent, as somebody who has read nothing."""
    hand.press(page.get_by_role("link", name="Begin it"))
    hand.write(page.get_by_label("The text, as it comes"), MESSY)
    hand.press(page.get_by_role("button", name="Read it"))
    hand.press(page.get_by_role("button", name="Drop it (line 1)"))
    hand.press(page.get_by_role("button", name="Add to the story above"))
    hand.press(page.get_by_role("button", name="Load 2 stories"))
    hand.press(page.get_by_role("link", name="Plan and approve …"))
    hand.press(page.get_by_role("button", name=re.compile(r"Approve for \d+ readers")))
    hand.press(page.get_by_role("link", name="Send it now …"))
    hand.press(page.get_by_role("button", name=re.compile(r"Send to \d+ readers now")))
    expect(page.get_by_role("status")).to_have_text("Scheduled.")
    page.goto(page.url.partition("/plan")[0])
    expect(_fresh(page).get_by_text(re.compile(r"^sent\b"))).to_be_visible()


def _fresh(page: Page) -> Page:
    """Load the page again until nothing of the issue is under way, a minute at most."""
    for _ in range(60):
        if not page.get_by_text(re.compile("^(scheduled|sending)")).count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    return page
