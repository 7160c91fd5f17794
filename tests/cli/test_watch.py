"""`devoured watch`: what is wrong now, for people and for programs, and whether ways work."""

import json

import pytest

from tests.cli.conftest import Devoured
from tests.localdev.ses.receiving import receiving


def test_what_is_wrong_is_shown_and_fails(cli: Devoured) -> None:
    shown, printed = cli("watch"), cli("watch", "--json")

    assert (shown.code, printed.code) == (1, 1)
    assert "No worker has ever looked for issues that are due." in shown.out
    assert "docs/alerts.md#devouredneverticked" in shown.out
    (found,) = [one for one in json.loads(printed.out) if one["name"] == "DevouredNeverTicked"]
    assert (found["severity"], found["about"]) == ("critical", "launch_due")


def test_each_way_is_tried_and_the_one_that_fails_is_named(
    cli: Devoured, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("watch", "--try-ways").code == 2
    with receiving() as webhook, receiving() as ping:
        monkeypatch.setenv("DEVOURED_WATCH_WEBHOOK", webhook.url)
        monkeypatch.setenv("DEVOURED_WATCH_PING", ping.url)
        webhook.statuses = [404]
        failed, told = cli("watch", "--try-ways"), cli("watch", "--try-ways")

    assert (failed.code, failed.err.strip(), failed.out) == (
        1,
        "webhook: it answered 404",
        "ping: told\n",
    )
    assert (told.code, told.out) == (0, "webhook: told\nping: told\n")
    assert "trial" in json.loads(webhook.posts[1][1])["text"]
