"""An authenticator in Python: makes passkeys and signs with them, as Web Authentication says."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any, Final

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT: Final = 0x01
VERIFIED: Final = 0x04
_NEW: Final = 0x40


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Made:
    """A passkey on the authenticator."""

    id: bytes
    key: ec.EllipticCurvePrivateKey
    host: str
    user_handle: bytes
    n_uses: int = 0


@dataclass
class Authenticator:
    """Holds the passkeys of one person; it counts their uses unless `counts` is False."""

    origin: str
    flags: int = PRESENT | VERIFIED
    counts: bool = True
    passkeys: list[Made] = field(default_factory=list)

    def make(self, options: dict[str, Any], id_: bytes = b"", **client: Any) -> str:
        """Return what a browser says of a new passkey; `client` changes what it signs."""
        made = Made(
            id_ or secrets.token_bytes(32),
            ec.generate_private_key(ec.SECP256R1()),
            options["rp"]["id"],
            unb64(options["user"]["id"]),
        )
        self.passkeys.append(made)
        numbers = made.key.public_key().public_numbers()
        x, y = (one.to_bytes(32) for one in (numbers.x, numbers.y))
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        new = bytes(16) + len(made.id).to_bytes(2) + made.id + cose
        signed = self._signed(made, self.flags | _NEW) + new
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": signed})
        response = {"attestationObject": b64(attestation), "transports": ["internal", "no-such"]}
        return self._answer(made, "webauthn.create", options, response, client)

    def use(self, options: dict[str, Any], made: Made | None = None, **client: Any) -> str:
        """Return what a browser says when a passkey was used, the newest unless one is named."""
        made = made or self.passkeys[-1]
        made.n_uses += self.counts
        signed = self._signed(made, self.flags)
        data = self._client_data("webauthn.get", options, client)
        signature = made.key.sign(signed + hashlib.sha256(data).digest(), ec.ECDSA(SHA256()))
        response = {
            "authenticatorData": b64(signed),
            "signature": b64(signature),
            "userHandle": b64(made.user_handle),
        }
        return self._answer(made, "webauthn.get", options, response, client)

    def _signed(self, made: Made, flags: int) -> bytes:
        return (
            hashlib.sha256(made.host.encode()).digest() + bytes([flags]) + made.n_uses.to_bytes(4)
        )

    def _client_data(self, kind: str, options: dict[str, Any], changed: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(said | changed).encode()

    def _answer(
        self,
        made: Made,
        kind: str,
        options: dict[str, Any],
        response: dict[str, Any],
        changed: dict[str, Any],
    ) -> str:
        data = b64(self._client_data(kind, options, changed))
        own = {"id": b64(made.id), "rawId": b64(made.id), "type": "public-key"}
        return json.dumps({**own, "response": {"clientDataJSON": data, **response}})
