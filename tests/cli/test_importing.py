"""The bar that an import shows while it reads and adds."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress, TaskID

from app.cli import importing
from app.container import Container, build
from app.enums import Depth, ImportState
from app.readers.imports import adding, reading
from app.readers.imports.upload import Guess
from app.settings import Settings


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


def test_import_shows_how_far_it_is_and_ends_full(
    container: Container,
    seen: dict[str, list[float]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    out = io.StringIO()
    shown = Console(file=out, force_terminal=True, width=80)
    monkeypatch.setattr(importing, "console", lambda *, err: shown if err else None)
    monkeypatch.setattr(reading, "ROWS_AT_ONCE", 3)
    monkeypatch.setattr(adding, "ROWS_AT_ONCE", 3)
    file = tmp_path / "old.csv"
    file.write_text("email\n" + "".join(f"reader{n}@mail.org\n" for n in range(10)))

    with file.open("rb") as source:
        guess = Guess()
        import_id = importing.take(container, source, file, "", guess, follows=0, depth=Depth.BRIEF)
    assert importing.read(container, import_id).state is ImportState.READY
    assert importing.add(container, import_id, "On our old site.").state is ImportState.DONE

    assert list(seen) == ["Reading", "Adding"]
    for steps in seen.values():
        assert len(steps) > 2
        assert steps == sorted(set(steps))
        assert 0 < steps[0] < steps[-1] == 1
    for said in ("Reading", "Adding", "100%"):
        assert said in out.getvalue()
