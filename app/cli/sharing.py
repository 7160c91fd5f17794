"""`devoured share`, `shares` and `unshare`: previews for people without an account."""

from typing import Annotated

import typer

from app.actors import CLI
from app.cli.containers import one_transaction
from app.cli.output import examples, instant, note, say, show_table, table
from app.cli.previews import CategoriesOption, cut_asked
from app.cli.transitions import IssueArgument
from app.enums import Depth
from app.issues.shares import revoke, shares_of
from app.issues.shares import share as share_of
from app.publication.categories import slugs_of

app = typer.Typer()

_PANEL = "An issue"


@app.command(rich_help_panel=_PANEL, epilog=examples("devoured share 3 --categories ai"))
def share(
    issue: IssueArgument,
    *,
    categories: CategoriesOption = None,
    depth: Annotated[Depth, typer.Option(help="How much of each story.")] = Depth.BRIEF,
    by: Annotated[str, typer.Option(help="Who you are.")] = "command line",
) -> None:
    """Print a link that opens a preview without an account, for a week or until unshare."""
    with one_transaction() as (container, session):
        made = share_of(
            session,
            issue,
            container.signer,
            container.settings.base_url,
            follows=cut_asked(session, issue, categories),
            depth=depth,
            now=container.clock(),
            by=by,
            actor=CLI,
        )
        number, ends_at = made.row.id, made.row.expires_at
    say(made.url)
    note(f"Good until {instant(ends_at)}, or until devoured unshare {issue} {number}.")


@app.command(rich_help_panel=_PANEL)
def shares(issue: IssueArgument) -> None:
    """List the links to an issue's preview that are good."""
    with one_transaction() as (container, session):
        base_url, now = container.settings.base_url, container.clock()
        found = [
            (one.row, one.url, ", ".join(slugs_of(session, one.row.follows)))
            for one in shares_of(session, issue, container.signer, base_url, now)
        ]
    if not found:
        note("None.")
        return
    made = table("Link", "Categories", "Depth", "By", "At", "Good until", "", right=("Link",))
    for row, url, slugs in found:
        made.add_row(
            *(str(row.id), slugs, row.depth, row.shared_by),
            *(instant(row.shared_at), instant(row.expires_at), url),
        )
    show_table(made)


@app.command(rich_help_panel=_PANEL, epilog=examples("devoured unshare 3 5"))
def unshare(
    issue: IssueArgument,
    link: Annotated[
        int, typer.Argument(metavar="LINK", min=1, help="Its number, as shares prints it.")
    ],
) -> None:
    """Revoke one link to an issue's preview; the others stay good."""
    with one_transaction() as (container, session):
        revoke(session, issue, link, container.clock(), CLI)
    say(f"Link {link} opens nothing any more.")
