"""`devoured parse`: a digest in, JSON out; needs no server and no settings."""

import typer

from app.cli.output import counted, examples, note
from app.cli.sources import FormOption, Source, read_digest, report_gaps
from app.content.json_form import to_json

app = typer.Typer()


@app.command(
    rich_help_panel="An issue",
    epilog=examples("devoured parse digest.txt", "cat digest.md | devoured parse - > digest.json"),
)
def parse(source: Source, *, form: FormOption = None) -> None:
    """Print a digest as JSON, and say what is missing in it.

    It takes the digest text form, Markdown with front matter, and JSON. What the parser could
    not place is under “unplaced” with its line number; nothing is lost.
    """
    digest = read_digest(source, form)
    typer.echo(to_json(digest), nl=False)
    note(counted(len(digest.stories), "story", "stories"))
    report_gaps(digest)
