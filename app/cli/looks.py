"""`devoured preview` and `send-test`: an edition as files, or as a mail to one's own address."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer
from sqlalchemy.orm import Session

from app.addresses import parse_address
from app.cli.failures import BadInput, Failed
from app.cli.house import one_transaction, open_house
from app.cli.output import counted, examples, note, say
from app.cli.steps import IssueArgument
from app.container import Container
from app.db.session import transaction
from app.delivery.compose import edition_facts, read_url
from app.delivery.cuts import issue_mask
from app.delivery.letters import queue_letter
from app.issues.categories import follows_of, slugs_of
from app.issues.lifecycle import get_issue
from app.rendering.budget import CLIP_BYTES
from app.rendering.edition import render_edition
from app.rendering.inputs import EditionFacts
from app.rendering.merge import fields_for, fill
from app.words import Depth, LetterKind, Trim

app = typer.Typer()

CategoriesOption = Annotated[
    str | None,
    typer.Option(
        metavar="SLUG,SLUG",
        help="The categories that the reader follows. All of the issue's unless given.",
    ),
]
DepthOption = Annotated[Depth, typer.Option(help="How much of each story.")]
_READER: Final = "reader@readers.example"
_TRIMMED: Final = {
    Trim.DECODER: "the Decoder went from",
    Trim.DEEP_DIVE: "the Deep dive went from",
    Trim.TAKEAWAY: "the Takeaway went from",
    Trim.WHY_IT_MATTERS: "Why it matters went from",
    Trim.HEADLINE: "only the headline is left of",
    Trim.STORY: "the mail only counts and links",
}


@dataclass(frozen=True)
class _Cut:
    """A cut of an issue, checked to have stories."""

    follows: int
    depth: Depth
    slugs: tuple[str, ...]


@app.command(
    rich_help_panel="An issue",
    epilog=examples(
        "devoured preview 3",
        "devoured preview 3 --categories ai,devops --depth headlines --out /tmp",
    ),
)
def preview(
    issue: IssueArgument,
    *,
    categories: CategoriesOption = None,
    depth: DepthOption = Depth.DEEP,
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where to write; made if it is not there.")
    ] = Path("preview"),
) -> None:
    """Write an edition as HTML and text, with a made-up reader's details; opens nothing."""
    with open_house() as container:
        with transaction(container.sessions) as session:
            cut = _cut(session, issue, categories, depth)
            facts = _facts(session, container, issue, cut)
        mail = render_edition(facts, container.templates)
    base_url = container.settings.base_url
    fields = fields_for(_READER, f"{base_url}/leave", f"{base_url}/preferences")
    name = "-".join(["issue", str(issue), *cut.slugs, cut.depth])
    html, text = fill(mail.html, fields), fill(mail.text, fields)
    _write(out, {f"{name}.html": html, f"{name}.txt": text})
    note(f"Subject: {fill(mail.subject, fields)}")
    note(f"{mail.n_bytes / 1000:.0f} KB of HTML; Gmail clips at {CLIP_BYTES / 1000:.0f}.")
    for step in mail.trimmed:
        note(f"Too long, so {_TRIMMED[step.what]} {counted(len(step.titles), 'story', 'stories')}.")


@app.command(
    "send-test",
    rich_help_panel="An issue",
    epilog=examples("devoured send-test 3 editor@example.org --depth brief"),
)
def send_test(
    issue: IssueArgument,
    addresses: Annotated[
        list[str], typer.Argument(metavar="ADDRESS…", help="Who gets it.", show_default=False)
    ],
    *,
    categories: CategoriesOption = None,
    depth: DepthOption = Depth.DEEP,
) -> None:
    """Send an edition to your own addresses, marked as a test; the worker posts it."""
    with one_transaction() as (container, session):
        taken = [parse_address(a, allow_reserved=container.allow_reserved) for a in addresses]
        cut = _cut(session, issue, categories, depth)
        facts = {"issue_id": issue, "follows": cut.follows, "depth": cut.depth.value}
        for address in taken:
            queue_letter(
                session,
                LetterKind.TEST,
                now=container.clock(),
                address=address.text,
                facts=facts,
            )
    said = "is" if len(taken) == 1 else "are"
    say(
        f"{counted(len(taken), 'test mail')} of {', '.join(cut.slugs)} ({depth}) {said} on the way."
    )


def _cut(session: Session, issue: int, categories: str | None, depth: Depth) -> _Cut:
    """The cut that was asked for.

    Raises:
        NotFound: there is no such issue.
        InvalidInput: a slug is no category.
        Failed: the issue has no story in these categories.
    """
    get_issue(session, issue)
    slugs = None if categories is None else [part.strip() for part in categories.split(",")]
    follows = follows_of(session, slugs) & issue_mask(session, issue)
    if not follows:
        raise Failed(f"issue {issue} has no story in these categories.")
    return _Cut(follows, depth, tuple(slugs_of(session, follows)))


def _facts(session: Session, container: Container, issue: int, cut: _Cut) -> EditionFacts:
    base_url = container.settings.base_url
    return edition_facts(
        session,
        get_issue(session, issue),
        follows=cut.follows,
        depth=cut.depth,
        base_url=base_url,
        browser_url=read_url(base_url, issue),
    )


def _write(folder: Path, files: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_text(content, encoding="utf-8")
            say(str(folder / name))
    except OSError as error:
        raise BadInput(f"{folder}: {error.strerror}") from None
