"""Proof of work: a small calculation that a browser does in a moment, and a crowd of bots pays for.

The challenge is ALTCHA's, second version, so that its widget and its libraries fit; nobody but us
is asked. Who runs no script waits half a minute instead.
"""

import binascii
import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from altcha import Payload, create_challenge, verify_solution

from app.addresses import Address, address_hmac
from app.errors import AppError, FieldError, Gone, NotFound
from app.readers.limits import Limits
from app.tokens import Purpose, Signer

GOOD_FOR: Final = timedelta(minutes=20)
"""How long a challenge or a waiting form may take."""

PATIENCE: Final = timedelta(seconds=30)
"""How long who runs no script waits: dear to a program, bearable for a person, once."""

_ALGORITHM: Final = "PBKDF2/SHA-256"
_ADDRESS_BITS: Final = 31


class ProofNeeded(AppError):
    """There is no proof of work, or none that is good; another way is to wait.

    `patience` is the mark of the form to send again once `PATIENCE` has passed.
    """

    status = 422
    code = "proof_needed"
    title = "A proof of work is needed"

    def __init__(self, patience: str) -> None:
        sentence = "Solve a challenge of /v1/signups/challenge first, each time a new one."
        super().__init__(sentence, [FieldError("/altcha", "is needed")])
        self.patience = patience


@dataclass(frozen=True, repr=False)
class Proofs:
    """Makes challenges and verifies proofs; `rounds` of 0 asks for none.

    `rounds` are those of PBKDF2 in each of about 256 tries: 1,000 take a phone a second.
    """

    rounds: int
    pepper: str
    signer: Signer
    limits: Limits

    @property
    def are_asked(self) -> bool:
        """Return whether every sign-up needs one."""
        return self.rounds > 0

    def challenge(self, now: datetime) -> dict[str, Any]:
        """Return a new challenge, as ALTCHA writes it."""
        made = create_challenge(
            _ALGORITHM, max(1, self.rounds), expires_at=now + GOOD_FOR, hmac_secret=self._secret
        )
        return made.to_dict()

    def patience(self, address: Address, now: datetime) -> str:
        """Return the mark of a form that waits from now on, good for this address only."""
        subject = (int(now.timestamp()) << _ADDRESS_BITS) | self._bits(address)
        return self.signer.sign(Purpose.PATIENCE, subject, now=now)

    def check(
        self, proof: str, patience: str, address: Address, now: datetime, *, is_suspect: bool
    ) -> None:
        """Verify and spend the proof; do nothing where none is asked for.

        It is asked of everybody where the settings say so, and always of who `is_suspect`, because
        a field was filled in that no person sees: a browser does that, too, so nobody is refused.

        What is spent is the challenge, however its solution is written: it is good once. While
        Valkey cannot be reached, nobody remembers what was spent (`Limits.first_use`).

        Raises:
            ProofNeeded: with a sentence for who reads it, and the mark of a form that waits: the
                one that came, if it is for this address, else one that waits from now on.
        """
        if not (self.are_asked or is_suspect):
            return
        begun_at = self._begun_at(patience, address, now) if patience else None
        if begun_at is None:
            spent = self._solved(proof)
        elif now.timestamp() - begun_at >= PATIENCE.total_seconds():
            spent = f"patience {begun_at} {self._bits(address)}"
        else:
            spent = None
        if spent is None or not self.limits.first_use(spent, int(GOOD_FOR.total_seconds())):
            raise ProofNeeded(self.patience(address, now) if begun_at is None else patience)

    def _solved(self, proof: str) -> str | None:
        """Return the nonce of the challenge of ours that this solves, None if it solves none."""
        payload = _read_payload(proof)
        if payload is None or not verify_solution(payload, self._secret).verified:
            return None
        return f"challenge {payload.challenge.parameters.nonce}"

    def _begun_at(self, patience: str, address: Address, now: datetime) -> int | None:
        try:
            named = self.signer.read(Purpose.PATIENCE, patience, now=now, good_for=GOOD_FOR)
        except (NotFound, Gone):
            return None
        is_of_it = named.subject & ((1 << _ADDRESS_BITS) - 1) == self._bits(address)
        return named.subject >> _ADDRESS_BITS if is_of_it else None

    def _bits(self, address: Address) -> int:
        digest = address_hmac(address.key, self.pepper)
        return int.from_bytes(digest[:4], "big") >> 1

    @property
    def _secret(self) -> bytes:
        return hmac.digest(self.pepper.encode(), b"devoured proof of work", hashlib.sha256)


def _read_payload(proof: str) -> Payload | None:
    """Read a solution strictly: Base64 in its one spelling, each key once, and no other keys.

    A lenient reader takes one solution in any number of spellings. Source: RFC 4648 section 3.5,
    RFC 8259 section 4; the fields are those of ALTCHA's second version.
    """
    try:
        raw = b64decode(proof, validate=True)
        if b64encode(raw).decode() != proof:
            return None
        record = json.loads(raw, object_pairs_hook=_each_once)
        payload = Payload.from_dict(record)
        return payload if payload.to_dict() == record else None
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its pairs; ValueError where a key is there twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found
