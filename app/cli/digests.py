"""`devoured load`, `issues` and `export`: digests into the database and out again."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from app.actors import CLI
from app.cli.containers import one_transaction
from app.cli.following import why_so
from app.cli.output import counted, examples, instant, note, say, show_table, table
from app.cli.sources import FormOption, Source, read_digest, report_gaps
from app.content.drafts import Digest
from app.content.parse import Form
from app.delivery.standstill import standstills
from app.enums import IssueState
from app.issues.export import export as export_issue
from app.issues.listing import list_issues
from app.issues.load import load as load_digest
from app.issues.stories import stories_of
from app.models import Issue
from app.publication.categories import all_categories
from app.publication.lanes import local_day
from app.publication.publication import get_publication

app = typer.Typer()

IssueArgument = Annotated[
    int, typer.Argument(metavar="ISSUE", help="The issue's number.", show_default=False)
]


@app.command(
    rich_help_panel="An issue",
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
    drop_incomplete: Annotated[
        bool,
        typer.Option("--drop-incomplete", help="Leave out stories that were cut off."),
    ] = False,
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
    with one_transaction() as (container, session):
        now = container.clock()
        loaded = load_digest(
            session,
            digest,
            issued_on=_issue_day(session, digest, day, now),
            now=now,
            split_by_category=split_by_category,
            drop_incomplete=drop_incomplete,
            actor=CLI,
        )
        lines = [_sentence(session, issue) for issue in loaded.issues]
        numbers = [issue.id for issue in loaded.issues]
        proposed = [f"{one.name} (devoured categories open {one.slug})" for one in loaded.proposed]
    report_gaps(digest)
    if loaded.dropped:
        note(f"{counted(len(loaded.dropped), 'story', 'stories')} left out, as you said.")
    if proposed:
        note(f"New and hidden, so that nothing goes out in them: {', '.join(proposed)}.")
    for number, line in zip(numbers, lines, strict=True):
        say(str(number) if quiet else line)


@app.command(rich_help_panel="An issue")
def issues(
    *,
    state: Annotated[
        IssueState | None, typer.Option(help="Only those in this state.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 20,
) -> None:
    """List the issues, the newest day first."""
    with one_transaction() as (container, session):
        found = list_issues(session, before=None, limit=limit, state=state)
        stands = standstills(session, container.clock())
        rows = [(issue, _what(session, issue), stands(issue)) for issue in found]
    if not rows:
        note("There is no issue yet: devoured load FILE makes one." if not state else "None.")
        return
    right = ("Issue", "Version", "Readers")
    made = table("Issue", "Version", "Day", "State", "What", "Sends at", "Readers", right=right)
    for issue, what, still in rows:
        because = why_so(issue, still)
        state_said = f"{issue.state}: {because}" if because else issue.state
        n_due = "–" if issue.n_due is None else f"{issue.n_due:,}"
        made.add_row(
            str(issue.id),
            str(issue.version),
            str(issue.issued_on),
            state_said,
            what,
            instant(issue.send_at),
            n_due,
        )
    show_table(made)
    for mend in dict.fromkeys(still.mend for _, _, still in rows if still is not None):
        note(mend)


@app.command(
    rich_help_panel="An issue",
    epilog=examples("devoured export 3 > digest.txt", "devoured export 3 --form json"),
)
def export(
    issue: IssueArgument,
    *,
    form: Annotated[Form, typer.Option(help="How it is written.")] = Form.TEXT,
) -> None:
    """Write an issue's stories out as a digest that can be loaded again."""
    with one_transaction() as (_, session):
        written = export_issue(session, issue, form)
    typer.echo(written, nl=False)


def _issue_day(session: Session, digest: Digest, given: datetime | None, now: datetime) -> date:
    if given is not None:
        return given.date()
    return digest.issued_on or local_day(get_publication(session).time_zone, now)


def _sentence(session: Session, issue: Issue) -> str:
    return f"Issue {issue.id} of {issue.issued_on}: {_what(session, issue)}."


def _what(session: Session, issue: Issue) -> str:
    """`22 stories (AI 19, DevOps 3)`."""
    stories = stories_of(session, issue.id)
    counts = _counts(session, [story.category_id for story in stories])
    inside = ", ".join(f"{name} {n}" for name, n in counts)
    return counted(len(stories), "story", "stories") + (f" ({inside})" if inside else "")


def _counts(session: Session, category_ids: Sequence[Any]) -> list[tuple[str, int]]:
    """Return how many stories each category has, in the order of the categories."""
    names = [(category.id, category.name) for category in all_categories(session)]
    counts = [(name, category_ids.count(number)) for number, name in [*names, (None, "none yet")]]
    return [(name, n) for name, n in counts if n]
