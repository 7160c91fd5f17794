"""Past issues of other services, from files of their shape: what was for everybody, on its day."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Issue, Publication, Story
from tests.cli.conftest import Devoured
from tests.factories import make_category

SCHEMA = (Path(__file__).parents[1] / "moving" / "listmonk.sql").read_text()
HTML = "<h2>A</h2><p>b <strong>c</strong></p>"


def table(*rows: dict[str, str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, [*rows[0]])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def substack(**fields: str) -> dict[str, str]:
    given = {
        "post_id": "1.one",
        "post_date": "2024-05-05T22:48:19.814Z",
        "is_published": "true",
        "email_sent_at": "2024-05-05T22:48:19.814Z",
        "inbox_sent_at": "",
        "type": "newsletter",
        "audience": "everyone",
        "title": "One",
        "subtitle": "It&#x2019;s one",
        "podcast_url": "",
    }
    return given | fields


def beehiiv(**fields: str) -> dict[str, str]:
    given = {
        "id": "abcd1234-1505-4fbf-9576-f3d1bd3034cc",
        "web_title": "One",
        "status": "confirmed",
        "audience": "free",
        "content_tags": "A; B",
        "url": "https://example.beehiiv.com/p/one",
        "web_subtitle": "It’s one",
        "email_subject_line": "One",
        "email_preview_text": "",
        "content_html": HTML,
        "thumbnail_url": "uploads/asset/file/1/image.png",
        "created_at": "2024-05-05 22:48:19",
    }
    return given | fields


def buttondown(**fields: str) -> dict[str, str]:
    given = {
        "id": "abcd1234-7fee-4942-a9cf-0de5d4ebb255",
        "secondary_id": "1",
        "subject": "One",
        "publish_date": "2024-05-05 22:48:19+00:00",
        "source": "app",
        "slug": "one",
    }
    return given | fields


def ghost(**fields: Any) -> dict[str, Any]:
    given = {
        "id": "1",
        "uuid": "6e1f9c4a-3c53-4f0c-8ad3-2f1f8b6f3b10",
        "title": "One",
        "slug": "one",
        "mobiledoc": None,
        "lexical": "{}",
        "html": HTML,
        "status": "published",
        "type": "post",
        "visibility": "public",
        "custom_excerpt": "It’s one",
        "published_at": "2024-05-05T22:48:19.000Z",
    }
    return given | fields


EXPORTS: dict[str, tuple[dict[str, str], set[str]]] = {
    "substack": (
        {
            "posts.csv": table(
                substack(),
                substack(post_id="2.paid", title="Paid", audience="only_paid"),
                substack(post_id="3.draft", title="Draft", is_published="false"),
                substack(post_id="4.about", title="About", type="page"),
                substack(post_id="5.lost", title="Lost"),
                substack(post_id="6.soon", title="Soon", post_date="2099-01-01T00:00:00Z"),
            ),
            **{f"posts/{name}.html": HTML for name in ("1.one", "2.paid", "4.about", "6.soon")},
            "posts/1.one.opens.csv": "email\nann@example.com\n",
        },
        {"Paid", "Draft", "About", "Lost", "Soon"},
    ),
    "beehiiv": (
        {
            "posts.csv": table(
                beehiiv(),
                beehiiv(id="2", web_title="Paid", audience="premium"),
                beehiiv(id="3", web_title="Empty", content_html="<p> </p>"),
                beehiiv(id="4", web_title="Marks", content_html="<p>Hi {{ name }}</p>"),
            )
        },
        {"Paid", "Empty", "Marks"},
    ),
    "buttondown": (
        {
            "emails.csv": table(
                buttondown(),
                buttondown(id="2", subject="Odd", publish_date=""),
                buttondown(id="3", subject="Out", slug="../../secret"),
            ),
            "emails/one.md": "<!-- buttondown-editor-mode: plaintext -->## A\n\nb **c**\n",
        },
        {"Odd", "Out"},
    ),
    "ghost": (
        {
            "site.ghost.json": json.dumps(
                {
                    "db": [
                        {
                            "meta": {"version": "5.80.0"},
                            "data": {
                                "posts": [
                                    ghost(),
                                    ghost(uuid="2", title="Page", type="page"),
                                    ghost(uuid="3", title="Members", visibility="members"),
                                ]
                            },
                        }
                    ]
                }
            )
        },
        {"Page", "Members"},
    ),
}


@pytest.fixture(autouse=True)
def publication(session: Session) -> None:
    """Make it one of Vienna with a category."""
    session.get_one(Publication, 1).time_zone = "Europe/Vienna"
    make_category(session, "ai")
    session.commit()


def looked_at(session: Session) -> None:
    """Look whether the one issue of each export is in the archive, on its day."""
    session.rollback()
    issue = session.scalars(select(Issue)).one()
    story = session.scalars(select(Story)).one()
    assert (issue.state, issue.subject, issue.n_due) == ("sent", "One", 0)
    assert issue.public_at is not None
    assert issue.public_at.replace(microsecond=0) == datetime(2024, 5, 5, 22, 48, 19, tzinfo=UTC)
    assert issue.issued_on.isoformat() == "2024-05-06"  # on the clocks of Vienna
    assert (story.title, story.article) == ("One", "## A\n\nb **c**")


@pytest.mark.parametrize("service", EXPORTS)
def test_past_issues_come_into_the_archive_once(
    cli: Devoured, session: Session, tmp_path: Path, service: str
) -> None:
    files, left_out = EXPORTS[service]
    folder, archive = tmp_path / "out", tmp_path / "out.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for name, text in files.items():
            packed.writestr(f"export/{name}", text)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)

    ran = cli("import-issues", str(archive), "--category", "ai", "--dry-run")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "1 issue would be in the archive."), ran.err
    assert session.scalars(select(Issue)).all() == []
    ran = cli("import-issues", str(archive), "--category", "ai")
    assert ran.code == 0, ran.err
    assert all(name in ran.out for name in left_out)
    ran = cli("import-issues", str(folder), "--category", "ai")
    assert "0 issues are in the archive." in ran.out

    looked_at(session)


def test_campaigns_of_listmonk_come_from_its_database(
    cli: Devoured, session: Session, empty_url: str
) -> None:
    url = empty_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SCHEMA)
        for status, archive, subject, body in (
            ("finished", True, "One", HTML),
            ("finished", False, "Private", HTML),
            ("draft", True, "Draft", HTML),
        ):
            connection.execute(
                "INSERT INTO campaigns (name, subject, body, status, archive, started_at)"
                " VALUES ('x', %s, %s, %s, %s, '2024-05-05 22:48:19+00')",
                (subject, body, status, archive),
            )

    ran = cli("import-issues", url, "--category", "ai")

    assert ran.code == 0, ran.err
    assert "Private" in ran.out
    looked_at(session)


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("x.csv", "a,b\n1,2\n", "no posts of Substack"),
        ("x.csv", "", "no post in it"),
        ("x.json", "{", "cannot be read"),
        ("x.json", '{"db": 1}', "no post in it"),
        ("x.txt", "x", "no table of posts"),
    ],
)
def test_what_is_no_export_is_refused(
    cli: Devoured, session: Session, tmp_path: Path, name: str, text: str, word: str
) -> None:
    (tmp_path / name).write_text(text)

    ran = cli("import-issues", str(tmp_path / name), "--category", "ai")

    assert ran.code == 2
    assert word in ran.err
