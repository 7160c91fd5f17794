import json
import re
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.enums import IssueState, LetterKind
from app.models import Issue, Letter, Publication
from tests.cli.conftest import Devoured
from tests.cli.samples import CUT_OFF, DIGEST


def _load(cli: Devoured, folder: Path, content: str = DIGEST, *options: str) -> list[str]:
    path = folder / "digest.txt"
    path.write_text(content)
    ran = cli("load", str(path), "--quiet", *options)
    assert ran.code == 0, ran.err
    return ran.out.split()


def test_load_makes_a_draft_and_says_what_is_in_it(cli: Devoured, tmp_path: Path) -> None:
    path = tmp_path / "digest.txt"
    path.write_text(DIGEST)
    ran = cli("load", str(path), "--date", "2026-11-23")

    assert ran.code == 0
    assert ran.out == "Issue 1 of 2026-11-23: 2 stories (DevOps 1, AI 1).\n"


def test_load_says_which_categories_are_new_and_hidden(
    bare_house: Devoured, tmp_path: Path
) -> None:
    path = tmp_path / "digest.txt"
    path.write_text(DIGEST)
    ran = bare_house("load", str(path))
    assert "New and hidden" in ran.err
    assert "DevOps (devoured categories open devops)" in ran.err
    assert bare_house("approve", "1").code == 2
    for slug in ("ai", "devops"):
        assert bare_house("categories", "open", slug).code == 0
    assert bare_house("approve", "1").code == 0
    assert "New and hidden" not in bare_house("load", str(path)).err


def test_load_makes_an_issue_per_category_when_split(cli: Devoured, tmp_path: Path) -> None:
    assert len(_load(cli, tmp_path, DIGEST, "--split-by-category")) == 2


def test_load_makes_nothing_when_the_digest_is_bad(
    cli: Devoured, tmp_path: Path, session: Session
) -> None:
    path = tmp_path / "digest.txt"
    path.write_bytes(b"\xff\xff\x00")
    ran = cli("load", str(path))

    assert ran.code == 2
    assert session.get(Issue, 1) is None


def test_an_issue_goes_from_load_to_schedule_to_cancel(
    cli: Devoured, tmp_path: Path, session: Session
) -> None:
    (issue,) = _load(cli, tmp_path)

    assert cli("approve", issue).out.startswith(f"Issue {issue} is approved.")
    scheduled = cli("schedule", issue, "--at", "now").out
    assert f"Issue {issue} is scheduled" in scheduled
    assert "Readers who chose an hour get it at that hour, the last by" in scheduled
    assert "chose an hour" not in cli("schedule", issue, "--at", "now", "--at-once").out
    assert "draft" in cli("reopen", issue).out
    assert "cancelled" in cli("cancel", issue).out
    assert session.get_one(Issue, int(issue)).state is IssueState.CANCELLED


def test_schedule_takes_an_instant_with_its_offset(
    cli: Devoured, tmp_path: Path, session: Session
) -> None:
    (issue,) = _load(cli, tmp_path)
    cli("approve", issue)
    ran = cli("schedule", issue, "--at", "2199-01-01T07:00+01:00")

    assert "2199-01-01 06:00 UTC" in ran.out
    assert session.get_one(Issue, int(issue)).state is IssueState.SCHEDULED


@pytest.mark.parametrize(
    ("zone", "at", "meant"),
    [
        ("Europe/Vienna", "2199-01-01T07:00", "2199-01-01 06:00 UTC"),
        ("America/New_York", "2199-01-01 07:00", "2199-01-01 12:00 UTC"),
    ],
)
def test_schedule_reads_a_time_without_zone_on_the_publications_clocks_and_says_so(
    cli: Devoured, tmp_path: Path, session: Session, zone: str, at: str, meant: str
) -> None:
    session.get_one(Publication, 1).time_zone = zone
    session.commit()
    (issue,) = _load(cli, tmp_path)
    cli("approve", issue)
    ran = cli("schedule", issue, "--at", at)

    assert ran.err == f"“{at}” is taken in {zone}, the publication's time zone: {meant}.\n"
    assert meant in ran.out


@pytest.mark.parametrize(
    "at", ["tomorrow", "0001-01-01T07:00", "2199-03-31T02:30", "2199-10-27T02:30"]
)
def test_schedule_exits_2_when_the_instant_is_none(
    cli: Devoured, tmp_path: Path, session: Session, at: str
) -> None:
    session.get_one(Publication, 1).time_zone = "Europe/Vienna"
    session.commit()
    (issue,) = _load(cli, tmp_path)
    ran = cli("schedule", issue, "--at", at)

    assert ran.code == 2
    assert ran.err.count("\n") == 1


