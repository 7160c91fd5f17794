"""What wrong settings say: the rows of docs/settings.md, each tried as it stands there."""

import re
from pathlib import Path
from typing import Final

import pytest

from app.errors import ConfigError
from app.settings import load_settings
from tests.good_settings import set_only_good

_PAGE: Final = Path(__file__).parents[1] / "docs" / "settings.md"
_TABLE: Final = _PAGE.read_text(encoding="utf-8").partition("## What wrong settings say")[2]
_ROWS: Final = re.findall(r"^\| `(\w+)=(.*)` \| (.+) \|$", _TABLE, re.MULTILINE)


def test_there_are_twenty_wrong_settings_and_more() -> None:
    assert len(_ROWS) >= 20
    assert len(_ROWS) == len(re.findall(r"^\| `", _TABLE, re.MULTILINE))


@pytest.mark.parametrize(("variable", "value", "said"), _ROWS)
def test_wrong_setting_says_what_the_page_says(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    set_only_good(monkeypatch)
    monkeypatch.delenv(variable.removesuffix("_FILE"), raising=False)
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError) as refused:
        load_settings()
    assert str(refused.value) == said
