"""Small digests in the text form, and how they are loaded."""

from pathlib import Path

from tests.cli.conftest import Devoured

DIGEST = """\
A compiler that explains itself (7 minute read)

A compiler that explains itself (7 minute read)

DevOps
A new compiler tells in plain words why it refuses a program.
What: Version 2 shows the chain of reasons behind each error.
Why it matters: People find mistakes in a third of the time.

Small models on small machines (3 minute read)

Small models on small machines (3 minute read)

AI
A model that fits a phone answers as well as last year's largest.
What: It was trained on fewer and better texts.
Why it matters: It needs no network.
"""

CUT_OFF = (
    DIGEST
    + """
A story without an end (1 minute read)

A story without an end (1 minute read)

Summary
"""
)


def load(cli: Devoured, folder: Path, content: str = DIGEST, *options: str) -> list[str]:
    """Load a digest and return the numbers of its issues, as a person types them."""
    path = folder / "digest.txt"
    path.write_text(content)
    ran = cli("load", str(path), "--quiet", *options)
    assert ran.code == 0, ran.err
    return ran.out.split()
