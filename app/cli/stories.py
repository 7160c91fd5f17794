"""`devoured stories`, `correct`, `corrections` and `correction-mail`: an issue's stories."""

from collections.abc import Iterable
from typing import Annotated, Any, Final

import typer

from app.actors import CLI
from app.cli.command import IssueArgument, VersionOption, expect, one_transaction
from app.cli.failures import BadInput
from app.cli.output import counted, examples, instant, note, say, show_table
from app.cli.parsing import read_text
from app.delivery.corrected import audience_of
from app.issues import arranging, dropping
from app.issues.correction_mail import draft_mail, revisions_of
from app.issues.corrections import correct as correct_story
from app.issues.corrections import corrections_of
from app.issues.lifecycle import get_issue
from app.issues.stories import stories_of, story_columns
from app.publication.categories import all_categories, get_category
from app.story_fields import STORY_FIELDS, is_list

app = typer.Typer()


stories = typer.Typer(no_args_is_help=True, help="List, order, move, drop and restore stories.")
app.add_typer(stories, name="stories")

Stories = Annotated[
    list[int],
    typer.Argument(metavar="STORY…", min=1, help="The stories' numbers.", show_default=False),
]
Story = Annotated[
    int, typer.Argument(metavar="STORY", min=1, help="The story's number.", show_default=False)
]
NONE: Final = "none"
_TEXTS: Final = tuple(one.name for one in STORY_FIELDS if one.is_correctable and not is_list(one))
_LISTS: Final = tuple(one.name for one in STORY_FIELDS if one.is_correctable and is_list(one))
"""Fields of several entries, each of which is said by a `--set` of its own."""


@stories.command("list")
def list_(issue: IssueArgument) -> None:
    """List the stories of an issue in their order, and the dropped ones below."""
    with one_transaction() as (session, *_):
        version = get_issue(session, issue).version
        names = {one.id: one.slug for one in all_categories(session)}
        rows = [
            (one.position, one.id, one.version, names.get(one.category_id or 0, "–"), one.title)
            for one in stories_of(session, issue)
        ]
        dropped = [
            f"Story {one.story_id} was dropped at {instant(one.dropped_at)}: {one.fields['title']}"
            for one in dropping.dropped_stories(session, issue)
        ]
    heading = ("Place", "Story", "Version", "Category", "Title")
    show_table(heading, rows, right=heading[:3])
    for line in dropped:
        say(line)
    note(f"Issue {issue} is at version {version}.")


@stories.command(epilog=examples("devoured stories order 3 43 41 42"))
def order(issue: IssueArgument, story: Stories, *, if_version: VersionOption = None) -> None:
    """Bring stories of a draft into this order; the others keep their places."""
    with one_transaction() as (session, now, _):
        arranging.order_stories(session, CLI, issue, story, now, expect(if_version))
    say(f"{counted(len(story), 'story', 'stories')} of issue {issue} stand in this order now.")


@stories.command(
    epilog=examples(
        "devoured stories move 3 42 43 --category ai", "devoured stories move 3 42 --to 1"
    )
)
def move(
    issue: IssueArgument,
    story: Stories,
    *,
    category: Annotated[
        str | None, typer.Option(metavar="SLUG", help=f"To this category; {NONE} for none.")
    ] = None,
    to: Annotated[
        int | None,
        typer.Option(metavar="PLACE", min=1, help="The first stands here, the others behind it."),
    ] = None,
    if_version: VersionOption = None,
) -> None:
    """Move stories of a draft to another category, another place, or both."""
    if category is None and to is None:
        raise BadInput("Say where to: --category, --to, or both.")
    with one_transaction() as (session, now, _):
        is_named = category not in {None, NONE}
        home = get_category(session, str(category)).id if is_named else None
        there = arranging.Move(category is not None, home, to)
        arranging.move_stories(session, CLI, issue, story, there, now, expect(if_version))
    say(f"{counted(len(story), 'story', 'stories')} of issue {issue} moved.")


@stories.command(epilog=examples("devoured stories drop 3 42"))
def drop(issue: IssueArgument, story: Story, *, if_version: VersionOption = None) -> None:
    """Take a story out of a draft; it can be restored until the issue is out."""
    with one_transaction() as (session, now, _):
        dropping.drop_story(session, CLI, issue, story, now, expect(if_version))
    say(f"Story {story} is dropped. Back with: devoured stories restore {issue} {story}")


@stories.command(epilog=examples("devoured stories restore 3 42"))
def restore(issue: IssueArgument, story: Story, *, if_version: VersionOption = None) -> None:
    """Put a dropped story back where it stood."""
    with one_transaction() as (session, now, _):
        row = dropping.restore_story(session, CLI, issue, story, now, expect(if_version))
    say(f"Story {story} is back in issue {issue}, in place {row.position}.")


