"""`devoured signing-keys`: a new key in two steps, after each of which all links are read."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.errors import NotFound
from app.settings import load_settings
from app.signing_keys import fingerprint
from app.tokens import Purpose, Signer
from tests.cli.conftest import Devoured
from tests.good_settings import GOOD, set_only_good

NOW = datetime(2026, 11, 29, 7, tzinfo=UTC)
OLD = GOOD["secret_keys"]


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Make settings whose signing key is in a file."""
    set_only_good(monkeypatch)
    path = tmp_path / "keys"
    path.write_text(f"{OLD}\n", encoding="utf-8")
    path.chmod(0o640)
    monkeypatch.delenv("DEVOURED_SECRET_KEYS")
    monkeypatch.setenv("DEVOURED_SECRET_KEYS_FILE", str(path))
    return path


def _signer() -> Signer:
    return Signer([key.get_secret_value() for key in load_settings().secret_keys])


def test_new_key_reads_before_it_signs_and_no_link_dies(devoured: Devoured, file: Path) -> None:
    before = _signer()
    old = before.sign(Purpose.LEAVE, 7, now=NOW)

    added = devoured("signing-keys", "add")
    assert added.code == 0
    between = _signer()
    assert between.sign(Purpose.LEAVE, 7, now=NOW) == old
    new_key = file.read_text(encoding="utf-8").strip().partition(",")[2]
    assert added.out == ""
    assert new_key not in added.err
    assert fingerprint(new_key) in added.err

    assert devoured("signing-keys", "use", fingerprint(new_key)).code == 0
    after = _signer()
    new = after.sign(Purpose.LEAVE, 7, now=NOW)
    assert new != old
    for signer in (between, after):
        assert [signer.read(Purpose.LEAVE, one, now=NOW).subject for one in (old, new)] == [7, 7]
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in file.parent.iterdir()] == ["keys"]


def test_dropped_key_reads_nothing_and_the_one_that_signs_stays(
    devoured: Devoured, file: Path
) -> None:
    old = _signer().sign(Purpose.LEAVE, 7, now=NOW)
    devoured("signing-keys", "add", "--sign-at-once")
    first = fingerprint(file.read_text(encoding="utf-8").partition(",")[0])
    for arguments, said in (
        ((fingerprint(OLD),), "say --yes"),
        ((first, "--yes"), f"{first} signs"),
        (("00000000", "--yes"), "There is no key 00000000"),
    ):
        refused = devoured("signing-keys", "drop", *arguments)
        assert refused.code == 2
        assert said in refused.err
    assert _signer().read(Purpose.LEAVE, old, now=NOW).subject == 7
    assert devoured("signing-keys", "drop", fingerprint(OLD), "--yes").code == 0
    with pytest.raises(NotFound):
        _signer().read(Purpose.LEAVE, old, now=NOW)


def test_list_shows_fingerprints_and_no_key(devoured: Devoured, file: Path) -> None:
    devoured("signing-keys", "add")
    ran = devoured("signing-keys")
    keys = file.read_text(encoding="utf-8").strip().split(",")
    lines = [line.split(maxsplit=1) for line in ran.out.splitlines()[1:]]
    assert [line[0] for line in lines] == [fingerprint(key) for key in keys]
    assert [line[1].strip() for line in lines] == ["signs links, and reads them", "reads links"]
    assert not any(key in ran.out + ran.err for key in keys)


def test_keys_of_the_environment_are_printed_to_be_set(
    devoured: Devoured, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DEVOURED_SECRET_KEYS_FILE")
    monkeypatch.setenv("DEVOURED_SECRET_KEYS", OLD)
    ran = devoured("signing-keys", "add")
    assert ran.code == 0
    assert ran.out.startswith(f"{OLD},")
    assert "Set DEVOURED_SECRET_KEYS to this" in ran.err
    assert file.read_text(encoding="utf-8") == f"{OLD}\n"


def test_keys_may_stand_on_lines_of_their_own(file: Path) -> None:
    file.write_text(f"{OLD}\n{GOOD['address_pepper']}\n", encoding="utf-8")
    assert len(load_settings().secret_keys) == 2
