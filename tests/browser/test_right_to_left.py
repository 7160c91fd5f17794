"""A publication in Hebrew: what it writes lies right to left, and what we say about it does not."""

from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Locator, Page
from sqlalchemy import select

from app.actors import CLI
from app.clock import system_clock
from app.container import Container
from app.db.session import transaction
from app.delivery.compose import browser_url, edition_facts
from app.enums import Depth, EditionState, IssueState, SubscriberState
from app.issues.corrections import correct
from app.models import Edition, Issue, Publication, Story, Subscriber
from app.rendering.edition import render_edition
from app.tokens import Purpose
from tests.browser.conftest import OpenPage, link_of, looks
from tests.browser.test_access import findings_of
from tests.factories import make_category, make_issue, make_story, make_subscriber

NEWS: Final = "חדשות"
MODELS: Final = "בינה מלאכותית"
TITLE: Final = "מודלים קטנים עונים מהר יותר, ובזול"
TEXTS: Final = {
    "label": "קריאה של 3 דקות",
    "summary": "חברה קטנה הראתה ש־GPT לא חייב להיות גדול כדי לענות טוב.",
    "what": "המודל החדש רץ על טלפון, בלי רשת.",
    "why_it_matters": "מי שאין לו רשת יקבל תשובה.",
    "takeaway": "כדאי לנסות על משהו קטן קודם.",
    "deep_dive": ["זה התחיל כניסוי.", "היום זה בשימוש."],
    "decoder": [{"term": "השהיה", "definition": "כמה זמן לוקחת תשובה."}],
    "article": "הכול, באריכות.\n\n• ראשון\n• שני\n\n1. אחד\n2. שתיים",
}


@pytest.fixture
def hebrew(container: Container) -> Issue:
    """Make a publication in Hebrew, with an issue that went out and was corrected."""
    now = system_clock()
    with transaction(container.sessions) as session:
        publication = session.get_one(Publication, 1)
        publication.language, publication.name = "he", "דבר היום"
        publication.tagline = "הסיפורים של היום, בעומק שלך."
        publication.postal_address = "רחוב הקריאה 1\nתל אביב"
        models = make_category(session, "models", name=MODELS)
        news = make_category(session, "news", name=NEWS)
        issue = make_issue(
            session, state=IssueState.SENT, launched_at=now, subject="מה קרה היום", preheader=""
        )
        first = make_story(session, issue, models, title=TITLE, **TEXTS)
        make_story(session, issue, models, title="סיפור שני", **TEXTS)
        make_story(session, issue, news, title="The one in English", takeaway="")
    with transaction(container.sessions) as session:
        correct(
            session,
            CLI,
            issue.id,
            first.id,
            {"takeaway": "כדאי לנסות על משהו קטן."},
            "כתבנו מילה אחת יותר מדי.",
            templates=container.templates,
            base_url=container.settings.base_url,
            now=now,
        )
    return issue


@pytest.fixture
def pages(container: Container, hebrew: Issue) -> dict[str, str]:
    """Return the pages that show something of it, by name."""
    with transaction(container.sessions) as session:
        ids = session.scalars(select(Story.id).order_by(Story.position)).all()
    read = f"/read/{hebrew.id}"
    return {
        "front": "/",
        "latest": "/read",
        "issue": read,
        "issue in German": f"{read}?lang=de",
        "story": f"{read}/{ids[0]}",
        "story in English": f"{read}/{ids[2]}",
        "category": "/categories/models",
        "found": "/search?q=קטנה",
    }


@pytest.fixture
def reader(container: Container, hebrew: Issue) -> Subscriber:
    with transaction(container.sessions) as session:
        return make_subscriber(session, follows=3, state=SubscriberState.PENDING, confirmed_at=None)


def _lies(page: Page, selector: str) -> str:
    """Return at which edge of its box the first line of an element begins."""
    return str(page.locator(selector).first.evaluate(_LIES))


_LIES: Final = """element => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const line = range.getBoundingClientRect(), box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const left = line.left - box.left - parseFloat(style.paddingLeft);
    const right = box.right - parseFloat(style.paddingRight) - line.right;
    return right < left ? "right" : "left";
}"""


def _edge(element: Locator, edge: str) -> float:
    style = f"element => parseFloat(getComputedStyle(element).{edge})"
    return float(element.first.evaluate(style))


def _words_as_seen(element: Locator) -> Iterator[str]:
    """Yield an element's words as they stand from left to right, line by line."""
    found: list[tuple[float, float, str]] = element.evaluate(
        """element => {
            const words = [], walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
            for (let node; node = walk.nextNode();) {
                for (const word of node.data.matchAll(/\\S+/g)) {
                    const range = document.createRange();
                    range.setStart(node, word.index);
                    range.setEnd(node, word.index + word[0].length);
                    const {top, left} = range.getBoundingClientRect();
                    words.push([Math.round(top), left, word[0].replace(/[\u2068\u2069,]/g, "")]);
                }
            }
            return words;
        }"""
    )
    return (word for *_, word in sorted(found))


