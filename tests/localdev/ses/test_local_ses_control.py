import asyncio
from typing import Any

import httpx2
import pytest

from localdev.ses import close_store, make_app, open_store
from tests.localdev.ses.reading import publishing, receive
from tests.localdev.ses.running import LocalSes, serving, simple


def test_settings_are_shown_as_they_can_be_put_when_they_are_asked_for(ses: LocalSes) -> None:
    for part in ("faults", "events"):
        settings = ses.web.get(f"/control/{part}").json()["settings"]
        assert ses.web.put(f"/control/{part}", json=settings).json()["settings"] == settings
    state = ses.web.get("/control").json()
    assert set(state) == {"faults", "events", "queue", "webhook"}
    assert state["webhook"] is None


def test_settings_left_out_are_off_when_others_are_put(ses: LocalSes) -> None:
    ses.web.put("/control/faults", json={"chances": {"throttle": 0.5}, "seed": 9})
    settings = ses.web.put("/control/faults", json={}).json()["settings"]
    assert (settings["chances"], settings["seed"]) == ({}, 0)


@pytest.mark.parametrize(
    ("part", "settings"),
    [
        ("faults", {"chances": {"nothing": 0.5}}),
        ("faults", {"chances": {"throttle": 0.6, "cut": 0.6}}),
        ("faults", {"slow_seconds": [2, 1]}),
        ("faults", {"partial_statuses": []}),
        ("faults", {"hang_seconds": -1}),
        ("faults", {"script": ["never"]}),
        ("faults", []),
        ("events", {"repeat": 2}),
        ("events", {"reordr": 1}),
    ],
)
def test_settings_are_refused_and_nothing_changes_when_they_make_no_sense(
    ses: LocalSes, part: str, settings: Any
) -> None:
    before = ses.web.get("/control").json()
    answer = ses.web.put(f"/control/{part}", json=settings)
    assert answer.status_code == 422
    assert answer.json()["message"]
    assert ses.web.get("/control").json() == before


def test_queue_is_counted_when_events_are_on() -> None:
    with serving(publishing=publishing()) as ses:
        ses.client.send_email(**simple())
        assert ses.web.get("/control").json()["queue"] == {"n_visible": 2, "n_hidden": 0}
        receive(ses)
        assert ses.web.get("/control").json()["queue"] == {"n_visible": 0, "n_hidden": 2}


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7"])
@pytest.mark.parametrize("path", ["/control", "/control/faults", "/control/events"])
def test_control_is_forbidden_when_the_caller_is_another_machine(host: str, path: str) -> None:
    store = open_store()
    transport = httpx2.ASGITransport(app=make_app(store), client=(host, 4711))

    async def ask() -> int:
        async with httpx2.AsyncClient(transport=transport) as client:
            return (await client.get(f"http://ses.example{path}")).status_code

    assert asyncio.run(ask()) == 403
    close_store(store)
