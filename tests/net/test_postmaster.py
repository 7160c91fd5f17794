"""Google Postmaster Tools, asked at a stand-in that knows the account's public key."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from app.net.postmaster import DayTold, PostmasterError, Told, ask, read_key
from tests.local_server import listening

FIRST, LAST = date(2026, 11, 20), date(2026, 11, 23)
KEY = RSAKey.generate_key(2048)

Answer = tuple[int, Any]


def stat(day: int, metric: str, **value: Any) -> dict[str, Any]:
    told = {"year": 2026, "month": 11, "day": day}
    return {"name": "domains/x/domainStats/y", "metric": metric, "date": told, "value": value}


def row(requirement: str, status: str) -> dict[str, Any]:
    return {"requirement": requirement, "status": {"status": status}}


PAGES: dict[str | None, Any] = {
    None: {
        "domainStats": [stat(21, "spam", floatValue=0.0012), stat(21, "dkim", doubleValue=1)],
        "nextPageToken": "more",
    },
    "more": {
        "domainStats": [
            stat(22, "spam", floatValue=0),
            stat(22, "spam", floatValue=7),
            stat(31, "spam", floatValue=0.1),
            stat(22, "other", floatValue=0.1),
            {"metric": "spam"},
        ]
    },
}
STATUS: dict[str, Any] = {
    "complianceData": {
        "rowData": [row("SPF", "COMPLIANT"), row("DMARC_POLICY", "NEEDS_WORK"), row("X", "?")],
        "oneClickUnsubscribeVerdict": {"status": {"status": "NEEDS_WORK"}},
    },
    "subdomainComplianceData": {"rowData": [row("DMARC_POLICY", "COMPLIANT")]},
}


@dataclass
class Google:
    """What the stand-in answers, and what it was asked."""

    token: Answer = (200, {"access_token": "ya-token"})
    stats: Callable[[Any], Answer] = lambda asked: (200, PAGES[asked.get("pageToken")])
    status: Answer = (200, STATUS)
    port: int = 0
    claims: dict[str, Any] = field(default_factory=dict)
    asked: list[Any] = field(default_factory=list)

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def key(self) -> str:
        return json.dumps(
            {
                "type": "service_account",
                "private_key_id": "one",
                "private_key": KEY.as_pem(private=True).decode(),
                "client_email": "digest@project.iam.gserviceaccount.com",
                "token_uri": f"{self.root}/token",
            }
        )

    def answer(self, path: str, body: bytes, authorization: str) -> Answer:
        if path == "/token":
            form = parse_qs(body.decode())
            self.claims = dict(jwt.decode(form["assertion"][0], KEY, ["RS256"]).claims)
            return self.token
        assert authorization == "Bearer ya-token"
        if path == "/v2/domains/example.org/complianceStatus":
            return self.status
        assert path == "/v2/domains/example.org/domainStats:query"
        self.asked.append(json.loads(body))
        return self.stats(self.asked[-1])


@contextmanager
def standing_in(google: Google) -> Iterator[Google]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, told = google.answer(self.path, body, self.headers.get("Authorization", ""))
            text = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with listening(Handler) as google.port:
        yield google


@pytest.fixture
def google() -> Iterator[Google]:
    with standing_in(Google()) as made:
        yield made


def test_what_google_tells_is_read_over_all_pages(google: Google, now: datetime) -> None:
    told = ask(read_key(google.key), "example.org", FIRST, LAST, now, google.root)
    assert told == Told(
        (DayTold(date(2026, 11, 21), spam=0.0012, dkim=1.0), DayTold(date(2026, 11, 22), spam=0.0)),
        {"spf": True, "dmarc_policy": True, "one_click_unsubscribe": False},
    )
    at = int(now.timestamp())
    assert google.claims == {
        "iss": "digest@project.iam.gserviceaccount.com",
        "scope": "https://www.googleapis.com/auth/postmaster.traffic.readonly",
        "aud": f"{google.root}/token",
        "iat": at,
        "exp": at + 600,
    }
    first = google.asked[0]
    assert first["timeQuery"]["dateRanges"]["dateRanges"] == [
        {
            "start": {"year": 2026, "month": 11, "day": 20},
            "end": {"year": 2026, "month": 11, "day": 23},
        }
    ]
    assert first["metricDefinitions"][1] == {
        "name": "spf",
        "baseMetric": {"standardMetric": "AUTH_SUCCESS_RATE"},
        "filter": 'auth_type = "spf"',
    }


def test_person_is_named_where_the_account_asks_in_their_place(
    google: Google, now: datetime
) -> None:
    key = read_key(google.key, "ada@example.org")
    ask(key, "example.org", FIRST, LAST, now, google.root)
    assert google.claims["sub"] == "ada@example.org"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"token": (400, {"error": "invalid_grant"})}, "Google answers 400 invalid_grant"),
        ({"token": (200, {})}, "Google gave no token"),
        ({"token": (200, b"<html>")}, "Google answers with no JSON"),
        (
            {"status": (403, {"error": {"status": "PERMISSION_DENIED", "message": "ya-token"}})},
            "Google answers 403 PERMISSION_DENIED",
        ),
    ],
)
def test_refusal_is_said_without_a_secret(
    now: datetime, broken: dict[str, Answer], said: str
) -> None:
    made = Google(**broken)  # type: ignore[arg-type]  # as the fields are
    with standing_in(made) as google, pytest.raises(PostmasterError) as refused:
        ask(read_key(google.key), "example.org", FIRST, LAST, now, google.root)
    assert str(refused.value) == said


def test_nobody_answers(now: datetime) -> None:
    with standing_in(Google()) as google:
        key = read_key(google.key)
    with pytest.raises(PostmasterError, match="does not answer: ConnectError"):
        ask(key, "example.org", FIRST, LAST, now, google.root)


@pytest.mark.parametrize("text", ["", "{}", "[]", "{", '{"client_email": "a"}'])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="the JSON key of a service account"):
        read_key(text)


def test_key_is_not_shown(google: Google) -> None:
    assert "PRIVATE" not in repr(read_key(google.key))
