"""A request to a webhook as a span: which webhook and what came of it, and not where it leads."""

import pytest

from app import traces
from tests.traces.keeping import keeping, told_of
from tests.webhooks.conftest import Telling
from tests.webhooks.receiver import RESET, Receiver


def test_each_attempt_is_a_span_below_its_job_with_its_outcome_and_without_an_address(
    telling: Telling, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook, secret = telling.add(path="/quillon-varga")
    (evt,) = telling.write(1)
    with keeping(monkeypatch) as kept:
        for answer in (lambda _got: 500, lambda _got: RESET, lambda _got: 204):
            receiver.answer = answer
            with traces.job("tell_webhooks", ""):
                telling.tell()
            telling.later(hours=1)
        spans = told_of(kept)

    jobs = {one.context.span_id for one in spans if one.name == "tell_webhooks" and one.context}
    told = [one for one in spans if one.name == "tell a webhook"]
    assert {one.parent.span_id for one in told if one.parent} == jobs
    names = ("devoured.webhook", "devoured.attempt", "devoured.outcome")
    more = ("http.response.status_code", "error.type")
    found = [[(one.attributes or {}).get(name) for name in (*names, *more)] for one in told]
    assert found == [
        [webhook.id, 1, "refused", 500, "500"],
        [webhook.id, 2, "unreachable", None, "unreachable"],
        [webhook.id, 3, "accepted", 204, None],
    ]
    whole = "".join(one.to_json() for one in spans)
    for hidden in ("quillon", "127.0.0.1", str(receiver.port), secret, evt):
        assert hidden not in whole
