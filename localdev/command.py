"""`devoured demo`: the whole service on this machine, and a digest delivered by it."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from app.cli.failures import FAILED, BadInput, Failed
from app.cli.output import console, examples, note
from app.cli.parsing import read_bytes
from app.content.parse import parse
from localdev.demo.editor import Refusal
from localdev.demo.follow import NotSent
from localdev.demo.run import Options, run_demo
from localdev.processes import ChildError

app = typer.Typer()


@app.command(
    epilog=examples(
        "devoured demo", "devoured demo --digest digest.txt", "devoured demo --once --readers 50"
    ),
)
def demo(
    *,
    digest: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="What to deliver. A sample of ours unless given."),
    ] = None,
    once: Annotated[
        bool,
        typer.Option(
            "--once", help="Check every message and exit: 0 only if everybody got theirs once."
        ),
    ] = False,
    readers: Annotated[
        int, typer.Option(min=1, max=10_000, help="How many sample readers there are.")
    ] = 300,
    drop_incomplete: Annotated[
        bool,
        typer.Option(
            "--drop-incomplete/--keep-incomplete",
            help="Leave out stories that were cut off, or see approval refuse them.",
        ),
    ] = True,
    split_by_category: Annotated[
        bool, typer.Option("--split-by-category", help="One mail per category.")
    ] = False,
    var: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where its data lives from run to run.")
    ] = Path("var"),
    port: Annotated[
        int,
        typer.Option(
            min=1, max=65534, help="The API's port, the inbox has the next; free ones if taken."
        ),
    ] = 8025,
) -> None:
    """Run the whole service here and deliver a digest to sample readers.

    PostgreSQL, Valkey and a local SES come with it; nothing leaves this machine. It stays up
    until Ctrl-C, and leaves no process behind however it ends.
    """
    data = _sample() if digest is None else read_bytes(digest)
    # A bad digest is refused before anything is started.
    parsed = parse(data)
    kept = [one for one in parsed.stories if not (drop_incomplete and one.incomplete)]
    if not kept:
        raise BadInput(f"{digest} holds no story that could be sent.")
    options = Options(
        data=data,
        digest=parsed,
        name="The sample digest" if digest is None else digest,
        folder=var,
        port=port,
        n_readers=readers,
        once=once,
        drop_incomplete=drop_incomplete,
        split=split_by_category,
    )
    try:
        is_well = run_demo(options, console())
    except (Refusal, NotSent) as problem:
        raise Failed(str(problem)) from None
    except ChildError as problem:
        # The last lines of a part's log, which one line would make unreadable.
        note(f"devoured: {problem}")
        raise typer.Exit(FAILED) from None
    if not is_well:
        raise typer.Exit(FAILED)


def _sample() -> bytes:
    return (files("localdev") / "samples" / "digest.txt").read_bytes()
