"""The proof of work: where the settings ask for it, and another way for who runs no script."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from altcha import Challenge, Payload, solve_challenge
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from app.clock import system_clock
from app.container import build
from app.db.session import Sessions, transaction
from app.main import create_app
from app.models import Subscriber
from app.readers.proof import GOOD_FOR, PATIENCE
from app.settings import Settings
from tests.at_hand import build_at_hand
from tests.factories import make_category
from tests.pages.markup import tree_of

ADDRESS = "ada@reader.example"
FORM = {"address": ADDRESS, "categories": ["ai"], "depth": "deep"}


class _Clock:
    """The library asks the machine for the time, so that this begins with the machine's own."""

    def __init__(self) -> None:
        self.now = system_clock()

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def asked(settings: Settings, clock: _Clock, sessions: Sessions) -> Iterator[TestClient]:
    with transaction(sessions) as session:
        make_category(session, "ai")
    container = build_at_hand(settings.model_copy(update={"proof_rounds": 2}), clock=clock)
    with TestClient(create_app(container), follow_redirects=False) as client:
        yield client
    container.engine.dispose()


def _proof(client: TestClient) -> str:
    challenge = Challenge.from_dict(client.get("/v1/signups/challenge").json())
    solution = solve_challenge(challenge)
    assert solution is not None
    return Payload(challenge, solution).to_base64()


def _n(sessions: Sessions) -> int:
    with transaction(sessions) as session:
        return session.scalar(select(func.count()).select_from(Subscriber)) or 0


def _hidden(text: str) -> dict[str, list[str]]:
    """Return the hidden fields of a page's form."""
    fields: dict[str, list[str]] = {}
    for field in tree_of(text).findall(".//main//input[@type='hidden']"):
        fields.setdefault(field.get("name", ""), []).append(field.get("value", ""))
    return fields


@pytest.mark.parametrize("path", ["/signup", "/v1/signups"])
def test_sign_up_takes_a_proof_once(asked: TestClient, sessions: Sessions, path: str) -> None:
    form = FORM | {"altcha": _proof(asked)}
    assert asked.post(path, data=form).status_code == 202
    assert asked.post(path, data=form | {"address": "b@b.example"}).status_code == 422
    assert _n(sessions) == 1


def _said(proof: str) -> dict[str, dict[str, object]]:
    said: dict[str, dict[str, object]] = json.loads(b64decode(proof))
    return said


def _spelt(said: object, **how: object) -> str:
    return b64encode(json.dumps(said, **how).encode()).decode()  # type: ignore[arg-type]  # json's own options


def _with_spare_bits(proof: str) -> str:
    """Return the same bytes, padded with blanks until the last character has bits to spare."""
    raw = b64decode(proof)
    raw += b" " * ((1 - len(raw)) % 3)
    text = b64encode(raw).decode()
    assert text.endswith("==")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return text[:-3] + letters[letters.index(text[-3]) + 1] + "=="


SPELLINGS: dict[str, Callable[[str], str]] = {
    "an extra key": lambda proof: _spelt(_said(proof) | {"n": 1}),
    "an extra key of the challenge": lambda proof: _spelt(
        _said(proof) | {"challenge": _said(proof)["challenge"] | {"n": 1}}
    ),
    "an extra key of the solution": lambda proof: _spelt(
        _said(proof) | {"solution": _said(proof)["solution"] | {"n": 1}}
    ),
    "another time": lambda proof: _spelt(
        _said(proof) | {"solution": _said(proof)["solution"] | {"time": 7}}
    ),
    "a key twice": lambda proof: b64encode(
        b64decode(proof).replace(b'{"challenge"', b'{"challenge": 1, "challenge"')
    ).decode(),
    "other blanks": lambda proof: _spelt(_said(proof), indent=1),
    "another order": lambda proof: _spelt(dict(reversed(_said(proof).items()))),
    "stray characters": lambda proof: f"{proof[:8]}!{proof[8:]}",
    "a line end": lambda proof: f"{proof}\n",
    "more padding": lambda proof: f"{proof}====",
    "spare bits": _with_spare_bits,
}
"""One solution in other words; a key that decodes to the same is the same solution."""


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("is_first", [True, False])
def test_solution_is_taken_once_however_it_is_spelt(
    asked: TestClient, sessions: Sessions, spelling: str, *, is_first: bool
) -> None:
    proof = _proof(asked)
    proofs = [proof, SPELLINGS[spelling](proof)]
    for n, one in enumerate(reversed(proofs) if is_first else proofs):
        form = {"address": f"{n}@reader.example", "altcha": one}
        assert asked.post("/v1/signups", json=form).status_code in {202, 422}
    assert _n(sessions) == 1


