"""How long requests take, as this process counts them."""

from typing import Final

from prometheus_client import CollectorRegistry, Histogram, disable_created_metrics

SAID: Final = (
    "How long requests took until their answer had begun, by kind (public pages, api with the desk,"
    " search, leaving, health) and class of status. One process tells of its own."
)
NAME: Final = "devoured_http_request_duration_seconds"
LABELS: Final = ("kind", "status")
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class RequestTimes:
    """The histogram of one process's requests."""

    def __init__(self, registry: CollectorRegistry) -> None:
        # They would be a second series for each count, which nobody asks for.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # it has no types
        self._histogram = Histogram(NAME, SAID, LABELS, registry=registry, buckets=_BUCKETS)

    def note(self, kind: str, status: int, seconds: float) -> None:
        """Count a request of this kind, its status and how long it took."""
        self._histogram.labels(kind, f"{status // 100}xx").observe(seconds)
