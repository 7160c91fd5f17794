"""`devoured parse`, and how every command reads a digest: never more of it than may be loaded."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from app.characters import cut
from app.cli.failures import BadInput
from app.cli.output import counted, examples, note
from app.content.drafts import Digest, Unplaced
from app.content.json_form import to_json
from app.content.limits import MAX_BYTES
from app.content.parse import Form
from app.content.parse import parse as parse_digest

app = typer.Typer()

STANDARD_INPUT: Final = "-"
_SHOWN: Final = 5

Source = Annotated[
    str,
    typer.Argument(metavar="FILE", help="The digest; - reads standard input.", show_default=False),
]
FormOption = Annotated[
    Form | None,
    typer.Option("--form", help="How it is written. Recognised by its beginning unless given."),
]


def read_digest(source: str, form: Form | None) -> Digest:
    """Return the parsed digest of a file or of standard input.

    Raises:
        BadInput: the file cannot be read.
        InvalidInput, TooLarge: it is no digest, or more than we take.
    """
    return parse_digest(read_bytes(source), form=form)


def report_gaps(digest: Digest) -> None:
    """Say on standard error what is unfinished: incomplete stories and lines that no field took."""
    incomplete = [story.title for story in digest.stories if story.incomplete]
    if incomplete:
        note(f"{counted(len(incomplete), 'story is', 'stories are')} incomplete:")
        _show([f"“{title}”" for title in incomplete])
    if digest.unplaced:
        note(f"{counted(len(digest.unplaced), 'line', 'lines')} found no place:")
        _show([_describe(item) for item in digest.unplaced])


def read_text(source: str) -> str:
    """Return the text of a file or of standard input.

    Raises:
        BadInput: the file cannot be read, is larger than may be loaded, or is not UTF-8.
    """
    data = read_bytes(source)
    if len(data) > MAX_BYTES:
        raise BadInput(f"{source}: more than {MAX_BYTES:,} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{source}: it is not UTF-8") from None


def read_bytes(source: str) -> bytes:
    """Return the bytes of a file or of standard input, at most one more than may be loaded.

    Raises:
        BadInput: the file cannot be read.
    """
    # One byte more than is allowed is enough to know; a device or a pipe may never end.
    try:
        if source == STANDARD_INPUT:
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with Path(source).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{source}: {error.strerror}") from None
    except ValueError:
        raise BadInput("the file's name holds a NUL character") from None


def _describe(item: Unplaced) -> str:
    because = f" – {item.reason}" if item.reason else ""
    return f"line {item.line}: {cut(item.text.strip(), 100)}{because}"


def _show(lines: list[str]) -> None:
    for line in lines[:_SHOWN]:
        note(f"  {line}")
    if len(lines) > _SHOWN:
        note(f"  and {len(lines) - _SHOWN} more")


@app.command(
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
