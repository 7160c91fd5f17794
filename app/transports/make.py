"""Make the Transport that the settings ask for; called once per process by the container."""

from app.clock import Clock, system_clock
from app.settings import Settings
from app.transports.base import Transport
from app.transports.smtp import SmtpTransport
from app.transports.smtp_server import parse_smtp_url


def make_transport(settings: Settings, clock: Clock = system_clock) -> Transport:
    """The transport; nothing is connected to yet.

    Raises:
        ConfigError: when the SMTP URL is wrong.
    """
    if settings.transport == "smtp":
        return SmtpTransport(parse_smtp_url(settings.smtp_url.get_secret_value()), clock=clock)
    # boto3 takes 25 MB and a tenth of a second, which SMTP users need not pay.
    from app.transports.ses import SesTransport, make_client  # noqa: PLC0415  # as said above

    return SesTransport(
        make_client(settings.aws_region),
        clock=clock,
        configuration_set=settings.ses_configuration_set,
    )
