"""`make sbom`: the list of what the production image has of others, as CycloneDX.

It is made from the locks alone, so that the same commit always has the same list: no time, no
machine, no address of an index. A package's hashes are those of all its files in the lock; which of
them is installed depends on the machine. One with a condition, such as another system, is
optional. `python -m localdev.sbom PATH` writes it. Source: CycloneDX 1.6.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from localdev.licences import PAGE, ROOT

LOCK: Final = ROOT / "requirements" / "runtime.txt"
SCRIPTS: Final = ROOT / "app" / "desk" / "assets" / "vendored.json"

_PIN: Final = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)\s*(?:;\s*(?P<when>[^\\]+))?")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_ROW: Final = re.compile(r"^\| ([\w.-]+) \| ([^|]*) \|", re.MULTILINE)
_VERSION: Final = re.compile(r'^version = "([^"]+)"$', re.MULTILINE)


def document() -> str:
    """Return the list as JSON."""
    project = ROOT.joinpath("pyproject.toml").read_text("utf-8")
    found = _VERSION.search(project)
    version = found[1] if found else ""
    components = sorted([*_packages(), *_scripts()], key=lambda one: str(one["bom-ref"]))
    ours = f"pkg:generic/devoured@{version}"
    dependencies = [{"ref": ours, "dependsOn": [one["bom-ref"] for one in components]}]
    dependencies += [{"ref": one["bom-ref"]} for one in components]
    body: dict[str, Any] = {
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": ours,
                "name": "devoured",
                "version": version,
                "licenses": _licences("Apache-2.0"),
            }
        },
        "components": components,
        "dependencies": dependencies,
    }
    number = uuid5(NAMESPACE_URL, json.dumps(body, sort_keys=True))
    head = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}
    whole = head | {"serialNumber": f"urn:uuid:{number}"} | body
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _packages() -> Iterator[dict[str, Any]]:
    licences = dict(_ROW.findall(PAGE.read_text("utf-8")))
    for part in re.split(r"\n(?=\S)", LOCK.read_text("utf-8")):
        if found := _PIN.match(part):
            name, version = found["name"], found["version"]
            yield _component(
                f"pkg:pypi/{name}@{version}",
                name,
                version,
                licences.get(name, "").strip(),
                hashes=[{"alg": "SHA-256", "content": one} for one in _HASH.findall(part)],
                scope="optional" if found["when"] else "required",
            )


def _scripts() -> Iterator[dict[str, Any]]:
    """Yield what the desk's built scripts hold of others, each once."""
    built: dict[str, dict[str, Any]] = json.loads(SCRIPTS.read_text("utf-8"))
    found = {
        (one["name"], one["version"]): one["licence"]
        for script in built.values()
        for one in script["packages"]
    }
    for (name, version), licence in found.items():
        purl = f"pkg:npm/{name.replace('@', '%40')}@{version}"
        yield _component(purl, name, version, licence, scope="required")


def _component(purl: str, name: str, version: str, licence: str, **more: object) -> dict[str, Any]:
    named = {"licenses": _licences(licence)} if licence else {}
    head = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    return head | named | more


def _licences(text: str) -> list[dict[str, Any]]:
    """Return it as a name: what packages say of themselves is often no SPDX id."""
    return [{"license": {"name": text}}]


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(document(), encoding="utf-8")
