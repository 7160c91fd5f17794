"""`devoured readers import`: a file is shown before it is added, and added once, with a bar."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress, TaskID
from sqlalchemy import func, select

from app.cli import import_files, importing
from app.container import Container, build
from app.db.session import Sessions, transaction
from app.enums import Depth, ImportState, SubscriberState
from app.models import Import, Subscriber
from app.readers.imports import adding, reading
from app.readers.imports.upload import FormatHints
from app.settings import Settings
from tests.cli.conftest import Devoured
from tests.factories import make_category, make_subscriber


@pytest.fixture
def container(settings: Settings) -> Iterator[Container]:
    container = build(settings, enqueue_now=lambda _jobs: None)
    yield container
    container.engine.dispose()


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[float]]:
    """Record how far each bar was at each step, by its description."""
    found: dict[str, list[float]] = {}

    class Watched(Progress):
        def update(self, task_id: TaskID, **fields: float) -> None:  # type: ignore[override]  # as it is called here
            (task,) = self.tasks
            found.setdefault(task.description, []).append(fields["completed"])
            super().update(task_id, **fields)  # type: ignore[arg-type]  # `completed` alone

    monkeypatch.setattr(importing, "Progress", Watched)
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "old.csv"
    path.write_text(
        "E-mail;Status;Note\nann@example.com;subscribed;=1+1\nleft@example.com;subscribed;\n"
        "bob@example.com;cleaned;\nnobody;subscribed;=cmd\n"
    )
    return path


def n_active(sessions: Sessions) -> int:
    with transaction(sessions) as session:
        active = Subscriber.state == SubscriberState.ACTIVE
        return session.scalar(select(func.count()).where(active)) or 0


NO_ADDRESS = "address: A mail address has an @ in it, as in name@example.com."


CONSENT = ("--consent", "They signed up on our old site.")


def test_import_shows_how_far_it_is_and_ends_full(
    container: Container,
    seen: dict[str, list[float]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    out = io.StringIO()
    shown = Console(file=out, force_terminal=True, width=80)
    monkeypatch.setattr(importing, "console", lambda *, err: shown if err else None)
    monkeypatch.setattr(reading, "STRETCH", 40)
    monkeypatch.setattr(adding, "ROWS_AT_ONCE", 3)
    file = tmp_path / "old.csv"
    file.write_text("email\n" + "".join(f"reader{n}@mail.org\n" for n in range(10)))

    with file.open("rb") as source:
        hints = FormatHints()
        import_id = import_files.upload(
            container, source, file, "", hints, follows=0, depth=Depth.BRIEF
        )
    assert importing.read(container, import_id).state is ImportState.READY
    assert importing.add(container, import_id, "On our old site.").state is ImportState.DONE

    assert list(seen) == ["Reading", "Adding"]
    for steps in seen.values():
        assert len(steps) > 2
        assert steps == sorted(set(steps))
        assert 0 < steps[0] < steps[-1] == 1
    for said in ("Reading", "Adding", "100%"):
        assert said in out.getvalue()


def test_dry_run_shows_columns_counts_and_bad_rows_and_adds_nobody(
    cli: Devoured, sessions: Sessions, file: Path
) -> None:
    with transaction(sessions) as session:
        make_subscriber(session, "left@example.com", state=SubscriberState.LEFT)

    ran = cli("readers", "import", str(file), "--dry-run")

    assert ran.code == 0, ran.err
    assert "E-mail" in ran.out
    assert "address" in ran.out
    for said in ("become active", "spared: they left", "the file says they bounced", "bad"):
        assert said in ran.out
    assert "1 bad row of 4" in ran.err
    assert "line 5: address:" in ran.err
    assert n_active(sessions) == 0
    with transaction(sessions) as session:
        assert session.scalars(select(Import.id)).all() == []


def test_import_adds_and_writes_bad_rows_to_a_file(
    cli: Devoured, sessions: Sessions, file: Path
) -> None:
    with transaction(sessions) as session:
        make_category(session, "ai")

    ran = cli("readers", "import", str(file), *CONSENT)

    assert ran.code == 0, ran.err
    assert "1 is done: 2 new readers." in ran.out
    assert n_active(sessions) == 2
    with file.with_name("old.csv.bad.csv").open(newline="") as bad:
        assert list(csv.reader(bad)) == [
            [
                "line [form other]",
                "reason [ignored]",
                "E-mail [address]",
                "Status [status]",
                "Note [nothing]",
            ],
            [
                "5",
                NO_ADDRESS,
                "nobody",
                "subscribed",
                "'=cmd",
            ],
        ]
    again = cli("readers", "import", str(file), *CONSENT)
    assert "0 new readers" in again.out
    assert n_active(sessions) == 2
    assert "old.csv" in cli("readers", "imports").out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "--consent"),
        (("--dry-run", "--map", "colour=Note"), "FIELD=COLUMN"),
        (("--dry-run", "--map", "address=Nowhere"), "no column “Nowhere”"),
        (("--dry-run", "--map", "address="), "--ignore COLUMN"),
        (("--dry-run", "--map", "address=Note", "--map", "depth=Note"), "two things of “Note”"),
        (("--dry-run", "--map", "address=Note", "--ignore", "Note"), "mapped and ignored"),
        (("--dry-run", "--ignore", "Nowhere"), "no column “Nowhere”"),
        (("--dry-run", "--encoding", "ebcdic"), "utf-16"),
        (("--dry-run", "--form", "pigeon"), "mailchimp"),
        (("--dry-run", "--categories", "sport"), "sport"),
    ],
)
def test_import_is_refused_in_one_line_when_something_is_wrong(
    cli: Devoured, sessions: Sessions, file: Path, arguments: tuple[str, ...], says: str
) -> None:
    ran = cli("readers", "import", str(file), *arguments)

    assert ran.code == 2
    assert says in ran.err
    assert ran.err.count("\n") == 1
    with transaction(sessions) as session:
        assert session.scalars(select(Import.id)).all() == []


@pytest.mark.parametrize("arguments", [CONSENT, ("--dry-run",)])
def test_import_stops_at_columns_that_nobody_decided_about(
    cli: Devoured, sessions: Sessions, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    file = tmp_path / "crm.csv"
    file.write_text("email,Shoe size,Widerspruch am,id\nann@example.com,38,2024-05-05,1\n")

    ran = cli("readers", "import", str(file), *arguments)

    assert ran.code == 2
    *_, last = ran.err.splitlines()
    assert last == (
        "devoured: “Shoe size” is not known here; “Widerspruch am” looks as if it said who may be"
        " written to. Say what each is with --map FIELD=COLUMN, or leave it out with: --ignore"
        " 'Shoe size' --ignore 'Widerspruch am'"
    )
    assert n_active(sessions) == 0
    with transaction(sessions) as session:
        assert session.scalars(select(Import.id)).all() == []


def test_import_stops_at_a_word_deep_in_a_column_and_adds_nobody(
    cli: Devoured, sessions: Sessions, tmp_path: Path
) -> None:
    file = tmp_path / "crm.csv"
    rows = "".join(f"reader{n}@example.com,fine\n" for n in range(60))
    file.write_text(f"email,notes\n{rows}ann@example.com,Has opted out by phone\n")

    ran = cli("readers", "import", str(file), *CONSENT)

    assert ran.code == 2
    assert "“notes” says “opted out” in line 62." in ran.err
    assert n_active(sessions) == 0
    assert cli("readers", "import", str(file), *CONSENT, "--ignore", "notes").code == 0
    assert n_active(sessions) == 61


def test_dry_run_shows_what_each_column_is_with_three_values(cli: Devoured, tmp_path: Path) -> None:
    file = tmp_path / "crm.csv"
    rows = "".join(f"reader{n}@example.com,[b]{n},\n" for n in range(5))
    file.write_text(f"email,City,Weg seit\n{rows}")

    ran = cli("readers", "import", str(file), "--dry-run")

    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert "email address reader0@example.com · reader1@example.com · reader2@example.com" in lines
    assert "City nothing [b]0 · [b]1 · [b]2" in lines
    assert "Weg seit ? is not known here" in lines


def test_mended_bad_rows_are_read_as_the_file_was_that_they_are_from(
    cli: Devoured, sessions: Sessions, tmp_path: Path
) -> None:
    file = tmp_path / "crm.csv"
    file.write_text(
        "Contact,email,Gone,=Size,Name\n"
        "good@example.com,old@example.com,,1,A\n"
        "bad,old@example.com,,2,B\n"
        "worse,old@example.com,yes,3,C\n"
    )
    said = ("--map", "address=Contact", "--map", "left_at=Gone", "--ignore", "=Size")
    assert cli("readers", "import", str(file), *CONSENT, *said).code == 0
    mended = tmp_path / "crm.csv.bad.csv"
    text = mended.read_text()
    mended.write_text(text.replace("bad,", "bad@example.com,").replace("worse,", "w@example.com,"))

    ran = cli("readers", "import", str(mended), *CONSENT)

    assert ran.code == 0, ran.err
    with transaction(sessions) as session:
        found = session.execute(select(Subscriber.address, Subscriber.state)).all()
    assert dict(found) == {
        "good@example.com": "active", "bad@example.com": "active", "w@example.com": "left",
    }  # fmt: skip


def test_mended_bad_rows_of_those_that_bounced_are_still_of_those(
    cli: Devoured, sessions: Sessions, tmp_path: Path
) -> None:
    file = tmp_path / "cleaned.csv"
    file.write_text("Email Address,MEMBER_RATING,CLEAN_TIME,LEID,EUID\nbad,2,,1,a\n")
    assert cli("readers", "import", str(file), *CONSENT).code == 0
    mended = tmp_path / "cleaned.csv.bad.csv"
    mended.write_text(mended.read_text().replace("bad,", "bad@example.com,"))

    ran = cli("readers", "import", str(mended), *CONSENT)

    assert "the file says they bounced" in ran.out
    assert n_active(sessions) == 0


def test_import_from_stdin_writes_no_file_unless_it_is_named(
    cli: Devoured,
    sessions: Sessions,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    with transaction(sessions) as session:
        make_category(session, "ai")
    data = file.read_bytes()
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)

    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    tried = cli("readers", "import", "-", "--dry-run")
    before = [*folder.iterdir()]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    ran = cli("readers", "import", "-", *CONSENT, "--bad", "bad.csv")

    assert "1 bad row of 4, --bad FILE keeps all:" in tried.err
    assert before == []
    assert ran.code == 0, ran.err
    assert "is done: 2 new readers." in ran.out
    assert "nobody" in (folder / "bad.csv").read_text("utf-8")
    assert "stdin" in cli("readers", "imports").out
