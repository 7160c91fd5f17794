from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import text

from app.clock import system_clock
from app.container import Container
from app.db.session import Sessions, make_sessions, transaction
from app.enums import IssueState
from app.main import create_app
from app.models import Publication
from app.pages.search_query import MAX_QUERY, PAGE, find_stories, pieces_of
from tests.factories import make_category, make_issue, make_story
from tests.pages.markup import tree_of, words_of

PLAIN = {"summary": "-", "what": "-", "why_it_matters": "-", "takeaway": "-", "article": ""}


@pytest.fixture
def told(sessions: Sessions) -> None:
    """Stories that came out, each with a word of its own, and a draft that has them all."""
    at = system_clock() - timedelta(hours=2)
    with transaction(sessions) as session:
        ai = make_category(session, "ai", name="AI")
        issue = make_issue(session, state=IssueState.SENT, launched_at=at)
        for title, over in (
            ("A café in Göteborg", {}),
            ("Новая модель перевода", {"summary": "Переводит быстро."}),
            ("Ещё ёлка", {"summary": "Её зажгли, и всё сияет."}),
            ("Engines", {"what": "They <b>turbocharge</b> & hum."}),
            ("The <dialog> element", {}),
            ("Bullets", {"deep_dive": ["A quasar was seen."]}),
            ("Terms", {"decoder": [{"term": "Zeugma", "definition": "A yoke."}]}),
            ("Long read", {"article": "At length about xylophones."}),
        ):
            make_story(session, issue, ai, title=title, **PLAIN | over)
        draft = make_issue(session)
        make_story(session, draft, ai, title="Secret café turbocharge", **PLAIN)


def _titles(client: TestClient, query: str) -> list[str]:
    answer = client.get("/search", params={"q": query})
    assert answer.status_code == 200
    return words_of(tree_of(answer.text), "li/h2")


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("cafe", ["A café in Göteborg"]),
        ("CAFÉ", ["A café in Göteborg"]),
        ("goteborg", ["A café in Göteborg"]),
        ("модель", ["Новая модель перевода"]),
        ("МОДЕЛЬ", ["Новая модель перевода"]),
        ("новая переводит", ["Новая модель перевода"]),
        ("ещё", ["Ещё ёлка"]),
        ("еще", ["Ещё ёлка"]),
        ("ЕЩЕ ЁЛКА", ["Ещё ёлка"]),
        ("все", ["Ещё ёлка"]),
        ("модель -перевода", []),
        ('"модель перевода"', ["Новая модель перевода"]),
        ("engine", ["Engines"]),
        ("turbocharging", ["Engines"]),
        ("quasar", ["Bullets"]),
        ("zeugma", ["Terms"]),
        ("dialog", ["The <dialog> element"]),
        ("xylophone", ["Long read"]),
        ('"novel of the night"', []),
        ("„in göteborg“", ["A café in Göteborg"]),
        ("“göteborg café”", []),
        ("café -göteborg", []),
        ("quasar or zeugma", ["Bullets", "Terms"]),
    ],
)
def test_search_finds_words_wherever_they_stand(
    client: TestClient, query: str, expected: list[str]
) -> None:
    assert sorted(_titles(client, query)) == expected


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("query", ["модели", "перевод", "ёлки", "зажечь"])
def test_search_finds_a_cyrillic_word_only_as_it_is_written(client: TestClient, query: str) -> None:
    """A limit that docs/archive.md tells of: only English endings are taken off."""
    assert _titles(client, query) == []


@pytest.mark.usefixtures("told")
def test_snippet_marks_the_words_and_shows_markup_as_text(client: TestClient) -> None:
    page = client.get("/search?q=turbocharge").text
    root = tree_of(page)
    assert words_of(root, "mark") == ["turbocharge"]
    assert "&lt;b&gt;" in page
    assert "<b>turbo" not in page


@pytest.mark.usefixtures("told")
def test_search_leaves_articles_out_when_the_publication_does_not_show_them(
    client: TestClient, sessions: Sessions
) -> None:
    with transaction(sessions) as session:
        session.get_one(Publication, 1).shows_articles = False
    assert _titles(client, "xylophones") == []
    assert _titles(client, "quasar") == ["Bullets"]


def test_search_is_a_form_when_nothing_is_asked(client: TestClient) -> None:
    for query in ("", "?q=", "?q=%20%0A"):
        answer = client.get(f"/search{query}")
        assert answer.status_code == 200
        assert tree_of(answer.text).find(".//input[@type='search']") is not None
        assert answer.headers["x-robots-tag"] == "noindex"


@pytest.mark.usefixtures("told")
def test_search_says_so_when_it_can_find_nothing(client: TestClient) -> None:
    for query, said in (
        ("the", "These words are in every story"),
        ("!!! &&& |||", "These words are in every story"),
        ("\x00", "These words are in every story"),
        ("nosuchword", "Nothing was found"),
    ):
        root = tree_of(client.get("/search", params={"q": query}).text)
        assert said in words_of(root, "p[@role='status']")[0]


