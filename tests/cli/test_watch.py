"""`devoured watch`: what is wrong now, for people and for programs, and whether ways work."""

import json

import pytest
from sqlalchemy.orm import Session

from app.clock import system_clock
from app.sentences import Sentence
from app.watch.alerts import Alert
from app.watch.notices import notice_of
from app.watch.rules import RULES
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


def test_what_was_told_is_shown_with_what_of_it_still_is(cli: Devoured, session: Session) -> None:
    assert "Nothing was told." in cli("notices").err
    now = system_clock()
    for about, ended_at in (("3", now), ("4", None)):
        said = Sentence("Issue %(issue)s is paused.", issue=about)
        rule = next(one for one in RULES if one.name == "DevouredIssuePaused")
        notice = notice_of(Alert(rule, about, said, now), now - rule.holds)
        notice.ended_at = ended_at
        session.add(notice)
    session.commit()

    shown, printed = cli("notices"), cli("notices", "--open", "--json")
    assert "Issue 3 is paused." in shown.out
    assert "Issue 4 is paused." in shown.out
    assert "docs/alerts.md#devouredissuepaused" in shown.out
    (still,) = json.loads(printed.out)
    assert (still["about"], still["severity"], still["ended_at"]) == ("4", "critical", None)
