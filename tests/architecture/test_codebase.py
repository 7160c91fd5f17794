"""The rules of this code hold everywhere, but where a reason stands beside the exception."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import pytest

from tests.architecture import codebase
from tests.architecture.codebase import Complaint

_ROOT: Final = Path(__file__).parents[2]
_PACKAGES: Final = ("app", "workers", "localdev")
_ALL: Final = (*_PACKAGES, "migrations", "tests", "benchmarks")

Exceptions = dict[str, str]
"""A file, or a folder with a final slash, and why the rule is not for it."""

_COMMITS: Final[Exceptions] = {"app/db/session.py": "the one place where a transaction ends"}
_CLOCKS: Final[Exceptions] = {
    "app/clock.py": "the one place that asks",
    "localdev/": "servers of one machine, which stamp what they do with that machine's time",
}
_ENVIRONMENT: Final[Exceptions] = {
    "app/setting_sources.py": "the one place that reads them",
    "app/settings.py": "hands OpenTelemetry's own to who judges them",
    "localdev/": "what it starts gets its settings by its environment",
}
_APPROVALS: Final[Exceptions] = {"app/issues/approval.py": "the only place, behind the checks"}
_BOTO3: Final[Exceptions] = {
    "app/aws_sessions.py": "sessions that share what of AWS stands in files",
    "app/transports/ses.py": "the transport that speaks to SES",
    "app/events/queue.py": "the reader of the queue that SES's events arrive in",
    "app/outside/bucket.py": "the bucket that outlives the database",
    "app/aws/clients.py": "who examines and makes what those use",
}


def _files(folders: Iterable[str], exceptions: Exceptions | None = None) -> list[Path]:
    """Return our Python files below `folders`, as paths from the root."""
    found = (
        path.relative_to(_ROOT)
        for folder in folders
        for path in (_ROOT / folder).rglob("*.py")
        if "node_modules" not in path.parts  # what building the desk's scripts leaves
    )
    excepted = tuple(exceptions or ())
    return sorted(
        path
        for path in found
        if not any(
            path.as_posix() == one or (one.endswith("/") and path.as_posix().startswith(one))
            for one in excepted
        )
    )


def _complaints(files: Iterable[Path], rule: Callable[[str], list[Complaint]]) -> list[str]:
    return [
        f"{path}:{complaint.line}: {complaint.what}"
        for path in files
        for complaint in rule((_ROOT / path).read_text(encoding="utf-8"))
    ]


def test_files_can_be_read_at_once() -> None:
    assert _complaints(_files(_ALL), codebase.long_file) == []


def test_functions_can_be_read_at_once() -> None:
    assert _complaints(_files(_ALL), codebase.long_functions) == []


def test_transactions_end_in_one_place() -> None:
    assert _complaints(_files(_PACKAGES, _COMMITS), codebase.ended_transactions) == []


def test_a_locked_row_is_read_anew() -> None:
    assert _complaints(_files(_PACKAGES), codebase.stale_locks) == []


def test_answers_read_the_attributes_of_rows() -> None:
    assert _complaints(_files(["app/api"]), codebase.copied_answers) == []


def test_the_clock_is_asked_in_one_place() -> None:
    assert _complaints(_files(_PACKAGES, _CLOCKS), codebase.asked_clocks) == []


def test_the_environment_is_read_in_one_place() -> None:
    assert _complaints(_files(_PACKAGES, _ENVIRONMENT), codebase.read_environment) == []


def test_issues_are_approved_through_their_checks() -> None:
    assert _complaints(_files(_PACKAGES, _APPROVALS), codebase.unchecked_approvals) == []


@pytest.mark.parametrize("package", ["boto3", "botocore"])
def test_the_aws_client_is_made_in_one_place(package: str) -> None:
    assert (
        _complaints(_files(_PACKAGES, _BOTO3), lambda source: codebase.imported(source, package))
        == []
    )


def test_requirements_name_no_place_to_fetch_from() -> None:
    files = sorted(path.relative_to(_ROOT) for path in (_ROOT / "requirements").iterdir())

    assert len(files) >= 8
    assert _complaints(files, codebase.addresses) == []


def test_requirements_are_pinned_by_hash() -> None:
    for lock in (_ROOT / "requirements").glob("*.txt"):
        pinned = lock.read_text(encoding="utf-8").replace("\\\n", "").splitlines()
        wanted = [line for line in pinned if line.strip() and not line.lstrip().startswith("#")]
        assert [line for line in wanted if "==" not in line or "--hash=sha256:" not in line] == []


@pytest.mark.parametrize("exceptions", [_COMMITS, _CLOCKS, _ENVIRONMENT, _APPROVALS, _BOTO3])
def test_exceptions_are_files_that_are_there(exceptions: Exceptions) -> None:
    assert [one for one in exceptions if not (_ROOT / one).exists()] == []


@pytest.mark.parametrize(
    ("rule", "source", "expected"),
    [
        (codebase.long_file, "\n" * 301, [Complaint(301, "a file of 301 lines")]),
        (codebase.long_file, "\n" * 300, []),
        (
            codebase.long_functions,
            "class A:\n  def f(self):\n" + "    1\n" * 51,
            [Complaint(2, "f has 51 lines")],
        ),
        (codebase.long_functions, "@a\n@b\nasync def f(\n  a,\n):\n" + "    1\n" * 50, []),
        (
            codebase.ended_transactions,
            "a.session.commit()\nsession.flush()\nsession.rollback()",
            [Complaint(1, ".commit()"), Complaint(3, ".rollback()")],
        ),
        (
            codebase.stale_locks,
            "a.get(A, 1, with_for_update=True)\nb.get(A, with_for_update=1, populate_existing=1)",
            [Complaint(1, ".get() without populate_existing")],
        ),
        (
            codebase.copied_answers,
            (
                "class A: pass\nA(a=x.y.a, b=x.y.b)\nBOut(a=x.a, b=x.b)\nC(a=x.a, b=x.b)\n"
                "A(a=x.a, b=y.b, c=x.d)"
            ),
            [Complaint(2, "A"), Complaint(3, "BOut")],
        ),
        (
            codebase.asked_clocks,
            "from datetime import datetime as d\nd.now(UTC)",
            [Complaint(2, "datetime.now")],
        ),
        (
            codebase.asked_clocks,
            "import datetime\ndatetime.datetime.utcnow()",
            [Complaint(2, "datetime.utcnow")],
        ),
        (
            codebase.asked_clocks,
            "from time import time as tell\ncall(tell)",
            [Complaint(2, "time.time")],
        ),
        (
            codebase.asked_clocks,
            "import datetime as d\nd.date.today()",
            [Complaint(2, "date.today")],
        ),
        (codebase.asked_clocks, "import time\ntime.monotonic()\nnow = clock()\nx.now()", []),
        (codebase.read_environment, "import os\nos.environ['A']", [Complaint(2, "os.environ")]),
        (
            codebase.read_environment,
            "from os import getenv\ngetenv('A')",
            [Complaint(2, "os.getenv")],
        ),
        (codebase.read_environment, "import os as o\no.getenv('A')", [Complaint(2, "os.getenv")]),
        (codebase.read_environment, "import os\nos.getpid()", []),
        (
            codebase.unchecked_approvals,
            "from app.issues import lifecycle\nlifecycle.approve(session)\nlifecycle.pause()",
            [Complaint(2, "app.issues.lifecycle.approve")],
        ),
        (
            codebase.addresses,
            "a==1\n--index-url x\n  https://example.com/a.whl",
            [Complaint(2, "--index-url x"), Complaint(3, "https://example.com/a.whl")],
        ),
        (codebase.addresses, "# by hand\na==1 --hash=sha256:0", []),
    ],
)
def test_rule_finds_the_lines_that_break_it(
    rule: Callable[[str], list[Complaint]], source: str, expected: list[Complaint]
) -> None:
    assert rule(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import boto3.session as b", [Complaint(1, "boto3.session")]),
        ("def f():\n    from boto3 import client", [Complaint(2, "boto3")]),
        ("import boto3_extras\nfrom . import boto3", []),
    ],
)
def test_imported_finds_the_package_however_it_is_imported(
    source: str, expected: list[Complaint]
) -> None:
    assert codebase.imported(source, "boto3") == expected


def test_security_page_names_tests_and_pages_that_are_there() -> None:
    page = (_ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    tests = re.findall(r"`(tests/[a-z_/]+\.py)`", page)
    pages = re.findall(r"\]\(([a-z0-9/-]+\.md)\)", page)

    assert len(tests) > 30
    assert [one for one in tests if not (_ROOT / one).exists()] == []
    assert [one for one in pages if not (_ROOT / "docs" / one).exists()] == []


def test_decision_records_are_numbered_without_a_gap_and_say_their_number() -> None:
    records = sorted((_ROOT / "docs" / "adr").glob("*.md"))
    numbers = [int(record.name[:4]) for record in records]
    assert numbers == list(range(1, len(records) + 1))
    for number, record in zip(numbers, records, strict=True):
        assert record.read_text().startswith(f"# {number}. "), record.name
