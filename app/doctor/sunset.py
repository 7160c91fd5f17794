"""The sunset rule: whether it can be followed, since it rests where clicks are not kept."""

from collections.abc import Iterator

from app.db.session import transaction
from app.doctor.findings import Finding, ok, warning
from app.doctor.subject import Subject
from app.enums import Tracking
from app.publication.publication import get_publication
from app.sentences import Sentence


def examine_sunset(subject: Subject) -> Iterator[Finding]:
    """Look whether the rule is followed; nothing where it is off."""
    n_months = subject.settings.sunset_months
    if not n_months:
        return
    with transaction(subject.sessions) as session:
        publication = get_publication(session)
        tracking, since = publication.tracking, publication.clicks_kept_since
    if tracking is not Tracking.PER_READER or since is None:
        yield warning(
            "sunset",
            Sentence(
                "The sunset rule rests: clicks are not kept per reader, so it would ask nearly"
                " everybody who reads."
            ),
            Sentence("Let clicks be kept per reader, or set DEVOURED_SUNSET_MONTHS=0."),
        )
        return
    yield ok(
        "sunset",
        Sentence(
            "Who shows no sign for %(n_months)s months is asked; clicks are kept since %(day)s.",
            n_months=n_months,
            day=since.date(),
        ),
    )
