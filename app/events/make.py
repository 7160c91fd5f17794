"""Make the Webhook that the settings ask for; called once per process that serves the API."""

from app.db.session import EnqueueNow, Sessions
from app.events.certificates import make_certificate_fetcher
from app.events.webhook import Confirm, Webhook
from app.settings import Settings


def make_webhook(settings: Settings, sessions: Sessions, enqueue_now: EnqueueNow) -> Webhook | None:
    """Return what takes the messages of our SNS topics; None when there are no topics.

    It connects to nothing. Subscriptions are confirmed only where mail leaves by AWS, since
    credentials are there.
    """
    if not settings.sns_topics:
        return None
    return Webhook(
        sessions=sessions,
        topics=frozenset(settings.sns_topics),
        fetch_certificate=make_certificate_fetcher(),
        confirm=_make_confirm(settings),
        enqueue_now=enqueue_now,
        allow_v1=settings.sns_allow_v1,
    )


def _make_confirm(settings: Settings) -> Confirm | None:
    if settings.transport != "ses":
        return None
    # boto3 takes 25 MB and a tenth of a second, which others need not pay.
    from app.events.queue import make_confirm  # noqa: PLC0415  # as said above

    return make_confirm(settings.aws_region)
