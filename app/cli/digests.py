"""`devoured load`, `load-into`, `export` and the lines that no field took: digests in and out."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Final

import typer
from sqlalchemy.orm import Session

from app.actors import CLI
from app.characters import cut
from app.cli.command import IssueArgument, VersionOption, expect, one_transaction
from app.cli.failures import BadInput
from app.cli.issues import stories_in
from app.cli.output import counted, examples, note, say, show_table
from app.cli.parsing import FormOption, Source, read_digest, report_gaps
from app.content.drafts import Digest
from app.content.parse import Form
from app.content.placing import PlaceField
from app.issues import unplaced as unplacing
from app.issues.export import export as export_issue
from app.issues.load import load as load_digest
from app.issues.load_into import Mode
from app.issues.load_into import load_into as load_digest_into
from app.models import Category
from app.publication.lanes import local_day
from app.publication.publication import get_publication

app = typer.Typer()

DropOption = Annotated[
    bool, typer.Option("--drop-incomplete", help="Leave out stories that were cut off.")
]
LineArgument = Annotated[int, typer.Argument(metavar="ID", min=1, help="As unplaced lists it.")]
_SHOWN: Final = 100


@app.command(
    epilog=examples(
        "devoured load digest.txt",
        "devoured load digest.txt --date 2026-11-23 --drop-incomplete",
        "devoured load digest.txt --split-by-category",
    ),
)
def load(
    source: Source,
    *,
    day: Annotated[
        datetime | None,
        typer.Option(
            "--date",
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            help="The issue's day. The digest's own unless given, else today.",
        ),
    ] = None,
    split_by_category: Annotated[
        bool,
        typer.Option("--split-by-category", help="One issue per category, each at its own time."),
    ] = False,
    drop_incomplete: DropOption = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print the issues' numbers only.")
    ] = False,
    form: FormOption = None,
) -> None:
    """Load a digest as a draft, whole or not at all.

    Incomplete stories are kept and block approval, unless they are dropped. Categories that are
    not there yet are made hidden: open them, or give their stories others.
    """
    digest = read_digest(source, form)
    with one_transaction() as (session, now, _):
        loaded = load_digest(
            session,
            CLI,
            digest,
            issued_on=_issue_day(session, digest, day, now),
            now=now,
            split_by_category=split_by_category,
            drop_incomplete=drop_incomplete,
        )
        lines = [
            f"Issue {one.id} of {one.issued_on}: {stories_in(session, one)}."
            for one in loaded.issues
        ]
    report_gaps(digest)
    if loaded.dropped:
        note(f"{counted(len(loaded.dropped), 'story', 'stories')} left out, as you said.")
    _note_proposed(loaded.proposed)
    for issue, line in zip(loaded.issues, lines, strict=True):
        say(str(issue.id) if quiet else line)


@app.command(epilog=examples("devoured export 3 > digest.txt", "devoured export 3 --form json"))
def export(
    issue: IssueArgument,
    *,
    form: Annotated[Form, typer.Option(help="How it is written.")] = Form.TEXT,
) -> None:
    """Write an issue's stories out as a digest that can be loaded again."""
    with one_transaction() as (session, *_):
        written = export_issue(session, issue, form)
    typer.echo(written, nl=False)


def _issue_day(session: Session, digest: Digest, given: datetime | None, now: datetime) -> date:
    if given is not None:
        return given.date()
    return digest.issued_on or local_day(get_publication(session).time_zone, now)


def _note_proposed(categories: Sequence[Category]) -> None:
    proposed = [f"{one.name} (devoured categories open {one.slug})" for one in categories]
    if proposed:
        note(f"New and hidden, so that nothing goes out in them: {', '.join(proposed)}.")


@app.command(
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
    drop_incomplete: DropOption = False,
    if_version: VersionOption = None,
    form: FormOption = None,
) -> None:
    """Load a digest into a draft that is there, whole or not at all; its day stays."""
    digest = read_digest(source, form)
    with one_transaction() as (session, now, _):
        made = load_digest_into(
            session,
            CLI,
            issue,
            digest,
            mode,
            now,
            drop_incomplete=drop_incomplete,
            expected=expect(if_version),
        )
    report_gaps(digest)
    _note_proposed(made.loaded.proposed)
    added = counted(len(made.added), "story", "stories")
    say(f"Issue {issue}: {added} added, {len(made.replaced)} replaced.")


@app.command(epilog=examples("devoured unplaced 3"))
def unplaced(issue: IssueArgument) -> None:
    """List the lines of an issue's digest that no field took, and why; they block its approval."""
    with one_transaction() as (session, *_):
        rows = unplacing.unplaced_of(session, issue)
    if show_table(
        ("Id", "Line", "Text", "Why", "In the story"),
        [
            (row.id, row.line, cut(row.text.strip(), _SHOWN), row.reason, row.after or "–")
            for row in rows
        ],
        right=("Id", "Line"),
        none="None: every line has found its place.",
    ):
        note(f"Drop them with devoured drop-line {issue}, or place them with place-line {issue}.")


@app.command(epilog=examples("devoured drop-line 3 9", "devoured drop-line 3 --all"))
def drop_line(
    issue: IssueArgument,
    line: Annotated[
        int | None, typer.Argument(metavar="ID", min=1, help="As unplaced lists it.")
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    if_version: VersionOption = None,
) -> None:
    """Drop a line that no field took, or all of them."""
    if (line is None) is not everything:
        raise BadInput("Say the id of one line, or --all.")
    with one_transaction() as (session, now, _):
        n = unplacing.drop_unplaced(session, CLI, issue, line, now, expect(if_version))
    say(f"{counted(n, 'line')} dropped.")


@app.command(
    epilog=examples("devoured place-line 3 9 takeaway --story 41", "devoured place-line 3 9 title"),
)
def place_line(
    issue: IssueArgument,
    line: LineArgument,
    field: Annotated[
        PlaceField, typer.Argument(help="What takes it, at its end; title begins a story.")
    ],
    *,
    story: Annotated[
        int | None, typer.Option(metavar="STORY", min=1, help="The story's number.")
    ] = None,
    if_version: VersionOption = None,
) -> None:
    """Place a line that no field took: at the end of a story's field, or as a story's title."""
    with one_transaction() as (session, now, _):
        row = unplacing.place_unplaced(
            session, CLI, issue, line, field, story, now, expect(if_version)
        )
    say(f"Story {row.id}, “{row.title}”, has it.")
