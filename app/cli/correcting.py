"""`devoured correct`, `corrections` and `correction-mail`: mistakes mended after launch."""

from typing import Annotated, Final

import typer

from app.cli.failures import BadInput
from app.cli.house import one_transaction
from app.cli.output import counted, examples, instant, note, say, show_table, table
from app.cli.steps import IssueArgument
from app.delivery.corrected import audience_of
from app.issues.correction_mail import draft_mail, revisions_of
from app.issues.corrections import correct as correct_story
from app.issues.corrections import corrections_of
from app.issues.lifecycle import get_issue
from app.issues.texts import story_columns

app = typer.Typer()

_PANEL: Final = "An issue's life"
_TEXTS: Final = ("title", "label", "url", "summary", "what", "why_it_matters", "takeaway")
_MAX_NOTE: Final = 500


@app.command(
    rich_help_panel=_PANEL,
    epilog=examples(
        'devoured correct 3 41 --note "We had the figure wrong." --set what="It is twice as fast."'
    ),
)
def correct(
    issue: IssueArgument,
    story: Annotated[int, typer.Argument(metavar="STORY", min=1, help="The story's number.")],
    *,
    said: Annotated[str, typer.Option("--note", help="What readers are told, in a sentence.")],
    changes: Annotated[
        list[str],
        typer.Option("--set", metavar="FIELD=TEXT", help=f"One of {', '.join(_TEXTS)}."),
    ],
) -> None:
    """Correct a story of an issue that is out: the others get the new text, the pages say so."""
    if not 0 < len(said.strip()) <= _MAX_NOTE:
        raise BadInput(f"The note has 1 to {_MAX_NOTE} characters.")
    texts = dict(map(_read_change, changes))
    with one_transaction() as (container, session):
        row = correct_story(
            session,
            issue,
            story,
            story_columns(texts),
            said.strip(),
            templates=container.templates,
            base_url=container.settings.base_url,
            now=container.clock(),
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
        mail = draft_mail(session, issue, correction, container.clock())
        row = next(row for row in corrections_of(session, issue) if row.id == correction)
        n_to_tell = audience_of(session, row, container.clock()).n_to_tell
    say(f"Issue {mail.id} is a draft and would tell {counted(n_to_tell, 'reader')}.")
    note(f"Look at it with devoured preview {mail.id}, then approve and schedule it.")


def _read_change(text: str) -> tuple[str, str]:
    """The field and its new text; BadInput for what is not of the form FIELD=TEXT."""
    name, sign, value = text.partition("=")
    name = name.strip().replace("-", "_")
    if not sign or name not in _TEXTS:
        raise BadInput(f"“{text}” should be FIELD=TEXT, FIELD one of {', '.join(_TEXTS)}.")
    return name, value
