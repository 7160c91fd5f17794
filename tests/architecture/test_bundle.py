"""The desk's script: what of others is in it, with version, licence and hash, as it was built."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any, Final

DESK: Final = Path(__file__).parents[2] / "app/desk"
LOCK: Final[dict[str, Any]] = json.loads((DESK / "assets/package-lock.json").read_text())
VENDORED: Final[dict[str, Any]] = json.loads((DESK / "assets/vendored.json").read_text())


def test_scripts_are_those_of_the_manifest() -> None:
    built = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in _scripts()}
    assert built == {name: one["sha256"] for name, one in VENDORED.items()}


def test_packages_are_those_of_the_lock_and_may_be_passed_on() -> None:
    for script in VENDORED.values():
        for one in script["packages"]:
            locked = LOCK["packages"][f"node_modules/{one['name']}"]
            assert one["version"] == locked["version"]
            assert one["licence"] in {"MIT", "BSD-0-Clause"}
            # Zero-Clause BSD asks for no notice, and its authors gave none.
            assert one["notice"].startswith("Copyright") or one["licence"] == "BSD-0-Clause"


def test_scripts_say_whose_they_are() -> None:
    for path in _scripts():
        head = path.read_text().partition("*/")[0]
        for one in VENDORED[path.name]["packages"]:
            said = [f"{one['name']} {one['version']}", one["licence"], one["notice"]]
            assert ", ".join(filter(None, said)) in head


def test_lock_has_hashes_and_no_place_to_fetch_from() -> None:
    assert "http" not in (DESK / "assets/package-lock.json").read_text()
    packages = [one for name, one in LOCK["packages"].items() if name]
    assert all(one["integrity"].startswith("sha512-") for one in packages)


def test_scripts_ask_nobody_else_and_evaluate_nothing() -> None:
    for path in _scripts():
        text = path.read_text()
        # Yjs names its own issue in a warning.
        assert set(re.findall(r"https?://[^/]+", text)) <= {"https://github.com"}
        # These ask for what is on our own pages; the pages' policy lets them ask nobody else.
        may_ask = path.name in {"desk.js", "htmx.js", "editor.js", "passkeys.js"}
        asks = "XMLHttpRequest" if may_ask else r"\bfetch\(|XMLHttpRequest"
        assert not re.search(rf"\beval\(|new Function\(|{asks}", text)


def _scripts() -> list[Path]:
    return sorted((DESK / "static").glob("*.js"))
