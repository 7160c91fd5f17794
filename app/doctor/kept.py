"""The last examination, kept in Valkey for the desk; losing it costs a press of a button."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from redis import Redis
from redis.exceptions import RedisError

from app.doctor.findings import Finding, Level
from app.sentences import kept, said_again

_KEY: Final = "devoured:doctor"
_FOR: Final = 30 * 24 * 3600


@dataclass(frozen=True)
class Examination:
    """What a worker found and when; `asked` is what `examine` was asked with."""

    at: datetime
    asked: int
    findings: tuple[Finding, ...]


def keep(valkey: Redis, findings: Sequence[Finding], at: datetime, asked: int) -> None:
    """Keep what was found for 30 days; raise nothing, since Valkey may be what is wrong."""
    told = {"at": at.isoformat(), "asked": asked, "findings": [_kept(one) for one in findings]}
    try:
        valkey.set(_KEY, orjson.dumps(told), ex=_FOR)
    except RedisError:
        return


def last_examination(valkey: Redis) -> Examination | None:
    """Return the last examination; None where there was none, or Valkey does not answer."""
    try:
        found = valkey.get(_KEY)
    except RedisError:
        return None
    if not isinstance(found, bytes):
        return None
    told = orjson.loads(found)
    findings = tuple(_said_again(one) for one in told["findings"])
    return Examination(datetime.fromisoformat(told["at"]), told["asked"], findings)


def _kept(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON that `_said_again` makes the same of, in every language."""
    return {
        "code": finding.code,
        "level": finding.level.value,
        "sentence": kept(finding.sentence),
        "mend": None if finding.mend is None else kept(finding.mend),
    }


def _said_again(found: Mapping[str, Any]) -> Finding:
    mend = found["mend"]
    return Finding(
        found["code"],
        Level(found["level"]),
        said_again(found["sentence"]),
        None if mend is None else said_again(mend),
    )