@app.command(
    epilog=examples(
        'devoured correct 3 41 --note "We had the figure wrong." --set what="It is twice as fast."',
        'devoured correct 3 41 --note "…" --set deep_dive="One." --set deep_dive="Another."',
        'devoured correct 3 41 --note "…" --set decoder="Latency: how long an answer takes"',
        'devoured correct 3 41 --note "…" --article article.txt',
    ),
)
def correct(
    issue: IssueArgument,
    story: Annotated[int, typer.Argument(metavar="STORY", min=1, help="The story's number.")],
    *,
    note_text: Annotated[str, typer.Option("--note", help="What readers are told, in a sentence.")],
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=TEXT",
            help=f"One of {', '.join(_TEXTS)}; or an entry of {' or '.join(_LISTS)}, all of which"
            " are said, each by itself.",
        ),
    ] = None,
    article: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The whole article; - reads standard input."),
    ] = None,
    if_version: VersionOption = None,
) -> None:
    """Correct a story of an issue that is out: the others get the new text, the pages say so."""
    texts = read_changes(changes or [])
    if article is not None:
        if "article" in texts:
            raise BadInput("The article is said twice.")
        texts["article"] = read_text(article)
    if not texts:
        raise BadInput("Say what to correct, by --set or --article.")
    with one_transaction() as (session, now, container):
        row = correct_story(
            session,
            CLI,
            issue,
            story,
            story_columns(texts),
            note_text.strip(),
            templates=container.templates,
            base_url=container.settings.base_url,
            now=now,
            expected=expect(if_version),
        )
    say(f"Correction {row.id}: issue {issue} is at revision {row.revision} for whoever comes next.")


@app.command()
def corrections(issue: IssueArgument) -> None:
    """List an issue's corrections, who got the wrong text, and who was sent which revision."""
    with one_transaction() as (session, now, _):
        get_issue(session, issue)
        rows = [(row, audience_of(session, row, now)) for row in corrections_of(session, issue)]
        sent = revisions_of(session, issue)
    right = ("Correction", "Story", "Revision", "Got it wrong", "To tell", "Told by")
    if not show_table(
        (*right[:3], "At", "Note", *right[3:]),
        [
            (
                *(row.id, row.story_id, row.revision, row.corrected_at, row.note),
                *(f"{audience.n_wrong:,}", f"{audience.n_to_tell:,}"),
                f"issue {row.mail_issue_id}" if row.mail_issue_id else None,
            )
            for row, audience in rows
        ],
        right=right,
        none="Nothing was corrected.",
    ):
        return
    for revision, settled in sent.items():
        parts = ", ".join(f"{n:,} {state}" for state, n in settled.items())
        say(f"Revision {revision}: {parts}.")


@app.command()
def correction_mail(
    issue: IssueArgument,
    correction: Annotated[
        int, typer.Argument(metavar="CORRECTION", min=1, help="The correction's number.")
    ],
) -> None:
    """Draft the mail about a correction, to those alone who got the wrong text."""
    with one_transaction() as (session, now, _):
        mail = draft_mail(session, CLI, issue, correction, now)
        row = next(row for row in corrections_of(session, issue) if row.id == correction)
        n_to_tell = audience_of(session, row, now).n_to_tell
    say(f"Issue {mail.id} is a draft and would tell {counted(n_to_tell, 'reader')}.")
    note(f"Look at it with devoured preview {mail.id}, then approve and schedule it.")


def read_changes(changes: Iterable[str]) -> dict[str, Any]:
    """Return the fields of a Story with their new texts; entries of one field keep their order.

    Raises:
        BadInput: one is not of the form FIELD=TEXT, or a field of one text is given twice.
    """
    found: dict[str, Any] = {}
    for change in changes:
        name, text = _read_change(change)
        if name in _LISTS:
            entries = found.setdefault(name, [])
            if text.strip():
                entries.append(_read_term(text) if name == "decoder" else text)
        elif name in found:
            raise BadInput(f"The {name} is said twice.")
        else:
            found[name] = text
    return found


def _read_change(change: str) -> tuple[str, str]:
    name, sign, text = change.partition("=")
    name = name.strip().replace("-", "_")
    if not sign or name not in _TEXTS + _LISTS:
        known = ", ".join(_TEXTS + _LISTS)
        raise BadInput(f"“{change}” should be FIELD=TEXT, FIELD one of {known}.")
    return name, text


def _read_term(text: str) -> dict[str, str]:
    """Return an entry of the Decoder, as in the text form of a digest: `Term: what it means`."""
    term, sign, definition = text.partition(":")
    if not sign or not term.strip():
        raise BadInput(f"“{text}” should be “Term: what it means”.")
    return {"term": term.strip(), "definition": definition.strip()}
