from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.localdev.ses.bare import AUTHORIZATION, BULK, SEND, post, signed
from tests.localdev.ses.running import LocalSes, bulk, serving, simple

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8) | st.just("a@b.example"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def code(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.json()["message"]
    return answer.status_code, answer.headers["x-amzn-errortype"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"authorization": None}, "MissingAuthenticationToken"),
        ({"authorization": "Bearer x"}, "IncompleteSignature"),
        ({"authorization": AUTHORIZATION[:-1]}, "IncompleteSignature"),
        ({"x-amz-date": None}, "IncompleteSignature"),
        ({"x-amz-date": "20269999T999999Z"}, "IncompleteSignature"),
        ({"x-amz-date": "yesterday"}, "IncompleteSignature"),
    ],
)
def test_call_is_forbidden_when_its_signature_is_not_whole(
    ses: LocalSes, changes: dict[str, str | None], expected: str
) -> None:
    headers = {name: value for name, value in (signed() | changes).items() if value is not None}
    answer = ses.web.post(SEND, content=b"{}", headers=headers)
    assert code(answer) == (403, expected)


@pytest.mark.parametrize(("minutes", "status"), [(-6, 403), (-4, 200), (4, 200), (6, 403)])
def test_call_is_forbidden_when_its_date_is_over_five_minutes_off(
    ses: LocalSes, minutes: int, status: int
) -> None:
    body = orjson.dumps(simple())
    answer = post(ses, SEND, body, datetime.now(UTC) + timedelta(minutes=minutes))
    assert answer.status_code == status
    if status == 403:
        assert code(answer) == (403, "SignatureDoesNotMatch")
        assert "5 min.)" in answer.json()["message"]
    assert len(ses.messages()) == (status == 200)


def test_client_is_refused_when_its_clock_is_slow() -> None:
    ahead = datetime.now(UTC) + timedelta(minutes=7)
    with (
        serving(clock=lambda: ahead) as ses,
        pytest.raises(ses.client.exceptions.ClientError) as raised,
    ):
        ses.client.get_account()
    assert raised.value.response["Error"]["Code"] == "SignatureDoesNotMatch"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff", b'{"Content": 1}'])
@pytest.mark.parametrize("path", [SEND, BULK])
def test_body_is_refused_when_it_is_no_request(ses: LocalSes, path: str, body: bytes) -> None:
    status, name = code(post(ses, path, body))
    assert status == 400
    assert name in {"SerializationException", "BadRequestException"}


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", SEND), ("POST", "/v2/email/contact-lists"), ("DELETE", "/v2/email/account")],
)
def test_operation_is_unknown_when_method_or_path_are_not_ours(
    ses: LocalSes, method: str, path: str
) -> None:
    answer = ses.web.request(method, path, headers=signed())
    assert code(answer) == (404, "UnknownOperationException")


def test_message_is_refused_when_it_is_over_40_mb(ses: LocalSes) -> None:
    for size in (41, 43):
        body = orjson.dumps(simple() | {"Padding": "x" * (size << 20)})
        assert code(post(ses, SEND, body)) == (400, "BadRequestException")


def _replace(value: Any, path: list[int], new: Any) -> Any:
    """Replace some part of the value, found by the turns of the path."""
    if not path or not isinstance(value, dict | list) or not value:
        return new
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = keys[path[0] % len(keys)]
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = _replace(value[key], path[1:], new)
    return copy


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([(simple(), SEND), (bulk(), BULK)]),
    st.lists(st.integers(0, 9), max_size=8),
    ANYTHING,
)
def test_answer_is_never_a_5xx_when_any_part_of_a_request_is_anything(
    ses: LocalSes, sent: tuple[dict[str, Any], str], path: list[int], new: Any
) -> None:
    request, where = sent
    answer = post(ses, where, orjson.dumps(_replace(request, path, new)))
    assert answer.status_code < 500
    assert answer.status_code == 200 or answer.json()["message"]
    assert ses.web.get("/inbox").status_code == 200
    ses.web.get("/inbox.json").raise_for_status()
