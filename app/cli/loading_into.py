"""`devoured load-into`: a digest into a draft that is there."""

from typing import Annotated

import typer

from app.actors import CLI
from app.cli.containers import one_transaction
from app.cli.output import counted, examples, note, say
from app.cli.sources import FormOption, Source, read_digest, report_gaps
from app.cli.transitions import IssueArgument, VersionOption, expect
from app.issues.load_into import Mode
from app.issues.load_into import load_into as load_digest_into

app = typer.Typer()


@app.command(
    "load-into",
    rich_help_panel="An issue",
    epilog=examples(
        "devoured load-into 3 more.txt", "devoured load-into 3 digest.txt --mode replace"
    ),
)
def load_into(
    issue: IssueArgument,
    source: Source,
    *,
    mode: Annotated[
        Mode, typer.Option(help="Behind the draft's stories, or into those of the same title.")
    ] = Mode.ADD,
    drop_incomplete: Annotated[
        bool, typer.Option("--drop-incomplete", help="Leave out stories that were cut off.")
    ] = False,
    if_version: VersionOption = None,
    form: FormOption = None,
) -> None:
    """Load a digest into a draft that is there, whole or not at all; its day stays."""
    digest = read_digest(source, form)
    with one_transaction() as (container, session):
        made = load_digest_into(
            session,
            CLI,
            issue,
            digest,
            mode,
            container.clock(),
            drop_incomplete=drop_incomplete,
            expected=expect(if_version),
        )
        proposed = [
            f"{one.name} (devoured categories open {one.slug})" for one in made.loaded.proposed
        ]
    report_gaps(digest)
    if proposed:
        note(f"New and hidden, so that nothing goes out in them: {', '.join(proposed)}.")
    added = counted(len(made.added), "story", "stories")
    say(f"Issue {issue}: {added} added, {len(made.replaced)} replaced.")
