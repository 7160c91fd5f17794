"""`devoured config`: every setting and its origin, whatever is wrong with them."""

import json

import pytest

from app.settings import Settings
from tests.cli.conftest import Devoured
from tests.factories import PEPPER


def test_config_shows_every_setting_and_where_it_came_from(
    cli: Devoured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DEVOURED_LEDGER_DAYS")
    ran = cli("config")
    assert (ran.code, ran.err) == (0, "")
    lines = {line.split()[0]: line.split() for line in ran.out.splitlines()}
    assert len(lines) == len(Settings.model_fields) + 1
    assert lines["DEVOURED_LEDGER_DAYS"][1:] == ["400", "default"]
    assert lines["DEVOURED_ADDRESS_PEPPER"][1:] == ["hidden", "environment"]
    assert PEPPER not in ran.out
    assert "DEVOURED_LEDGER_DAYS" not in cli("config", "--given").out


def test_config_exits_2_and_says_each_fault_on_a_line(
    devoured: Devoured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVOURED_TRANSPORT", "pigeon")
    monkeypatch.setenv("DEVOURED_BASE_ULR", "https://digest.example.org")
    ran = devoured("config", "--json")
    assert ran.code == 2
    told = json.loads(ran.out)
    assert told["faults"] == ran.err.splitlines()
    assert "DEVOURED_TRANSPORT: must be ses or smtp" in told["faults"]
    assert "DEVOURED_BASE_ULR: is no setting; did you mean DEVOURED_BASE_URL?" in told["faults"]
    transport = {"value": "pigeon", "from": "environment", "place": None}
    assert told["settings"]["DEVOURED_TRANSPORT"] == transport
    assert told["settings"]["DEVOURED_SECRET_KEYS"]["from"] == "nowhere"
