"""Commands in the documents: each is one of this version, and those of guides stand to be run."""

import re
from typing import Final

import pytest

from tests.documents import aws
from tests.documents.known import PROGRAMS, fault
from tests.documents.pages import COMMANDS, ROOT, Block, blocks, guides, inline, pages

_MARKS: Final = frozenset({"aws", "caddy", "host", "stays"})
_LANGUAGES: Final = {COMMANDS, "caddyfile", "nginx", "text"}
_OF_AWS: Final = re.compile(r"\baws |amazonaws\.com|amazonses\.com|--profile events")
_OF_A_HOST: Final = re.compile(r"(?m)^(systemctl|sudo|useradd|pip|kubectl) |/opt/|/etc/")
_RUN_BY_ITSELF: Final = {"docs/backup.md": "test_backup.py"}
"""Pages whose blocks of a host a test of their own runs."""
_GUIDED: Final = [block for page in guides() for block in blocks(page)]
_PAGES: Final = {str(page.relative_to(ROOT)): page for page in pages()}


def _begins_as_command(line: str) -> bool:
    return line.lstrip("$ ").partition(" ")[0] in PROGRAMS


def test_guides_are_readme_and_the_pages_that_say_how_to() -> None:
    names = [page.name for page in guides()]

    assert names[:2] == ["README.md", "first-issue.md"]
    assert {"install.md", "ses.md", "dns.md", "https.md", "hosts.md", "incidents.md"} <= {*names}
    assert len([block for block in _GUIDED if block.language == COMMANDS]) > 30


@pytest.mark.parametrize("block", _GUIDED, ids=lambda block: block.place)
def test_block_of_a_guide_says_what_it_is_and_commands_stand_only_in_those_that_are_run(
    block: Block,
) -> None:
    assert block.is_fenced, "fence it, and say its language"
    assert block.language in _LANGUAGES
    if block.language == COMMANDS:
        assert block.marks <= _MARKS
        assert "aws" not in block.marks or _OF_AWS.search(block.text), "why is it not run?"
        assert "caddy" not in block.marks or "caddy" in block.text, "why is it left out?"
        if "host" in block.marks and block.page not in _RUN_BY_ITSELF:
            assert _OF_A_HOST.search(block.text), "why is it not run?"
    else:
        assert [line for line in block.commands if _begins_as_command(line)] == []


@pytest.mark.parametrize("name", _PAGES)
def test_command_in_a_page_is_one_of_this_version(name: str) -> None:
    faults = [
        f"{block.place}: {line}: {wrong}"
        for block in blocks(_PAGES[name])
        for line in block.commands
        if (wrong := fault(line))
    ]
    faults += [
        f"{name}: {code}: {wrong}"
        for code in inline(_PAGES[name])
        if (wrong := fault(code, whole=False))
    ]

    assert faults == []


def test_command_of_aws_is_one_and_has_what_it_needs() -> None:
    asked = [
        (block.place, aws.fault(*one))
        for page in _PAGES.values()
        for block in blocks(page)
        for one in aws.commands(block.text)
    ]

    assert len(asked) > 15
    assert [one for one in asked if one[1]] == []


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("aws sesv3 get-account", "no sesv3"),
        ("aws sesv2 get-acount", "no get-acount"),
        ("aws sqs create-queue --queue-nam x", "no --queue-nam"),
        ("aws sns create-topic \\\n  --attributes A='--name'", "needs --name"),
    ],
)
def test_command_of_aws_that_is_not_there_is_told(line: str, wrong: str) -> None:
    (asked,) = aws.commands(line)

    assert wrong in (aws.fault(*asked) or "")


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("devoured serv", "no command “serv”"),
        ("devoured issues --no-such", "--no-such"),
        ("devoured progress", "ISSUE"),
        ("docker compose exec api devoured serv", "no command “serv”"),
        ("docker compose exec apj devoured serve", "no service apj"),
        ("docker compose --profile no up -d", "no profile no"),
        ("make no-such", "no target no-such"),
        ("GET /v1/issues/3/no-such", "no such route"),
    ],
)
def test_command_that_is_not_there_is_told(line: str, wrong: str) -> None:
    assert wrong in (fault(line) or "")


@pytest.mark.parametrize(
    "line",
    [
        "devoured keys new loader --scope read  # comment",
        "docker compose exec -T api devoured account",
        "make demo DIGEST=path",
        "GET /v1/issues/3/progress  # counts",
        "cat digest.txt | sort",
    ],
)
def test_command_that_is_there_is_right(line: str) -> None:
    assert fault(line) is None
