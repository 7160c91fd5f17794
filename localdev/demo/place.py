"""Where a demo lives: its folder, its ports, its secrets, and the settings of its parts."""

import json
import os
import secrets
import shlex
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from psycopg.conninfo import conninfo_to_dict

from localdev.files import write_through
from localdev.postgres import server_programs
from localdev.processes import listen

HOST: Final = "127.0.0.1"
REGION: Final = "eu-west-1"
TICK_SECONDS: Final = 1
_QUEUE: Final = "000000000000/devoured-events"
_SECRETS: Final = "secrets.json"
SETTINGS_FILE: Final = "settings.sh"
_OF_A_SERVER: Final = ("host", "port", "user")
_FOREIGN: Final = ("DEVOURED_", "AWS_", "PG", "CELERY_")


@dataclass(frozen=True)
class DemoFolder:
    """A folder, and the ports of 127.0.0.1 that its API and its local SES listen on.

    `listeners` are those of `find_place`, the API's and the SES's, until the children have them.
    """

    folder: Path
    port: int
    ses_port: int
    listeners: tuple[socket.socket, ...] = field(default=(), repr=False, compare=False)

    def let_go(self) -> None:
        """Close this process's side of the listeners: the children hold them alone."""
        for listener in self.listeners:
            listener.close()

    @property
    def base_url(self) -> str:
        """Return the URL of the API and the pages."""
        return f"http://{HOST}:{self.port}"

    @property
    def ses_url(self) -> str:
        """Return the URL of the local SES and its inbox."""
        return f"http://{HOST}:{self.ses_port}"

    @property
    def logs(self) -> Path:
        """Return the folder for the parts' output."""
        return self.folder / "log"

    @property
    def settings_file(self) -> Path:
        """Return the file that a shell reads to run commands beside the parts."""
        return self.folder / SETTINGS_FILE


def find_place(folder: Path, port: int = 0) -> DemoFolder:
    """Return the place in this folder, on `port` and the next; free ports for 0 or taken ones.

    It listens on both from now on, so that no other process that starts now can take them.
    """
    api, ses = _listen_near(port), _listen_near(port and port + 1)
    return DemoFolder(folder.absolute(), _port_of(api), _port_of(ses), (api, ses))


def _port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def read_secrets(folder: Path) -> dict[str, str]:
    """Return this folder's own secrets, made when there are none; nobody else may read them."""
    path = folder / _SECRETS
    if path.exists():
        return dict(json.loads(path.read_text(encoding="utf-8")))
    made = {name: secrets.token_urlsafe(48) for name in ("signing_key", "pepper")}
    keep_secrets(folder, made)
    return made


def keep_secrets(folder: Path, values: dict[str, str]) -> None:
    """Write them down, whole or not at all, and so that a loss of power takes none."""
    write_through(folder / _SECRETS, json.dumps(values))


def keep_environment(file: Path, made: Mapping[str, str]) -> None:
    """Write down the settings of the parts, for a shell; nobody else may read them.

    The shell finds `devoured` and PostgreSQL's own programs, too, and these the server.
    """
    server = conninfo_to_dict(made.get("DEVOURED_DATABASE_URL", ""))
    kept = {
        **{name: one for name, one in made.items() if name.startswith(("DEVOURED_", "AWS_"))},
        **{f"PG{name.upper()}": str(server[name]) for name in _OF_A_SERVER if name in server},
    }
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in sorted(kept.items())]
    found = (Path(sys.prefix, "bin"), server_programs())
    lines.append(f'export PATH={shlex.quote(":".join(map(str, found)))}:"$PATH"\n')
    write_through(file, "".join(lines))


def settings_of(
    place: DemoFolder, known: dict[str, str], *, database_url: str, redis_url: str
) -> dict[str, Any]:
    """Return every setting of the parts, by name, as text."""
    return {
        "database_url": database_url,
        "redis_url": redis_url,
        "secret_keys": known["signing_key"],
        "address_pepper": known["pepper"],
        "base_url": place.base_url,
        "environment": "local",
        "transport": "ses",
        "state_folder": str(place.folder / "state"),
        "images": str(place.folder / "images"),
        "aws_region": REGION,
        "ses_configuration_set": "devoured",
        "events_queue_url": f"{place.ses_url}/{_QUEUE}",
        "check_links": "false",  # a demo asks nothing of the web
        "tick_seconds": str(TICK_SECONDS),
        "log_level": "INFO",
    }


def environment(place: DemoFolder, settings: dict[str, Any]) -> dict[str, str]:
    """Return the environment of the parts: this process's, without foreign settings.

    boto3 is pointed at the local SES, with credentials that are good for nothing, and neither it
    nor anything else asks a proxy for what is on this machine.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_FOREIGN) and not name.lower().endswith("_proxy")
    }
    own = {f"DEVOURED_{name.upper()}": value for name, value in settings.items()}
    return {
        **kept,
        **own,
        "AWS_ENDPOINT_URL_SESV2": place.ses_url,
        "AWS_ENDPOINT_URL_SQS": place.ses_url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "*",
        "PYTHONUNBUFFERED": "1",
    }


def _listen_near(port: int) -> socket.socket:
    with suppress(OSError, OverflowError):
        return listen(port)
    return listen()
