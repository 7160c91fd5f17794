"""`devoured preview`, `send-test` and `share`: an edition as files, as a mail and as a link."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from sqlalchemy.orm import Session

from app.actors import CLI
from app.addresses import parse_address
from app.cli.command import IssueArgument, VersionOption, expect, one_transaction, open_container
from app.cli.failures import BadInput, Failed
from app.cli.output import counted, examples, instant, note, say, show_table
from app.container import Container
from app.db.session import transaction
from app.enums import Depth, Trim
from app.images.inline import with_own_images
from app.issues.checks.check import Checked, check
from app.issues.eml import eml
from app.issues.lifecycle import get_issue
from app.issues.preview import SAMPLE_ADDRESS, Preview, address_of, cut_of_reader
from app.issues.preview import preview as preview_of
from app.issues.samples import MAX_AT_ONCE, queue_samples
from app.issues.shares import revoke, shares_of
from app.issues.shares import share as share_of
from app.publication.categories import cut_of, slugs_of
from app.publication.issue_masks import issue_mask
from app.readers.subscribers import get_subscriber
from app.rendering.budget import CLIP_BYTES
from app.rendering.picture import WIDTHS, Screen, find_chromium, picture

app = typer.Typer()


CategoriesOption = Annotated[
    str | None,
    typer.Option(
        metavar="SLUG,SLUG",
        help="The categories that the reader follows. All of the issue's unless given.",
    ),
]
DepthOption = Annotated[Depth, typer.Option(help="How much of each story.")]
TRIMMED: Final = {
    Trim.DECODER: "the Decoder went from",
    Trim.DEEP_DIVE: "the Deep dive went from",
    Trim.TAKEAWAY: "the Takeaway went from",
    Trim.WHY_IT_MATTERS: "Why it matters went from",
    Trim.HEADLINE: "only the headline is left of",
    Trim.STORY: "the mail only counts and links",
}
"""What each step down did, before the stories it was done to."""


class Kind(StrEnum):
    """What a preview is written as; `png` is four pictures: phone and desktop, light and dark."""

    HTML = "html"
    TEXT = "txt"
    EML = "eml"
    PNG = "png"


@app.command(
    epilog=examples(
        "devoured preview 3",
        "devoured preview 3 --categories ai,devops --depth headlines --out /tmp",
        "devoured preview 3 --reader 17 --as eml --as png",
    ),
)
def preview(
    issue: IssueArgument,
    *,
    categories: CategoriesOption = None,
    depth: DepthOption = Depth.DEEP,
    reader: Annotated[
        int | None,
        typer.Option(metavar="SUBSCRIBER", help="As this reader gets it: it says the cut."),
    ] = None,
    kinds: Annotated[
        list[Kind] | None,
        typer.Option("--as", help="What to write; may be said often. HTML and text unless given."),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(metavar="FOLDER", help="Where to write; made if it is not there."),
    ] = Path("preview"),
) -> None:
    """Write an edition as files, say its size, what was cut and what checks find; opens nothing.

    They go into the folder preview where you are, or into another with --out; files of the same
    names are written over. It is made out to nobody in particular unless a reader is named.
    Pictures need Chromium.
    """
    wanted = kinds or [Kind.HTML, Kind.TEXT]
    with open_container() as container:
        with transaction(container.sessions) as session:
            made = _preview(session, container, issue, categories, depth, reader)
            slugs = slugs_of(session, made.follows)
            checked = check(session, issue, container.check_settings, container.clock())
            files: dict[str, bytes] = {}
            if Kind.HTML in wanted:
                files["html"] = made.html.encode()
            if Kind.TEXT in wanted:
                files["txt"] = made.text.encode()
            if Kind.EML in wanted:
                places = container.settings.base_url, container.settings.inbound_address
                files["eml"] = eml(session, made, *places, container.clock())
        if Kind.PNG in wanted:
            settings = container.settings
            html = with_own_images(made.html, settings.base_url, container.images)
            files |= _pictures(html, find_chromium(settings.chromium))
    name = "-".join(["issue", str(issue), *slugs, made.depth])
    _write(out, {f"{name}.{end}": content for end, content in files.items()})
    _tell(made, checked)


@app.command(epilog=examples("devoured send-test 3 editor@example.org --depth brief"))
def send_test(
    issue: IssueArgument,
    addresses: Annotated[
        list[str], typer.Argument(metavar="ADDRESS…", help="Who gets it.", show_default=False)
    ],
    *,
    categories: CategoriesOption = None,
    depth: DepthOption = Depth.DEEP,
    if_version: VersionOption = None,
) -> None:
    """Send an edition to your own addresses, marked as a test; the worker posts it."""
    if len(addresses) > MAX_AT_ONCE:
        raise BadInput(f"a test goes to {MAX_AT_ONCE} addresses at most.")
    with one_transaction() as (session, now, container):
        cut = cut_asked(session, issue, categories)
        queued = queue_samples(
            session,
            CLI,
            issue,
            [parse_address(one, allow_reserved=container.allow_reserved) for one in addresses],
            follows=cut,
            depth=depth,
            pepper=container.pepper,
            now=now,
            expected=expect(if_version),
        )
        slugs = slugs_of(session, cut)
    n = len(queued.letters)
    verb = "is" if n == 1 else "are"
    say(f"{counted(n, 'test mail')} of {', '.join(slugs)} ({depth}) {verb} on the way.")


def _preview(
    session: Session,
    container: Container,
    issue: int,
    categories: str | None,
    depth: Depth,
    reader: int | None,
) -> Preview:
    address = SAMPLE_ADDRESS
    if reader is None:
        follows = cut_asked(session, issue, categories)
    else:
        subscriber = get_subscriber(session, reader)
        address = address_of(subscriber)
        follows, depth = cut_of_reader(session, get_issue(session, issue), subscriber)
    return preview_of(
        session,
        get_issue(session, issue),
        container.templates,
        follows=follows,
        depth=depth,
        base_url=container.settings.base_url,
        address=address,
    )


def cut_asked(session: Session, issue: int, categories: str | None) -> int:
    """Return the bits of the cut that was asked for.

    Raises:
        NotFound: there is no such issue.
        InvalidInput: a slug is no category.
        Failed: the issue has no story in these categories.
    """
    get_issue(session, issue)
    slugs = None if categories is None else [part.strip() for part in categories.split(",")]
    follows = cut_of(session, slugs) & issue_mask(session, issue)
    if not follows:
        raise Failed(f"issue {issue} has no story in these categories.")
    return follows


def quoted(titles: Iterable[str]) -> str:
    """Return the titles in quotation marks: `“One title”; “Another”`."""
    return "; ".join(f"“{title}”" for title in titles)


def _pictures(html: str, chromium: str) -> dict[str, bytes]:
    return {
        f"{name}-{'dark' if dark else 'light'}.png": picture(
            html, Screen(width=width, dark=dark), chromium
        )
        for name, width in WIDTHS.items()
        for dark in (False, True)
    }


def _tell(preview: Preview, checked: Checked) -> None:
    note(f"Subject: {preview.subject}")
    note(f"{preview.n_bytes / 1000:.0f} KB of HTML; Gmail clips at {CLIP_BYTES / 1000:.0f}.")
    for step in preview.trimmed:
        note(f"Too long, so {TRIMMED[step.what]} {quoted(step.titles)}.")
    n_blocking, n_open = len(checked.blocking), len(checked.open_warnings)
    if n_blocking or n_open:
        note(
            f"Checks: {n_blocking} that block approval, {counted(n_open, 'warning')};"
            f" see devoured check {checked.issue.id}."
        )


def _write(folder: Path, files: dict[str, bytes]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
            say(str(folder / name))
    except OSError as error:
        raise BadInput(f"{folder}: {error.strerror}") from None


@app.command(epilog=examples("devoured share 3 --categories ai"))
def share(
    issue: IssueArgument,
    *,
    categories: CategoriesOption = None,
    depth: DepthOption = Depth.BRIEF,
    by: Annotated[str, typer.Option(help="Who you are.")] = "command line",
) -> None:
    """Print a link that opens a preview without an account, for a week or until unshare."""
    with one_transaction() as (session, now, container):
        made = share_of(
            session,
            CLI,
            issue,
            container.signer,
            container.settings.base_url,
            follows=cut_asked(session, issue, categories),
            depth=depth,
            now=now,
            by=by,
        )
    say(made.url)
    until = instant(made.row.expires_at)
    note(f"Good until {until}, or until devoured unshare {issue} {made.row.id}.")


@app.command()
def shares(issue: IssueArgument) -> None:
    """List the links to an issue's preview that are good."""
    with one_transaction() as (session, now, container):
        base_url = container.settings.base_url
        rows = [
            (
                *(one.row.id, ", ".join(slugs_of(session, one.row.follows)), one.row.depth),
                *(one.row.shared_by, one.row.shared_at, one.row.expires_at, one.url),
            )
            for one in shares_of(session, issue, container.signer, base_url, now)
        ]
    show_table(
        ("Link", "Categories", "Depth", "By", "At", "Good until", ""),
        rows,
        right=("Link",),
        none="None.",
    )


@app.command(epilog=examples("devoured unshare 3 5"))
def unshare(
    issue: IssueArgument,
    link: Annotated[
        int, typer.Argument(metavar="LINK", min=1, help="Its number, as shares prints it.")
    ],
) -> None:
    """Revoke one link to an issue's preview; the others stay good."""
    with one_transaction() as (session, now, _):
        revoke(session, CLI, issue, link, now)
    say(f"Link {link} opens nothing any more.")
