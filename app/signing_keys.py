"""Signing keys as their operator changes them: a new one, the one that signs, one that goes.

The first signs links, and all of them read. A link that one host signs with a new key is nothing to
another host that does not have it yet: so a key is added behind the others, then put first.
"""

import hmac
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_RANDOM_BYTES: Final = 48
_PRINT_BYTES: Final = 4


class WrongKey(ValueError):
    """What was asked for cannot be done to these keys; the text says why."""


def fingerprint(key: str) -> str:
    """Return eight hex digits by which people tell keys apart, and which tell nothing of the key.

    Source of the bound: two of a handful of keys are alike once in hundreds of millions.
    """
    return hmac.digest(key.encode(), b"devoured.signing_key", "sha256")[:_PRINT_BYTES].hex()


def with_new_key(keys: Sequence[str], *, first: bool = False) -> list[str]:
    """Return the keys and a random one behind them, or before them where it is to sign at once."""
    new = secrets.token_urlsafe(_RANDOM_BYTES)
    return [new, *keys] if first else [*keys, new]


def with_key_first(keys: Sequence[str], which: str) -> list[str]:
    """Return the keys with the one of this fingerprint first; raise WrongKey for none."""
    found = _find(keys, which)
    return [found, *(key for key in keys if key != found)]


def without_key(keys: Sequence[str], which: str) -> list[str]:
    """Return the keys without the one of this fingerprint; raise WrongKey where it signs."""
    found = _find(keys, which)
    if found == keys[0]:
        raise WrongKey(f"{which} signs; let another sign first, and start every process anew.")
    return [key for key in keys if key != found]


def _find(keys: Sequence[str], which: str) -> str:
    found = [key for key in keys if fingerprint(key) == which.strip().lower()]
    if not found:
        raise WrongKey(f"There is no key {which}; devoured signing-keys lists them.")
    return found[0]


def write_secret(path: Path, text: str) -> None:
    """Write a file anew, whole or not at all, for the same owner and readers as before.

    Raises:
        OSError: it cannot be written there; it is as it was.
    """
    target = path.resolve()
    new = target.with_name(f".{target.name}.new")
    before = target.stat()
    new.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{text}\n")
            file.flush()
            os.fchown(file.fileno(), before.st_uid, before.st_gid)
            os.fchmod(file.fileno(), before.st_mode & 0o777)
            os.fsync(file.fileno())
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)
