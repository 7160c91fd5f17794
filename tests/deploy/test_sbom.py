"""The list of what the production image has of others: whole, and the same each time."""

import json
import re

from localdev import sbom
from localdev.licences import locked


def test_list_has_every_package_of_the_lock_and_of_the_scripts_with_its_hashes() -> None:
    listed = json.loads(sbom.document())["components"]
    packages = {one["name"]: one for one in listed if one["purl"].startswith("pkg:pypi/")}
    lines = sbom.LOCK.read_text(encoding="utf-8").splitlines()
    built = json.loads(sbom.SCRIPTS.read_text(encoding="utf-8")).values()
    scripts = {f"{part['name']}@{part['version']}" for one in built for part in one["packages"]}

    assert packages.keys() == locked("runtime")
    assert sum(len(one["hashes"]) for one in packages.values()) == sum(
        "--hash=sha256:" in line for line in lines
    )
    assert all(one["hashes"] for one in packages.values())
    assert {
        one["purl"].removeprefix("pkg:npm/") for one in listed if "pkg:npm/" in one["purl"]
    } == scripts
    assert len(scripts) > 3


def test_list_says_which_packages_depend_on_the_machine() -> None:
    scopes = {one["name"]: one["scope"] for one in json.loads(sbom.document())["components"]}

    assert scopes["fastapi"] == scopes["yjs"] == "required"
    assert scopes["colorama"] == "optional"


def test_list_is_the_same_each_time_and_holds_no_time_machine_or_address() -> None:
    text = sbom.document()

    assert sbom.document() == text
    assert "timestamp" not in text
    assert re.findall(r"https?://", text) == []
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", json.loads(text)["serialNumber"])
