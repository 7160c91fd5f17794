"""What is wrong with what becomes of mails: the part of the rules that is judged by events."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from app.metrics.families import (
    EVENT_LAG,
    ISSUE_READERS,
    LIMIT,
    OLDEST_DOUBT,
    PUT_OFF,
    REQUIREMENTS_UNMET,
    RETURNS,
    SILENT,
    SPAM_RATE,
    UNREADABLE,
)
from app.sentences import Sentence, counted
from app.watch.alerts import Found
from app.watch.figures import Figures

_HOUR: Final = timedelta(hours=1)
_QUARTER: Final = timedelta(minutes=15)

_MANY: Final = 500
_PART_OF_LIMIT: Final = 0.33
_COMPLAINTS: Final = 0.001
"""Google wants fewer complaints than this. Source: Google, "Email sender guidelines"."""

_TOO_MUCH_SPAM: Final = 0.003
"""From this on Gmail and Yahoo reject mail. Source: as above; Yahoo, "Sender Best Practices"."""

_PUT_OFF: Final = 0.1
"""So much of an issue may wait at a provider: it slows down whom it does not know yet, too."""


def events_silent(figures: Figures) -> Iterator[Found]:
    """Find that no event comes though mails are accepted."""
    since = figures.since(SILENT, over=_QUARTER)
    if since is not None:
        yield Found("", Sentence("SES accepts mails, and no event comes."), since)


def events_late(figures: Figures) -> Iterator[Found]:
    """Find that events come late."""
    if (figures.one(EVENT_LAG) or 0) > timedelta(minutes=5).total_seconds():
        yield Found("", Sentence("Events of SES come more than five minutes late."))


def events_unreadable(figures: Figures) -> Iterator[Found]:
    """Find events that cannot be read."""
    n = int(figures.one(UNREADABLE) or 0)
    if n:
        yield Found("", counted("%(n)s event cannot be read.", "%(n)s events cannot be read.", n))


def doubts_wait(figures: Figures) -> Iterator[Found]:
    """Find that readers have been in doubt for long."""
    since = figures.since(OLDEST_DOUBT, over=_HOUR)
    if since is not None:
        said = Sentence("Of some readers nobody knows for an hour whether they got an issue.")
        yield Found("", said, since)


def many_returns(figures: Figures) -> Iterator[Found]:
    """Find issues of which much came back."""
    written = {"accepted", "bounced", "complained"}
    for (issue, kind), share in figures.of(RETURNS).items():
        limit = figures.one(LIMIT, kind)
        readers = figures.of(ISSUE_READERS).items()
        n = sum(n for (of, state), n in readers if of == issue and state in written)
        if limit is not None and n >= _MANY and share > _worth_a_look(kind, limit):
            said = {
                "bounce": Sentence(
                    "%(share)s of the mails of issue %(issue)s bounced.",
                    share=f"{share:.2%}",
                    issue=issue,
                ),
                "complaint": Sentence(
                    "%(share)s of the readers of issue %(issue)s complained.",
                    share=f"{share:.2%}",
                    issue=issue,
                ),
            }
            yield Found(f"{issue} {kind}", said[kind])


def put_off(figures: Figures) -> Iterator[Found]:
    """Find providers that put off much of an issue for what they have against us."""
    for (issue, provider), share in figures.of(PUT_OFF).items():
        if share > _PUT_OFF:
            said = Sentence(
                "%(provider)s puts off %(share)s of what issue %(issue)s wrote to it.",
                provider=provider,
                share=f"{share:.0%}",
                issue=issue,
            )
            yield Found(f"{issue} {provider}", said)


def _worth_a_look(kind: str, limit: float) -> float:
    """Return the share above which returns are told; `limit` is what pauses an issue."""
    part = _PART_OF_LIMIT * limit
    return min(part, _COMPLAINTS) if kind == "complaint" else part


def spam_reported(figures: Figures) -> Iterator[Found]:
    """Find providers whose readers call much of our mail spam."""
    yield from _spam(figures, _COMPLAINTS)


def spam_too_high(figures: Figures) -> Iterator[Found]:
    """Find providers whose readers call so much of it spam that it will be rejected."""
    yield from _spam(figures, _TOO_MUCH_SPAM)


def requirement_unmet(figures: Figures) -> Iterator[Found]:
    """Find providers that find something not done which they ask of who writes to many."""
    for (provider, domain), n in figures.of(REQUIREMENTS_UNMET).items():
        if n:
            said = Sentence(
                "%(provider)s finds something not done that it asks of %(domain)s.",
                provider=provider,
                domain=domain,
            )
            yield Found(f"{domain} {provider}", said)


def _spam(figures: Figures, least: float) -> Iterator[Found]:
    for (provider, domain), share in figures.of(SPAM_RATE).items():
        if share >= least:
            said = Sentence(
                "%(provider)s: %(share)s of the mails of %(domain)s were called spam.",
                provider=provider,
                share=f"{share:.2%}",
                domain=domain,
            )
            yield Found(f"{domain} {provider}", said)
