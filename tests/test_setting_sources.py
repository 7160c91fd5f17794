"""Where settings come from: which counts, what is refused, and what never shows."""

import os
from pathlib import Path

import pytest

from app.errors import ConfigError
from app.setting_sources import Origin, variable_of
from app.setting_values import default_of, setting_names, shown_settings
from app.settings import Read, load_settings, read_settings
from tests.good_settings import GOOD, set_only_good

KEY = "another-key-of-forty-signs-and-no-words!"


@pytest.fixture(autouse=True)
def _good(monkeypatch: pytest.MonkeyPatch) -> None:
    set_only_good(monkeypatch)


def _first_key() -> str:
    return load_settings().secret_keys[0].get_secret_value()


def _file(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_setting_comes_from_a_file_without_its_line_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DEVOURED_SECRET_KEYS")
    monkeypatch.setenv("DEVOURED_SECRET_KEYS_FILE", _file(tmp_path / "keys", f"{KEY}\n"))
    assert _first_key() == KEY
    given = read_settings().given["secret_keys"]
    assert (given.origin, given.place) == (Origin.FILE, str(tmp_path / "keys"))


@pytest.mark.parametrize("by", ["file", "folder"])
def test_every_setting_can_come_from_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, by: str
) -> None:
    """All of them at once, as the variables would have them."""
    texts = {name: GOOD.get(name) or default_of(name) for name in setting_names()}
    given = {name: text for name, text in texts.items() if text}
    as_variables = load_settings()
    for name in GOOD:
        monkeypatch.delenv(variable_of(name))
    for name, text in given.items():
        path = _file(tmp_path / variable_of(name).lower(), f"{text}\n")
        if by == "file":
            monkeypatch.setenv(f"{variable_of(name)}_FILE", path)
    if by == "folder":
        monkeypatch.setenv("DEVOURED_SECRETS_DIR", str(tmp_path))
    read = read_settings()
    assert read.settings == as_variables
    assert {name for name, one in read.given.items() if one.origin is Origin.FILE} == given.keys()


@pytest.mark.parametrize("name", ["devoured_secret_keys", "DEVOURED_SECRET_KEYS"])
def test_folder_of_secrets_fills_what_is_not_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    _file(tmp_path / name, KEY)
    _file(tmp_path / "of_somebody_else", "no matter")
    monkeypatch.setenv("DEVOURED_SECRETS_DIR", str(tmp_path))
    assert _first_key() == GOOD["secret_keys"]
    monkeypatch.setenv("DEVOURED_SECRET_KEYS", "")
    assert _first_key() == KEY
    monkeypatch.delenv("DEVOURED_SECRET_KEYS")
    assert _first_key() == KEY


def test_environment_counts_before_the_file_of_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lines = f'DEVOURED_SECRET_KEYS="{KEY}$HOME"\nDEVOURED_LEDGER_DAYS=77 # a remark\n'
    monkeypatch.setenv("DEVOURED_ENV_FILE", _file(tmp_path / "env", lines))
    assert load_settings().ledger_days == 77
    assert _first_key() == GOOD["secret_keys"]
    monkeypatch.delenv("DEVOURED_SECRET_KEYS")
    assert _first_key() == f"{KEY}$HOME"
    assert read_settings().given["secret_keys"].origin is Origin.ENV_FILE


