"""An import of a file that is not there."""

from tests.cli.conftest import Devoured


def test_missing_file_is_said(cli: Devoured) -> None:
    ran = cli("readers", "import", "nowhere.csv", "--dry-run")

    assert (ran.code, ran.err) == (2, "devoured: nowhere.csv: No such file or directory\n")
