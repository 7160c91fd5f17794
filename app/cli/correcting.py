"""`devoured correct`, `corrections` and `correction-mail`: mistakes mended after launch."""

from collections.abc import Iterable
from typing import Annotated, Any, Final

import typer

from app.actors import CLI
from app.cli.containers import one_transaction
from app.cli.failures import BadInput
from app.cli.output import counted, examples, instant, note, say, show_table, table
from app.cli.sources import read_text
from app.cli.transitions import IssueArgument, VersionOption, expect
from app.delivery.corrected import audience_of
from app.issues.correction_mail import draft_mail, revisions_of
from app.issues.corrections import correct as correct_story
from app.issues.corrections import corrections_of
from app.issues.lifecycle import get_issue
from app.issues.texts import story_columns
from app.story_fields import STORY_FIELDS, is_list

app = typer.Typer()

_PANEL: Final = "An issue's life"
_TEXTS: Final = tuple(one.name for one in STORY_FIELDS if one.is_correctable and not is_list(one))
_LISTS: Final = tuple(one.name for one in STORY_FIELDS if one.is_correctable and is_list(one))
"""Fields of several entries, each of which is said by a `--set` of its own."""
_MAX_NOTE: Final = 500


@app.command(
    rich_help_panel=_PANEL,
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
    said: Annotated[str, typer.Option("--note", help="What readers are told, in a sentence.")],
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
    if not 0 < len(said.strip()) <= _MAX_NOTE:
        raise BadInput(f"The note has 1 to {_MAX_NOTE} characters.")
    texts = read_changes(changes or [])
    if article is not None:
        if "article" in texts:
            raise BadInput("The article is said twice.")
        texts["article"] = read_text(article)
    if not texts:
        raise BadInput("Say what to correct, by --set or --article.")
    with one_transaction() as (container, session):
        row = correct_story(
            session,
            CLI,
            issue,
            story,
            story_columns(texts),
            said.strip(),
            templates=container.templates,
            base_url=container.settings.base_url,
            now=container.clock(),
            expected=expect(if_version),
        )
        number, revision = row.id, row.revision
    say(f"Correction {number}: issue {issue} is at revision {revision} for whoever comes next.")


@app.command(rich_help_panel=_PANEL)
def corrections(issue: IssueArgument) -> None:
    """List an issue's corrections, who got the wrong text, and who was sent which revision."""
    with one_transaction() as (container, session):
        get_issue(session, issue)
        now = container.clock()
        rows = [(row, audience_of(session, row, now)) for row in corrections_of(session, issue)]
        sent = revisions_of(session, issue)
    if not rows:
        note("Nothing was corrected.")
        return
    right = ("Correction", "Story", "Revision", "Got it wrong", "To tell", "Told by")
    made = table("Correction", "Story", "Revision", "At", "Note", *right[3:], right=right)
    for row, audience in rows:
        made.add_row(
            str(row.id),
            str(row.story_id),
            str(row.revision),
            instant(row.corrected_at),
            row.note,
            f"{audience.n_wrong:,}",
            f"{audience.n_to_tell:,}",
            f"issue {row.mail_issue_id}" if row.mail_issue_id else "–",
        )
    show_table(made)
    for revision, settled in sent.items():
        parts = ", ".join(f"{n:,} {state}" for state, n in settled.items())
        say(f"Revision {revision}: {parts}.")


@app.command("correction-mail", rich_help_panel=_PANEL)
def correction_mail(
    issue: IssueArgument,
    correction: Annotated[
        int, typer.Argument(metavar="CORRECTION", min=1, help="The correction's number.")
    ],
) -> None:
    """Draft the mail about a correction, to those alone who got the wrong text."""
    with one_transaction() as (container, session):
        mail = draft_mail(session, CLI, issue, correction, container.clock())
        row = next(row for row in corrections_of(session, issue) if row.id == correction)
        n_to_tell = audience_of(session, row, container.clock()).n_to_tell
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
