"""Seal what must be had again and shown to nobody: under the signing keys, as they are rotated.

A copy of the database alone gives away nothing. Source: Fernet of `cryptography`.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


def seal(keys: Sequence[str], secret: str) -> bytes:
    """Return the secret under the first of these signing keys."""
    return _boxes(keys).encrypt(secret.encode())


def unseal(keys: Sequence[str], sealed: bytes) -> str | None:
    """Return what was sealed under any of these keys; None where none of them opens it."""
    try:
        return _boxes(keys).decrypt(sealed).decode()
    except InvalidToken:
        return None


def is_under_first(keys: Sequence[str], sealed: bytes) -> bool:
    """Return whether the first of these keys opens it, so that the others may go."""
    return unseal(keys[:1], sealed) is not None


def _boxes(keys: Sequence[str]) -> MultiFernet:
    derived = (hmac.digest(key.encode(), b"devoured.sealing", "sha256") for key in keys)
    return MultiFernet([Fernet(urlsafe_b64encode(one)) for one in derived])