def test_two_solutions_of_one_challenge_are_taken_once(
    asked: TestClient, sessions: Sessions
) -> None:
    challenge = Challenge.from_dict(asked.get("/v1/signups/challenge").json())
    first = solve_challenge(challenge)
    assert first is not None
    second = solve_challenge(challenge, counter_start=first.counter + 1)
    assert second is not None
    for n, solution in enumerate((first, second)):
        proof = Payload(challenge, solution).to_base64()
        asked.post("/v1/signups", json={"address": f"{n}@reader.example", "altcha": proof})
    assert _n(sessions) == 1


def test_sign_up_by_the_api_says_what_is_missing(asked: TestClient, sessions: Sessions) -> None:
    for proof in ("", "x", "e30=", _proof(asked)[:-8] + "AAAAAAAA"):
        answer = asked.post("/v1/signups", json={"address": ADDRESS, "altcha": proof})
        assert (answer.status_code, answer.json()["code"]) == (422, "proof_needed")
        assert answer.json()["errors"][0]["pointer"] == "/altcha"
    assert _n(sessions) == 0


def test_form_without_a_proof_is_taken_after_half_a_minute(
    asked: TestClient, sessions: Sessions, clock: _Clock
) -> None:
    waiting = asked.post("/signup", data=FORM)
    assert waiting.status_code == 422
    fields = _hidden(waiting.text)
    assert (fields["address"], fields["categories"]) == ([ADDRESS], ["ai"])
    clock.now += PATIENCE / 2
    too_soon = asked.post("/signup", data=fields)
    assert _hidden(too_soon.text) == fields
    assert _n(sessions) == 0
    clock.now += PATIENCE / 2
    for _ in range(2):
        assert asked.post("/signup", data=fields).status_code in {202, 422}
        assert _n(sessions) == 1


def test_patience_is_good_for_its_address_only_and_not_for_ever(
    asked: TestClient, sessions: Sessions, clock: _Clock
) -> None:
    fields = _hidden(asked.post("/signup", data=FORM).text)
    clock.now += PATIENCE
    assert asked.post("/signup", data=fields | {"address": ["b@b.example"]}).status_code == 422
    clock.now += GOOD_FOR
    assert asked.post("/signup", data=fields).status_code == 422
    assert _n(sessions) == 0


def test_form_loads_its_script_only_where_a_proof_is_asked(
    asked: TestClient, settings: Settings
) -> None:
    front = asked.get("/")
    assert "script-src 'self'" in front.headers["content-security-policy"]
    assert 'data-challenge="/v1/signups/challenge"' in front.text
    assert asked.get("/static/proof.js").headers["content-type"].startswith("text/javascript")
    container = build(settings, enqueue_now=lambda _jobs: None)
    with TestClient(create_app(container)) as client:
        without = client.get("/")
    container.engine.dispose()
    assert "script" not in without.headers["content-security-policy"]
    assert "<script" not in without.text


def test_request_that_is_sent_again_needs_no_second_proof(
    asked: TestClient, sessions: Sessions
) -> None:
    body, headers = {"address": ADDRESS, "altcha": _proof(asked)}, {"Idempotency-Key": "1"}
    first = asked.post("/v1/signups", json=body, headers=headers)
    again = asked.post("/v1/signups", json=body, headers=headers)
    assert (first.status_code, again.status_code, again.content) == (202, 202, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert asked.post("/v1/signups", json=body).status_code == 422
    assert _n(sessions) == 1