def test_wrong_step_exits_1_and_says_what_is_possible(cli: Devoured, tmp_path: Path) -> None:
    (issue,) = _load(cli, tmp_path)
    ran = cli("resume", issue)

    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert "approve, cancel" in ran.err


def test_approve_names_the_incomplete_story(cli: Devoured, tmp_path: Path) -> None:
    (issue,) = _load(cli, tmp_path, CUT_OFF)
    ran = cli("approve", issue)

    assert ran.code == 2
    assert "“A story without an end”" in ran.err
    (dropped,) = _load(cli, tmp_path, CUT_OFF, "--drop-incomplete")
    assert cli("approve", dropped).code == 0


def test_no_such_issue_exits_1(cli: Devoured) -> None:
    assert cli("approve", "99").code == 1
    assert cli("progress", "99").code == 1
    assert cli("export", "99").code == 1


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_export_writes_what_loads_again(cli: Devoured, tmp_path: Path, form: str) -> None:
    (issue,) = _load(cli, tmp_path)
    written = cli("export", issue, "--form", form).out
    (again,) = _load(cli, tmp_path, written)

    assert cli("export", again, "--form", form).out == written


def test_issues_lists_them_newest_first(cli: Devoured, tmp_path: Path) -> None:
    assert "no issue yet" in cli("issues").err
    _load(cli, tmp_path, DIGEST, "--date", "2026-11-23")
    _load(cli, tmp_path, DIGEST, "--date", "2026-11-24")
    ran = cli("issues")

    assert re.findall(r"^ *(\d+) +\d+ +(\S+) +draft", ran.out, re.MULTILINE) == [
        ("2", "2026-11-24"),
        ("1", "2026-11-23"),
    ]
    assert cli("issues", "--state", "sent").out == ""


def test_progress_shows_the_state(cli: Devoured, tmp_path: Path) -> None:
    (issue,) = _load(cli, tmp_path)

    assert cli("progress", issue).out == f"Issue {issue} is draft.\n"


def test_progress_follows_to_the_end_and_exits_1_unless_sent(cli: Devoured, tmp_path: Path) -> None:
    (issue,) = _load(cli, tmp_path)
    cli("cancel", issue)
    ran = cli("progress", issue, "--follow")

    assert ran.code == 1
    assert "is cancelled" in ran.out


def test_preview_writes_html_and_text_of_the_cut(cli: Devoured, tmp_path: Path) -> None:
    (issue,) = _load(cli, tmp_path)
    ran = cli("preview", issue, "--categories", "ai", "--depth", "brief", "--out", str(tmp_path))

    assert ran.code == 0
    html, text = (Path(line).read_text() for line in ran.out.splitlines())
    for part in (html, text):
        assert "Small models on small machines" in part
        assert "A compiler that explains itself" not in part
        assert "{{" not in part


def test_preview_exits_1_when_the_cut_has_no_story(cli: Devoured, tmp_path: Path) -> None:
    (issue,) = _load(cli, tmp_path, DIGEST.split("Small models", maxsplit=1)[0])
    _load(cli, tmp_path)
    ran = cli("preview", issue, "--categories", "ai", "--out", str(tmp_path / "x"))

    assert ran.code == 1
    assert not (tmp_path / "x").exists()
    assert cli("preview", issue, "--categories", "nonsense").code == 2


def test_send_test_queues_a_letter_for_each_address(
    cli: Devoured, tmp_path: Path, session: Session
) -> None:
    (issue,) = _load(cli, tmp_path)
    ran = cli("send-test", issue, "one@example.com", "two@example.com", "--depth", "headlines")

    assert ran.code == 0
    letters = [session.get_one(Letter, number) for number in (1, 2)]
    assert {letter.address for letter in letters} == {"one@example.com", "two@example.com"}
    assert {letter.kind for letter in letters} == {LetterKind.TEST}
    assert letters[0].facts["issue_id"] == int(issue)


def test_send_test_queues_nobody_when_one_address_is_wrong(
    cli: Devoured, tmp_path: Path, session: Session
) -> None:
    (issue,) = _load(cli, tmp_path)
    ran = cli("send-test", issue, "one@example.com", "two at example")

    assert ran.code == 2
    assert session.get(Letter, 1) is None


def test_export_of_json_has_the_shape_of_parse(cli: Devoured, tmp_path: Path) -> None:
    (issue,) = _load(cli, tmp_path)
    exported = json.loads(cli("export", issue, "--form", "json").out)

    assert (
        exported["stories"] == json.loads(cli("parse", str(tmp_path / "digest.txt")).out)["stories"]
    )