def test_credentials_in_the_file_reach_boto3(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.setenv(name, "kept")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    lines = "AWS_ACCESS_KEY_ID=ours\nAWS_PROFILE=other\n"
    monkeypatch.setenv("DEVOURED_ENV_FILE", _file(tmp_path / "env", lines))
    load_settings()
    assert (os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_PROFILE"]) == ("ours", "kept")


def test_file_that_is_empty_binary_or_huge_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DEVOURED_SECRET_KEYS")
    path = tmp_path / "keys"
    monkeypatch.setenv("DEVOURED_SECRET_KEYS_FILE", str(path))
    for data, said in (
        (b" \n", "is empty"),
        (b"\xff", "is not UTF-8"),
        (b"a" * 70_000, "more than"),
    ):
        path.write_bytes(data)
        with pytest.raises(ConfigError, match=f"^DEVOURED_SECRET_KEYS_FILE: the file .*{said}"):
            load_settings()


def test_file_of_the_folder_that_is_empty_is_one_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DEVOURED_ADDRESS_PEPPER")
    monkeypatch.setenv("DEVOURED_SECRETS_DIR", str(tmp_path))
    _file(tmp_path / "devoured_address_pepper", "")
    said = "devoured_address_pepper in DEVOURED_SECRETS_DIR: the file is empty"
    assert read_settings().faults == [said]


def test_setting_given_twice_in_one_place_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DEVOURED_SECRET_KEYS_FILE", _file(tmp_path / "keys", KEY))
    with pytest.raises(ConfigError, match="DEVOURED_SECRET_KEYS_FILE is set too"):
        load_settings()


def test_misspelt_file_in_the_folder_or_line_of_the_file_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DEVOURED_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv(
        "DEVOURED_ENV_FILE", _file(tmp_path / "env", "DEVOURED_BASE_ULR=x\nDEVOURED_MAX_RATE\n")
    )
    _file(tmp_path / "devoured_secret_key", KEY)
    faults = read_settings().faults
    assert "DEVOURED_BASE_ULR: is no setting; did you mean DEVOURED_BASE_URL?" in faults
    assert "DEVOURED_MAX_RATE: has no = and no value in the file of DEVOURED_ENV_FILE" in faults
    assert any(
        "DEVOURED_SECRET_KEY: is no setting; did you mean DEVOURED_SECRET_KEYS?" in one
        for one in faults
    )


@pytest.mark.parametrize("name", ["DEVOUERD_BASE_URL", "DEVOURED_BASE_URLS", "devoured_base_ulr"])
def test_slip_in_a_name_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "https://digest.example.org")
    with pytest.raises(ConfigError, match="is no setting; did you mean DEVOURED_BASE_URL"):
        load_settings()


def test_what_kubernetes_and_clients_set_is_no_setting_and_no_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {
        "DEVOURED_SERVICE_HOST": "10.0.0.1",
        "DEVOURED_API_SERVICE_PORT_HTTP": "8000",
        "DEVOURED_PORT": "tcp://10.0.0.1:8000",
        "DEVOURED_PORT_8000_TCP_ADDR": "10.0.0.1",
        "DEVOURED_KEY": "dv_of_a_client",
    }.items():
        monkeypatch.setenv(name, value)
    load_settings()
    monkeypatch.setenv("DEVOURED_PORT", "8000")
    with pytest.raises(ConfigError, match="DEVOURED_PORT: is no setting"):
        load_settings()


SECRETS = {
    "DEVOURED_DATABASE_URL": "postgresql://digest:hush@db/devoured?sslmode=require&password=hush",
    "DEVOURED_REDIS_URL": "redis://:hush@cache:6379/0",
    "DEVOURED_SMTP_URL": "smtps://user:hu@sh@mail.example.org",
    "DEVOURED_SECRET_KEYS": "hush" * 10,
    "DEVOURED_ADDRESS_PEPPER": "hush" * 10,
    "DEVOURED_OIDC_CLIENT_SECRET": "hush",
}


@pytest.mark.parametrize("fault", [{}, {"DEVOURED_TRANSPORT": "pigeon"}])
def test_no_secret_is_shown_whether_settings_are_right_or_wrong(
    monkeypatch: pytest.MonkeyPatch, fault: dict[str, str]
) -> None:
    provider = {"DEVOURED_OIDC_ISSUER": "https://id.example.org", "DEVOURED_OIDC_CLIENT_ID": "desk"}
    for name, value in (SECRETS | provider | fault).items():
        monkeypatch.setenv(name, value)
    shown = {one.variable: one.value for one in shown_settings(read_settings())}
    assert "hu" not in "".join(value.replace("hidden", "") for value in shown.values())
    assert shown["DEVOURED_DATABASE_URL"] == (
        "postgresql://digest:hidden@db/devoured?sslmode=require&password=hidden"
    )
    assert shown["DEVOURED_SMTP_URL"] == "smtps://user:hidden@mail.example.org"
    assert shown["DEVOURED_ADDRESS_PEPPER"] == "hidden"


def test_address_that_cannot_be_told_apart_is_hidden_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVOURED_REDIS_URL", "digest:hush@cache")
    read: Read = read_settings()
    shown = {one.variable: one.value for one in shown_settings(read)}
    assert shown["DEVOURED_REDIS_URL"] == "hidden"
    assert "hush" not in repr(read)


def test_where_nothing_is_given_it_is_said_once_and_not_for_each_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for setting in GOOD:
        monkeypatch.delenv(variable_of(setting))

    with pytest.raises(ConfigError, match="not one is given here") as refused:
        load_settings()

    assert "settings.sh" in str(refused.value)
    assert "missing" not in str(refused.value)