def test_what_is_written_in_hebrew_begins_at_the_right(
    open_page: OpenPage, pages: dict[str, str]
) -> None:
    page = open_page(pages["front"])
    assert page.locator("html").get_attribute("dir") == "ltr"
    assert {_lies(page, one) for one in (".claim", ".latest li", ".foot p")} == {"right"}
    assert {_lies(page, one) for one in (".standfirst", ".next", ".consent")} == {"left"}
    page.goto(pages["issue"])
    assert {_lies(page, one) for one in (".standfirst", ".chapter h2", ".item p")} == {"right"}
    assert _lies(page, "h1") == "left", "the day is said in English"
    assert _lies(page, "#category-2 ~ .item h3") == "left", "a title in English"
    page.goto(pages["story"])
    for one in ("h1", ".standfirst", ".kicker", ".takeaway p", ".decoder dd", ".article li"):
        assert _lies(page, one) == "right", one
    page.goto(pages["story in English"])
    assert {_lies(page, one) for one in ("h1", ".standfirst")} == {"left"}


def test_edges_lie_at_the_side_where_lines_begin(
    open_page: OpenPage, pages: dict[str, str]
) -> None:
    page = open_page(pages["story"])
    for one in (page.locator(".takeaway"), page.locator(".correction")):
        assert _edge(one, "borderRightWidth") > 0
        assert _edge(one, "paddingRight") > _edge(one, "paddingLeft") == 0
        assert _edge(one, "borderLeftWidth") == 0
    for one in (page.locator(".story ul"), page.locator(".article ol")):
        assert _edge(one, "paddingRight") > _edge(one, "paddingLeft") == 0
    assert _edge(page.locator(".kicker .square"), "marginLeft") > 0
    page.goto(pages["story in English"])
    assert _edge(page.locator(".story ul"), "paddingLeft") > 0


def test_names_turn_no_sentence_around(
    open_page: OpenPage, container: Container, pages: dict[str, str], reader: Subscriber
) -> None:
    page = open_page(pages["issue"])
    contents = page.locator(".contents li").first
    assert list(_words_as_seen(contents.locator(".meta")))[:3] == ["2", "stories", "·"]
    page.goto(pages["found"])
    found = list(_words_as_seen(page.locator(".results .meta").first))
    day = found.index("·")
    assert found[:day] == page.locator(".results time").first.inner_text().split()
    assert set(found[day + 1 :]) == set(MODELS.split()), "the category is read first, at the right"
    page.goto(link_of(container, Purpose.CONFIRM, reader.public_id))
    page.get_by_role("button").click()
    follows = list(_words_as_seen(page.locator(".standfirst + p")))
    assert follows[:2] == ["You", "follow"]
    first = [follows.index(name) for name in (MODELS.split()[0], NEWS)]
    assert first == sorted(first), "the names stand in the order in which they are read"


def test_address_at_the_foot_keeps_its_numbers_beside_a_hebrew_name(
    open_page: OpenPage, container: Container, pages: dict[str, str]
) -> None:
    with transaction(container.sessions) as session:
        session.get_one(Publication, 1).postal_address = "1 Reading Lane\n1010 Vienna"
    parts = open_page(pages["front"]).locator(".foot bdi").all()
    edges = [part.evaluate("one => one.getBoundingClientRect().left") for part in parts]
    assert len(edges) == 3
    assert edges == sorted(edges), "the name, and then each line, number and all"


def test_web_copy_lies_right_to_left_with_its_notes(
    open_page: OpenPage, container: Container, hebrew: Issue
) -> None:
    with transaction(container.sessions) as session:
        issue = session.get_one(Issue, hebrew.id)
        edition = Edition(
            issue_id=issue.id,
            follows=3,
            depth=Depth.DEEP,
            revision=issue.revision,
            state=EditionState.RENDERED,
            n_readers=1,
        )
        session.add(edition)
        session.flush()
        base_url = container.settings.base_url
        address = browser_url(base_url, edition.public_id)
        facts = edition_facts(
            session,
            issue,
            follows=3,
            depth=Depth.DEEP,
            base_url=base_url,
            browser_url=address,
        )
        edition.html = render_edition(facts, container.templates).html
    page = open_page(address.removeprefix(base_url), width=390)
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert _lies(page, "[role=note] p") == "right"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    said = " ".join(_words_as_seen(page.locator("[role=note] span")))
    assert said.startswith("Corrected on"), "English within it is read from the left"
    assert findings_of(page) == []


@looks
@pytest.mark.parametrize("width", [320, 768])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    open_page: OpenPage, pages: dict[str, str], look: str, width: int
) -> None:
    page = open_page("/", color_scheme=look, reduced_motion="reduce", width=width)
    for name, path in pages.items():
        page.goto(path)
        assert findings_of(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.evaluate("document.documentElement.scrollLeft") == 0, name


def test_table_of_contents_lies_as_its_headings_are_written(
    open_page: OpenPage, container: Container, hebrew: Issue
) -> None:
    paragraph = "מילה אחת אחרי השנייה. " * 150
    with transaction(container.sessions) as session:
        story = session.scalars(select(Story).order_by(Story.position)).first()
        assert story is not None
        parts = ("## פתיחה", "### באמצע", "## סוף")
        story.article = "\n\n".join(f"{part}\n{paragraph}" for part in parts)
        story.reads_markdown = True
        path = f"/read/{hebrew.id}/{story.id}"
    page = open_page(path, width=390)
    assert _lies(page, ".overview li") == "right"
    assert _edge(page.locator(".overview .within"), "paddingRight") > 0
    assert _edge(page.locator(".overview .within"), "paddingLeft") == 0
