"""`devoured preview` in all its forms, `send-test`, and links to previews."""

import re
from datetime import datetime
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.delivery.launch import launch
from app.enums import Depth, IssueState, LetterKind
from app.models import Issue, Letter, Publication
from app.publication.categories import get_category
from tests.cli.conftest import Devoured
from tests.cli.samples import DIGEST, load
from tests.factories import make_story, make_subscriber
from tests.fakes import fake_chromium


@pytest.fixture
def issue(cli: Devoured, tmp_path: Path) -> str:
    digest = tmp_path / "digest.txt"
    digest.write_text(DIGEST, encoding="utf-8")
    ran = cli("load", str(digest), "--quiet")
    assert ran.code == 0
    return ran.out.strip()


def test_preview_writes_html_and_text_of_the_cut(cli: Devoured, tmp_path: Path) -> None:
    (issue,) = load(cli, tmp_path)
    ran = cli("preview", issue, "--categories", "ai", "--depth", "brief", "--out", str(tmp_path))

    assert ran.code == 0
    html, text = (Path(line).read_text() for line in ran.out.splitlines())
    for part in (html, text):
        assert "Small models on small machines" in part
        assert "A compiler that explains itself" not in part
        assert "{{" not in part


def test_preview_exits_1_when_the_cut_has_no_story(cli: Devoured, tmp_path: Path) -> None:
    (issue,) = load(cli, tmp_path, DIGEST.split("Small models", maxsplit=1)[0])
    load(cli, tmp_path)
    ran = cli("preview", issue, "--categories", "ai", "--out", str(tmp_path / "x"))

    assert ran.code == 1
    assert not (tmp_path / "x").exists()
    assert cli("preview", issue, "--categories", "nonsense").code == 2


def test_send_test_queues_a_letter_for_each_address(
    cli: Devoured, tmp_path: Path, session: Session
) -> None:
    (issue,) = load(cli, tmp_path)
    ran = cli("send-test", issue, "one@example.com", "two@example.com", "--depth", "headlines")

    assert ran.code == 0
    letters = [session.get_one(Letter, number) for number in (1, 2)]
    assert {letter.address for letter in letters} == {"one@example.com", "two@example.com"}
    assert {letter.kind for letter in letters} == {LetterKind.TEST}
    assert letters[0].facts["issue_id"] == int(issue)


def test_send_test_queues_nobody_when_one_address_is_wrong(
    cli: Devoured, tmp_path: Path, session: Session
) -> None:
    (issue,) = load(cli, tmp_path)
    ran = cli("send-test", issue, "one@example.com", "two at example")

    assert ran.code == 2
    assert session.get(Letter, 1) is None


def test_preview_is_made_out_to_a_reader_when_one_is_named(
    cli: Devoured, issue: str, session: Session, tmp_path: Path
) -> None:
    ai = get_category(session, "ai")
    reader = make_subscriber(session, "ada@example.com", follows=ai.mask, depth=Depth.HEADLINES)
    session.commit()
    ran = cli("preview", issue, "--reader", str(reader.id), "--out", str(tmp_path / "out"))
    assert ran.code == 0, ran.err
    html, text = (Path(line) for line in ran.out.splitlines())
    assert html.name == f"issue-{issue}-ai-headlines.html"
    for part in (html.read_text(), text.read_text()):
        assert "ada@example.com" in part
        assert "/preview/leave" in part
        assert "/preview/preferences" in part
        assert "A compiler that explains itself" not in part


def test_preview_of_a_reader_is_what_was_frozen_for_them_when_they_chose_anew_since(
    cli: Devoured, issue: str, session: Session, now: datetime, tmp_path: Path
) -> None:
    ai, ops = (get_category(session, slug) for slug in ("ai", "devops"))
    reader = make_subscriber(session, follows=ai.mask, depth=Depth.HEADLINES)
    launched = session.get_one(Issue, int(issue))
    launched.state = IssueState.SCHEDULED
    launch(session, launched, now)
    reader.follows, reader.depth = ops.mask, Depth.DEEP
    session.commit()
    ran = cli("preview", issue, "--reader", str(reader.id), "--out", str(tmp_path / "out"))
    assert ran.code == 0, ran.err
    assert f"issue-{issue}-ai-headlines.html" in ran.out


