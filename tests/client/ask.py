"""What somebody else's program does with the generated client: python ask.py FOLDER URL KEY.

It runs in the generator's own place, imports every module that was generated, loads a digest, reads
it back, and asks for what is not there. What it found is one line of JSON.
"""

import io
import json
import pkgutil
import sys
from importlib import import_module
from typing import Any


def main(folder: str, url: str, key: str) -> None:
    """Ask the API at `url` with the client that stands in `folder`."""
    sys.path.insert(0, folder)
    made: Any = import_module("devoured_client")
    n_endpoints = sum(
        hasattr(import_module(found.name), "sync_detailed")
        for found in pkgutil.walk_packages(made.__path__, "devoured_client.")
    )
    kinds, file = (import_module(f"devoured_client.{name}") for name in ("models", "types"))
    load, get, upload = (
        import_module(f"devoured_client.api.{name}")
        for name in ("issues.load_digest", "issues.get_issue", "imports.upload_import")
    )
    client = made.AuthenticatedClient(base_url=url, token=key)
    body = kinds.DigestBody.from_dict(a_digest())
    loaded = load.sync(client=client, body=body)
    got = get.sync(loaded.issues[0].id, client=client)
    csv = file.File(payload=io.BytesIO(b"email\nann@reader.example\n"))
    taken = upload.sync_detailed(client=client, body=csv)
    missing = get.sync(1_000_000, client=client)
    found = {
        "n_endpoints": n_endpoints,
        "loaded": loaded.n_stories,
        "issue": [got.issued_on.isoformat(), got.state.value, got.sent_at],
        "import": taken.status_code,
        "missing": missing.code,
    }
    sys.stdout.write(json.dumps(found))


def a_digest() -> dict[str, Any]:
    """Return a digest of one story."""
    story = {
        "title": "A compiler that explains itself",
        "label": "7 minute read",
        "category": "DevOps",
        "summary": "A new compiler tells in plain words why it refuses a program.",
        "what": "Version 2 shows the chain of reasons behind each error.",
        "why_it_matters": "People find mistakes in a third of the time.",
    }
    return {"issued_on": "2026-04-28", "stories": [story]}


if __name__ == "__main__":
    main(*sys.argv[1:])
