"""A process that reads the provider's events from its queue."""

import threading

from app.container import build
from app.events.queue import listen, make_queue_client
from app.logs import configure_logs
from app.settings import load_settings


def main() -> None:
    """Never returns; it is killed."""
    settings = load_settings()
    configure_logs(settings)
    box = build(settings)
    listen(
        make_queue_client(settings.aws_region),
        settings.events_queue_url,
        box.sessions,
        box.clock,
        threading.Event(),
        ring_now=box.ring_now,
        wait_seconds=1,
    )


if __name__ == "__main__":
    main()