def test_preview_as_eml_is_the_message_that_would_be_sent(
    cli: Devoured, issue: str, session: Session, tmp_path: Path
) -> None:
    session.get_one(Publication, 1).from_address = "Devoured <digest@example.com>"
    session.commit()
    ran = cli("preview", issue, "--as", "eml", "--out", str(tmp_path / "out"))
    assert ran.code == 0, ran.err
    (path,) = ran.out.splitlines()
    message = BytesParser(policy=policy.default).parsebytes(Path(path).read_bytes())
    assert message["From"] == "Devoured <digest@example.com>"
    assert message["List-Unsubscribe"].startswith("<http")
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]


def test_preview_as_png_is_drawn_on_phone_and_desktop_in_light_and_dark(
    cli: Devoured, issue: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVOURED_CHROMIUM", str(fake_chromium(tmp_path)))
    ran = cli("preview", issue, "--as", "png", "--out", str(tmp_path / "out"))
    assert ran.code == 0, ran.err
    asked = {}
    for line in ran.out.splitlines():
        png, *options = Path(line).read_text().splitlines()
        assert png == "PNG"
        asked[Path(line).name.split(".")[1]] = [
            option.split("=", 1)[1]
            for option in options
            if option.startswith(("--blink-settings", "--window-size"))
        ]
    widths = {"phone": 390, "desktop": 800}
    assert asked == {
        f"{name}-{scheme}": [f"preferredColorScheme={number}", f"{width},900"]
        for name, width in widths.items()
        for scheme, number in (("light", 1), ("dark", 0))
    }


def test_preview_as_png_says_so_when_chromium_is_not_there(
    cli: Devoured, issue: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVOURED_CHROMIUM", "/nowhere/chromium")
    ran = cli("preview", issue, "--as", "png", "--out", str(tmp_path / "out"))
    assert ran.code != 0
    assert "Chromium" in ran.err
    assert not (tmp_path / "out").exists()


def test_preview_says_what_checks_find_and_what_was_cut_from_which_stories(
    cli: Devoured, issue: str, session: Session, tmp_path: Path
) -> None:
    row, ai = session.get_one(Issue, int(issue)), get_category(session, "ai")
    for place in range(10, 40):
        takeaway = "So. " * 900
        make_story(session, row, ai, position=place, title=f"L {place}", takeaway=takeaway)
    make_story(session, row, ai, position=50, title="Half of one", what="")
    session.commit()
    ran = cli("preview", issue, "--depth", "brief", "--out", str(tmp_path / "out"))
    assert ran.code == 0
    told = ran.err.splitlines()
    cut = next(line for line in told if line.startswith("Too long, so the Takeaway went from “"))
    assert cut.endswith("“L 39”; “Half of one”.")
    assert re.fullmatch(
        rf"Checks: \d+ that block approval, \d+ warnings; see devoured check {issue}\.", told[-1]
    )
    assert "Checks: 0" not in told[-1]


def test_link_is_made_listed_and_revoked(cli: Devoured, issue: str) -> None:
    made = cli("share", issue, "--categories", "ai", "--by", "Ada")
    assert (made.code, "/shared/" in made.out) == (0, True)
    assert made.err.endswith("or until devoured unshare 1 1.\n")
    listed = cli("shares", issue).out
    assert made.out.strip() in listed
    assert "Ada" in listed
    assert cli("unshare", issue, "1").out == "Link 1 opens nothing any more.\n"
    assert cli("shares", issue).err == "None.\n"


def test_no_such_link_or_issue_exits_1(cli: Devoured, issue: str) -> None:
    assert cli("unshare", issue, "7").code == 1
    assert cli("shares", "99").code == 1
    assert cli("share", "99").code == 1
