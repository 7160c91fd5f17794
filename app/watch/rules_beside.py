"""The rules of what stands beside the mails: webhooks of others, and room on our disks."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from app.doctor.machine import LEAST_FREE, LITTLE_FREE
from app.metrics.families import DISK_BYTES, DISK_FREE, WEBHOOK_DISABLED, WEBHOOK_OLDEST
from app.sentences import Sentence
from app.watch.alerts import Found, Rule
from app.watch.figures import Figures

_CRITICAL: Final = True
_WARNING: Final = False

_AT_ONCE: Final = timedelta(0)
_MINUTE: Final = timedelta(minutes=1)
_A_WHILE: Final = timedelta(minutes=5)
_HOUR: Final = timedelta(hours=1)


def _webhook_waits(figures: Figures) -> Iterator[Found]:
    for (webhook,) in figures.of(WEBHOOK_OLDEST):
        since = figures.since(WEBHOOK_OLDEST, webhook, over=_HOUR)
        if since is not None:
            said = Sentence("Webhook %(webhook)s was not told for an hour.", webhook=webhook)
            yield Found(webhook, said, since)


def _webhook_disabled(figures: Figures) -> Iterator[Found]:
    for webhook, why in figures.of(WEBHOOK_DISABLED):
        said = {
            "failing": Sentence(
                "Webhook %(webhook)s was disabled: it failed for days.", webhook=webhook
            ),
            "gone": Sentence(
                "Webhook %(webhook)s was disabled: its server says that it is gone.",
                webhook=webhook,
            ),
            "restored": Sentence(
                "Webhook %(webhook)s was disabled: the database was restored.", webhook=webhook
            ),
        }
        since = figures.since(WEBHOOK_DISABLED, webhook, why, over=_AT_ONCE)
        yield Found(f"{webhook} {why}", said[why], since)


def _disk_low(figures: Figures) -> Iterator[Found]:
    for folder, share in _free(figures):
        if share < LITTLE_FREE:
            said = Sentence("Less than a tenth of the disk of “%(folder)s” is free.", folder=folder)
            yield Found(folder, said)


def _disk_full(figures: Figures) -> Iterator[Found]:
    for folder, share in _free(figures):
        if share < LEAST_FREE:
            yield Found(folder, Sentence("The disk of “%(folder)s” is full.", folder=folder))


def _free(figures: Figures) -> Iterator[tuple[str, float]]:
    """Yield the share of each disk that is free."""
    for (folder,), free in figures.of(DISK_FREE).items():
        if size := figures.one(DISK_BYTES, folder):
            yield folder, free / size


BESIDE: Final = (
    Rule("DevouredWebhookWaits", _WARNING, _A_WHILE, ("webhooks",), _webhook_waits),
    Rule("DevouredWebhookDisabled", _WARNING, _AT_ONCE, ("webhooks",), _webhook_disabled),
    Rule("DevouredDiskLow", _WARNING, _A_WHILE, ("disks",), _disk_low),
    Rule("DevouredDiskFull", _CRITICAL, _MINUTE, ("disks",), _disk_full),
)
"""These rules, in the order of docs/alerts.md; they come behind all others."""