def test_search_keeps_the_beginning_of_a_query_that_is_too_long(client: TestClient) -> None:
    answer = client.get("/search", params={"q": "x" * (MAX_QUERY + 1)})
    assert answer.status_code == 422
    root = tree_of(answer.text)
    field = root.find(".//input[@type='search']")
    assert field is not None
    assert field.get("value") == "x" * MAX_QUERY
    assert words_of(root, "p[@role='alert']")


@pytest.mark.parametrize("page", ["0", "-1", "51", "x", "9" * 40])
def test_search_refuses_a_page_that_cannot_be(client: TestClient, page: str) -> None:
    assert client.get(f"/search?q=a&page={page}").status_code == 422


@given(query=st.text(max_size=MAX_QUERY))
@examples(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_search_answers_whatever_is_asked(client: TestClient, query: str) -> None:
    plain = query.encode("utf-8", "replace").decode()
    answer = client.get("/search", params={"q": plain})
    assert answer.status_code == 200
    tree_of(answer.text)


def test_search_turns_pages_when_much_is_found(client: TestClient, sessions: Sessions) -> None:
    with transaction(sessions) as session:
        ai = make_category(session)
        issue = make_issue(session, state=IssueState.SENT, launched_at=system_clock())
        for n in range(PAGE + 1):
            make_story(session, issue, ai, title=f"Common {n}", **PLAIN)
    first = tree_of(client.get("/search?q=common").text)
    assert len(words_of(first, "li/h2")) == PAGE
    turn = first.find(".//a[@rel='next']")
    assert turn is not None
    second = tree_of(client.get(turn.get("href", "")).text)
    assert len(words_of(second, "li/h2")) == 1
    assert not set(words_of(first, "li/h2")) & set(words_of(second, "li/h2"))


@given(st.lists(st.tuples(st.text("ab<&"), st.text("ab<&"))))
def test_pieces_lose_nothing_but_the_marks(parts: list[tuple[str, str]]) -> None:
    marked = "".join(f"{plain}\x02{hit}\x03" for plain, hit in parts)
    pieces = pieces_of(marked)
    assert "".join(piece.text for piece in pieces) == "".join(a + b for a, b in parts)
    assert [piece.text for piece in pieces if piece.is_hit] == [hit for _, hit in parts if hit]


@pytest.mark.usefixtures("told")
def test_search_can_use_the_index(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = session.scalars(
            text(
                "EXPLAIN SELECT id FROM stories"
                " WHERE words @@ websearch_to_tsquery('devoured', 'quasar')"
            )
        ).all()
        assert "ix_stories_words" in "\n".join(plan)
        assert find_stories(session, "quasar", 1, in_articles=True).n == 1


@pytest.mark.usefixtures("published")
def test_search_that_takes_too_long_is_ended_and_says_so(container: Container) -> None:
    hasty = replace(
        container, search_sessions=make_sessions(container.engine, statement_seconds=0.2)
    )
    with TestClient(create_app(hasty)) as client, container.engine.connect() as locking:
        locking.exec_driver_sql("LOCK TABLE stories IN ACCESS EXCLUSIVE MODE")
        answer = client.get("/search?q=story")
        locking.rollback()
        assert answer.status_code == 503
        assert "Please look for rarer words, or fewer." in answer.text
        assert answer.headers["retry-after"] == "5"
        assert client.get("/search?q=story").status_code == 200


@pytest.mark.parametrize("query", ["quasar", "galaxy", "nebula", "pulsar"])
def test_snippets_show_bare_words(client: TestClient, sessions: Sessions, query: str) -> None:
    at = system_clock() - timedelta(hours=2)
    marked = PLAIN | {
        "what": "A *quasar* was [seen](https://seen.dev/).",
        "deep_dive": ["A `galaxy` beside *it*"],
        "article": "## A *nebula*\n\n[By](https://they.dev/).\n\n|a|b|\n|-|-|\n|pulsar|c|",
    }
    with transaction(sessions) as session:
        ai = make_category(session, "ai", name="AI")
        issue = make_issue(session, state=IssueState.SENT, launched_at=at)
        make_story(session, issue, ai, title="Marked up", **marked)
        make_story(session, issue, ai, title="As typed", reads_markdown=False, **marked)
    page = tree_of(client.get("/search", params={"q": query}).text)
    said = dict(zip(words_of(page, "li/h2"), words_of(page, "li/p[2]"), strict=True))
    assert query in said["Marked up"]
    assert not set("*`[]#|") & set(said["Marked up"]), said
    assert "https" not in said["Marked up"]
    assert "*" in said["As typed"]
    assert "](https://" in said["As typed"]
