"""Valkey: whether it answers, throws nothing away when it is full, and survives a restart."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from redis.exceptions import AuthenticationError, NoPermissionError, RedisError, ResponseError

from app.doctor.findings import Finding, ok, unknown, warning, wrong
from app.doctor.subject import Subject
from app.sentences import Sentence

_SAFE_POLICY: Final = "noeviction"


def examine_broker(subject: Subject) -> Iterator[Finding]:
    """Look at Valkey; what it does not tell is unknown."""
    try:
        found: Mapping[str, Any] = subject.valkey.info("everything")
    except RedisError as error:
        yield _unheard(error)
        return
    version = str(found.get("valkey_version") or found.get("redis_version") or "unknown")
    yield ok("broker", Sentence("Valkey answers; it is %(version)s.", version=version))
    yield _policy(str(found.get("maxmemory_policy", "")))
    yield _persistence(subject, found)


def _unheard(error: RedisError) -> Finding:
    """Tell a server that is not there from one that answers and refuses.

    Source: Valkey, "Security": NOAUTH and WRONGPASS name a password, DENIED the protected mode.
    """
    code = "broker"
    if isinstance(error, AuthenticationError):
        return wrong(
            code,
            Sentence("Valkey wants a password that DEVOURED_REDIS_URL does not give."),
            Sentence("Write it there: redis://:password@host:6379/0"),
        )
    if isinstance(error, NoPermissionError):
        return wrong(
            code,
            Sentence("Valkey does not let this user ask for INFO."),
            Sentence("Give the user of DEVOURED_REDIS_URL every command (+@all ~* &*)."),
        )
    if isinstance(error, ResponseError):
        return wrong(
            code,
            Sentence("Valkey refuses to answer: %(error)s.", error=str(error).partition(" ")[0]),
            Sentence(
                "If that is DENIED, it answers its own machine alone, since it has no password:"
                " give it one (requirepass)."
            ),
        )
    return wrong(
        code,
        Sentence("Valkey does not answer: %(error)s.", error=type(error).__name__),
        Sentence("Look at DEVOURED_REDIS_URL, and whether the server runs."),
    )


def _policy(policy: str) -> Finding:
    code = "broker_policy"
    if not policy:
        return unknown(code, Sentence("Valkey does not tell what it does when it is full."))
    if policy != _SAFE_POLICY:
        return wrong(
            code,
            Sentence("When it is full, Valkey throws away by %(policy)s.", policy=policy),
            Sentence("Set maxmemory-policy to noeviction: tasks and the send epoch are in it."),
        )
    return ok(code, Sentence("When it is full, Valkey throws nothing away."))


def _persistence(subject: Subject, found: Mapping[str, Any]) -> Finding:
    code = "broker_persistence"
    if not found.get("aof_enabled"):
        kept = subject.settings.state_folder or subject.settings.state_bucket
        if kept:
            return ok(code, Sentence("Valkey forgets at a restart; the send epoch is kept beside."))
        return warning(
            code,
            Sentence("Valkey forgets at a restart, and with it which database is the newest."),
            Sentence("Start it with appendonly yes, or set DEVOURED_STATE_FOLDER."),
        )
    if found.get("aof_last_write_status", "ok") != "ok":
        return wrong(
            code,
            Sentence("Valkey could not write to its disk."),
            Sentence("Look at the disk of Valkey: full, or gone?"),
        )
    return ok(code, Sentence("Valkey writes what it holds to the disk."))
