"""The form for other sites: plain HTML to copy, and a readable page for who sends it."""

import hashlib
import html
from collections.abc import Iterator
from datetime import datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from app.addresses import parse_address
from app.container import Container
from app.db.session import Sessions, transaction
from app.enums import ConsentSource, Depth, SubscriberState
from app.main import create_app
from app.models import Consent, Letter, Subscriber, Wording
from app.readers.proof import PATIENCE
from app.readers.signup_request import TRAP
from app.settings import Settings
from tests.at_hand import build_at_hand
from tests.factories import make_category
from tests.pages.markup import tree_of, words_of

BROWSER = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Origin": "https://blog.example",
}
ADDRESS = "ada@reader.example"


@pytest.fixture(autouse=True)
def _categories(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        make_category(session, "ai")
        make_category(session, "devops")


@pytest.fixture
def strict(settings: Settings, now: datetime) -> Iterator[TestClient]:
    """Make the application with another site that it trusts."""
    named = settings.model_copy(update={"allowed_origins": ["https://a.example"]})
    container = build_at_hand(named, clock=lambda: now)
    with TestClient(create_app(container), follow_redirects=False) as client:
        yield client
    container.engine.dispose()


def _snippets(client: TestClient) -> list[str]:
    return words_of(tree_of(client.get("/embed").text), "code")


def _n(sessions: Sessions, table: type[Letter | Subscriber]) -> int:
    with transaction(sessions) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_embed_shows_forms_that_need_no_script_and_no_style(client: TestClient) -> None:
    short, whole = _snippets(client)
    for snippet in (short, whole):
        assert 'action="http://127.0.0.1:8000/v1/signups"' in snippet
        assert "<script" not in snippet
    assert "checkbox" not in short
    assert whole.count("checkbox") == 2


@pytest.mark.parametrize("headers", [BROWSER, {"Accept": "application/json"}])
def test_wording_of_a_form_is_kept_once_somebody_agreed_to_it(
    client: TestClient, sessions: Sessions, headers: dict[str, str]
) -> None:
    shown = client.get("/embed").text
    digest = _snippets(client)[0].partition('name="wording" value="')[2][:64]
    for address in ("a@b.example", "b@b.example"):
        form = {"address": address, "wording": digest}
        assert client.post("/v1/signups", data=form, headers=headers).status_code == 202
    with transaction(sessions) as session:
        kept = session.scalars(select(Wording).where(Wording.language == "en")).one()
        assert hashlib.sha256(kept.text.encode()).hexdigest() == digest
        assert kept.text in html.unescape(html.unescape(shown))


def test_wording_that_is_none_of_ours_stays_a_hash(client: TestClient, sessions: Sessions) -> None:
    for number in range(3):
        form = {"address": f"{number}@b.example", "wording": f"{number}" * 64}
        client.post("/v1/signups", data=form, headers=BROWSER)
    with transaction(sessions) as session:
        rows = session.scalars(select(Consent).order_by(Consent.id)).all()
        assert [row.wording_hash for row in rows] == [bytes([17 * n] * 32) for n in range(3)]
        assert {row.wording_version for row in rows} == {None}


def test_form_from_another_site_is_answered_with_a_page(
    client: TestClient, sessions: Sessions
) -> None:
    digest = _snippets(client)[0].partition('name="wording" value="')[2][:64]
    form = {"address": ADDRESS, TRAP: "", "wording": digest}
    answer = client.post("/v1/signups", data=form, headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (202, "text/html; charset=utf-8")
    assert words_of(tree_of(answer.text), "h1") == ["Check your mail"]
    with transaction(sessions) as session:
        reader = session.scalars(select(Subscriber)).one()
        assert (reader.state, reader.follows, reader.depth) == (
            SubscriberState.PENDING,
            3,
            Depth.BRIEF,
        )
        consent = session.scalars(select(Consent)).one()
        assert consent.source is ConsentSource.EMBED
        assert consent.wording_hash == bytes.fromhex(digest)
        assert consent.wording_version is not None


def test_form_from_another_site_takes_every_choice(client: TestClient, sessions: Sessions) -> None:
    form = {
        "address": ADDRESS,
        "categories": ["devops"],
        "depth": "deep",
        "hour": "7",
        "time_zone": "Europe/Vienna",
    }
    assert client.post("/v1/signups", data=form, headers=BROWSER).status_code == 202
    with transaction(sessions) as session:
        reader = session.scalars(select(Subscriber)).one()
        assert (reader.follows, reader.depth) == (2, Depth.DEEP)
        assert (reader.hour, reader.time_zone) == (7, "Europe/Vienna")


@pytest.mark.parametrize(
    ("form", "place"),
    [
        ({"address": "nobody"}, "address-wrong"),
        ({"depth": "deep"}, "address-wrong"),
        ({"address": "a" * 300 + "@b.example"}, "address-wrong"),
        ({"address": "a\x00@b.example"}, "address-wrong"),
        ({"address": ADDRESS, "categories": ["fishing"]}, "categories-wrong"),
        ({"address": ADDRESS, "depth": "bottomless"}, "depth-wrong"),
        ({"address": ADDRESS, "hour": "24"}, "hour-wrong"),
        ({"address": ADDRESS, "time_zone": "Mars/Olympus"}, "time_zone-wrong"),
    ],
)
def test_form_from_another_site_is_shown_again_when_something_is_wrong(
    client: TestClient, sessions: Sessions, form: dict[str, object], place: str
) -> None:
    answer = client.post("/v1/signups", data=form, headers=BROWSER)
    assert answer.status_code == 422
    root = tree_of(answer.text)
    assert root.find(f".//p[@id='{place}']") is not None
    assert root.find(".//form[@action='/signup']") is not None
    assert _n(sessions, Subscriber) == 0


@pytest.mark.parametrize("path", ["/signup", "/v1/signups"])
def test_form_with_the_unseen_field_filled_in_is_taken_once_it_has_waited(
    container: Container, client: TestClient, sessions: Sessions, now: datetime, path: str
) -> None:
    """A browser fills fields in that nobody sees; who is told that a mail comes must get one."""
    form = {"address": ADDRESS, "categories": ["ai"], "depth": "brief", TRAP: "https://x.example"}
    asked = client.post(path, data=form, headers=BROWSER)
    assert asked.status_code == 422
    root = tree_of(asked.text)
    assert words_of(root, "h1") == ["One more step"]
    kept = {one.get("name", ""): one.get("value", "") for one in root.findall(".//main//input")}
    assert kept[TRAP] == "https://x.example"
    assert client.post("/signup", data=kept).status_code == 422
    assert _n(sessions, Subscriber) == 0
    begun = container.signup_guard.proofs.patience(parse_address(ADDRESS), now - PATIENCE)
    assert client.post("/signup", data=kept | {"patience": begun}).status_code == 202
    assert _n(sessions, Subscriber) == 1


def test_program_with_the_unseen_field_filled_in_needs_a_proof(
    client: TestClient, sessions: Sessions
) -> None:
    body = {"address": ADDRESS, TRAP: "https://x.example"}
    refused = client.post("/v1/signups", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "proof_needed")
    assert _n(sessions, Subscriber) == 0


def test_form_of_ours_is_taken_however_quickly_it_comes(
    client: TestClient, sessions: Sessions
) -> None:
    form = {"address": ADDRESS, "categories": ["ai"], "depth": "deep"}
    assert client.post("/signup", data=form).status_code == 202
    assert _n(sessions, Subscriber) == 1


def test_scripts_of_named_sites_may_sign_up_and_no_others(strict: TestClient) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x"}
    for origin, is_open in (("https://a.example", True), ("https://b.example", False)):
        headers = {"Origin": origin}
        asking = headers | asked | {"Access-Control-Request-Headers": "Content-Type"}
        assert strict.options("/v1/signups", headers=asking).is_success == is_open
        for body in ({"address": ADDRESS}, {"address": "nobody"}):
            answer = strict.post("/v1/signups", json=body, headers=headers)
            allowed = answer.headers.get("access-control-allow-origin")
            assert allowed == (origin if is_open else None)
        # A script asks for a challenge first; without this its proof of work would never begin.
        challenge = strict.get("/v1/signups/challenge", headers=headers)
        assert challenge.status_code == 200
        allowed = challenge.headers.get("access-control-allow-origin")
        assert allowed == (origin if is_open else None)
        before = headers | {"Access-Control-Request-Method": "GET"}
        assert strict.options("/v1/signups/challenge", headers=before).is_success == is_open
    elsewhere = strict.get("/v1/categories", headers={"Origin": "https://a.example"})
    assert "access-control-allow-origin" not in elsewhere.headers


@pytest.mark.parametrize(
    ("accept", "is_page"),
    [
        ("text/html", True),
        ("*/*", False),
        ("", False),
        ("application/json, text/html", False),
        ("application/json;q=0.5, text/html;q=0.9", True),
        ("application/json, text/html;q=0.9", False),
        ("text/html;q=0", False),
        ("text/html;q=x", False),
    ],
)
def test_form_is_answered_with_a_page_only_where_html_is_preferred(
    client: TestClient, accept: str, *, is_page: bool
) -> None:
    for address, status in ((ADDRESS, 202), ("nobody", 422)):
        answer = client.post("/v1/signups", data={"address": address}, headers={"Accept": accept})
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("text/html") == is_page
    with_json = client.post("/v1/signups", json={"address": ADDRESS}, headers={"Accept": accept})
    assert with_json.headers["content-type"] == "application/json"
