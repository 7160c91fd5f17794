"""What the command line of the local SES says; `--help` prints it."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from localdev.ses.app import DEFAULT_RATE
from localdev.ses.knobs import Knobs
from localdev.ses.mishaps import Settings

_Model = TypeVar("_Model", bound=BaseModel)


def read_options() -> argparse.Namespace:
    """Read the options, each with its default; exit with a message for those that are wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m localdev.ses", description="SES on this machine, for boto3 and for people."
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="the address to listen on")
    add("--port", type=int, default=0, help="0 takes a free one")
    add("--fd", type=int, help="a listening socket to take over instead, by its descriptor")
    add("--store", type=Path, help="a folder that keeps the inbox from one start to the next")
    add("--rate", type=float, default=DEFAULT_RATE, help="MaxSendRate, recipients per second")
    add("--daily", type=int, default=-1, help="recipients per 24 hours; -1 is no limit")
    add(
        "--bulk-calls-per-second",
        type=float,
        default=0.0,
        help="the limit that SES documents on SendBulkEmail calls is 1; 0 is none",
    )
    add(
        "--verified-domain",
        action="append",
        default=[],
        help="a From domain to take, may be given often; without it all are taken",
    )
    add(
        "--faults",
        type=_settings(Settings),
        default=Settings(),
        help="what goes wrong on purpose: JSON or a file, like `settings` of GET /control/faults",
    )
    _add_events(parser)
    return parser.parse_args()


def _add_events(parser: argparse.ArgumentParser) -> None:
    """Add the options about events; without --events and --webhook there are no events."""
    add = parser.add_argument
    add(
        "--events",
        nargs="?",
        const="all",
        choices=("all", "configured"),
        help="publish events into the queue: of all messages, or of those that name a "
        "configuration set, as SES does",
    )
    add("--webhook", type=_web_address, help="post the events to this address as well")
    add(
        "--webhook-confirm",
        action="store_true",
        help="push nothing before the webhook has confirmed its subscription, as SNS does",
    )
    add(
        "--certificate-base",
        default="",
        help="what stands before the path in SigningCertURL; this server otherwise",
    )
    add(
        "--event-shape",
        choices=("publishing", "notification"),
        default="publishing",
        help="as a configuration set publishes them, or an identity's notifications, without tags",
    )
    add("--event-headers", action="store_true", help="put the message's headers into its events")
    add("--sign-queued", action="store_true", help="sign what goes into the queue, 0.3 ms an event")
    add(
        "--event-knobs",
        type=_settings(Knobs),
        default=Knobs(),
        help="delay, reorder, repeat, withhold: JSON or a file, as `settings` at /control/events",
    )


def _web_address(text: str) -> str:
    """Return the text if it is an address that events can be posted to."""
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError("an address begins with http:// or https://")
    return text


def _settings(model: type[_Model]) -> Callable[[str], _Model]:
    """Return a function that reads settings from JSON, or from a file that holds it."""

    def read(text: str) -> _Model:
        try:
            return model.model_validate_json(text if text.startswith("{") else _content(text))
        except ValidationError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def _content(path: str) -> str:
    """Return the content of the file."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
