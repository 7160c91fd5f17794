"""Make the Transport that the settings ask for; called once per process by the container."""

from datetime import timedelta
from typing import Final

from app.clock import Clock, system_clock
from app.settings import Settings
from app.smtp_urls import parse_smtp_url
from app.transports.base import Transport
from app.transports.fence import GOOD_FOR
from app.transports.smtp import SmtpTransport

_ANSWER_WITHIN: Final = timedelta(seconds=30)


def make_transport(
    settings: Settings,
    clock: Clock = system_clock,
    *,
    good_for: timedelta = GOOD_FOR,
    answer_within: timedelta = _ANSWER_WITHIN,
) -> Transport:
    """Build the transport; nothing is connected to yet.

    `good_for` is how long an intent holds; `answer_within` how long SES may take to answer, and an
    SMTP server twice that.

    Raises:
        ConfigError: when the SMTP URL is wrong.
    """
    if settings.transport == "smtp":
        server = parse_smtp_url(settings.smtp_url.get_secret_value())
        return SmtpTransport(
            server,
            clock=clock,
            connections=settings.smtp_connections,
            good_for=good_for,
            # A server may scan a message before it answers for it.
            timeout_seconds=2 * answer_within.total_seconds(),
        )
    # boto3 takes 25 MB and a tenth of a second, which SMTP users need not pay.
    from app.transports.ses import SesTransport, make_client  # noqa: PLC0415  # as said above

    return SesTransport(
        make_client(settings.aws_region, read_timeout=answer_within.total_seconds()),
        clock=clock,
        configuration_set=settings.ses_configuration_set,
        good_for=good_for,
    )
