"""Which settings `devoured up` makes, and which are a person's own."""

import stat
from pathlib import Path

import pytest

from app.cli.failures import BadInput
from app.setting_sources import Given, Origin
from localdev.up.place import Place, own_settings


def _said(**values: str) -> dict[str, Given]:
    return {name: Given(value, Origin.ENVIRONMENT) for name, value in values.items()}


def test_up_makes_what_nobody_has_said(tmp_path: Path) -> None:
    made = own_settings(Place(tmp_path, 8000), _said(secret_keys="", images=""))

    assert made == {
        "DEVOURED_SECRET_KEYS_FILE": str(tmp_path / "secrets" / "devoured_secret_keys"),
        "DEVOURED_ADDRESS_PEPPER_FILE": str(tmp_path / "secrets" / "devoured_address_pepper"),
        "DEVOURED_STATE_FOLDER": str(tmp_path / "state"),
        "DEVOURED_IMAGES": str(tmp_path / "images"),
        "DEVOURED_TRUSTED_PROXIES": "127.0.0.1,::1",
    }


def test_secrets_are_made_once_and_nobody_else_reads_them(tmp_path: Path) -> None:
    made = own_settings(Place(tmp_path, 8000), {})
    files = [Path(made[f"DEVOURED_{name}_FILE"]) for name in ("SECRET_KEYS", "ADDRESS_PEPPER")]
    before = [file.read_text() for file in files]
    own_settings(Place(tmp_path, 8000), {})

    assert [file.read_text() for file in files] == before
    assert len(set(before)) == 2
    assert min(map(len, before)) >= 48
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(files[0].parent.stat().st_mode) == 0o700


def test_what_a_person_says_is_kept(tmp_path: Path) -> None:
    said = _said(secret_keys="mine", images="s3://bucket/images", trusted_proxies="10.0.0.1")
    made = own_settings(
        Place(tmp_path, 8000),
        # It is said, though what was said cannot be read: to go on with another one would be wrong.
        {**said, "address_pepper": Given("", Origin.FILE, "/run/secrets/pepper")},
    )

    assert made == {"DEVOURED_STATE_FOLDER": str(tmp_path / "state")}
    assert not (tmp_path / "secrets").exists()


@pytest.mark.parametrize("name", ["database_url", "redis_url"])
def test_servers_of_others_are_refused_and_no_address_is_shown(name: str, tmp_path: Path) -> None:
    place = Place(tmp_path, 8000)
    with pytest.raises(BadInput, match=f"DEVOURED_{name.upper()} is set") as refused:
        own_settings(place, _said(**{name: "postgresql://user:secret@elsewhere/db"}))
    assert "secret" not in str(refused.value)
    assert own_settings(place, _said(**{name: ""}))


def test_folders_are_there_from_the_start(tmp_path: Path) -> None:
    made = own_settings(Place(tmp_path, 8000), {})
    for name in ("DEVOURED_STATE_FOLDER", "DEVOURED_IMAGES"):
        assert Path(made[name]).is_dir()
