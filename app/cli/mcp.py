"""`devoured mcp`: the tools of `app.mcp`, over standard input and output."""

from pathlib import Path
from typing import Annotated, Final

import typer

from app.cli.failures import BadInput
from app.cli.output import examples
from app.mcp.api import connect
from app.mcp.server import make_server
from app.setting_sources import CLIENT_KEY, client_key

app = typer.Typer()

_MOST: Final = 200


@app.command(
    epilog=examples("devoured mcp --url https://digest.example --key-file ~/.devoured-key")
)
def mcp(
    *,
    url: Annotated[
        str, typer.Option(help="The address of the service; over http on this machine alone.")
    ] = "http://127.0.0.1:8000",
    key_file: Annotated[
        Path | None,
        typer.Option(
            help="A file that holds an API key and nothing else; by default the key is what"
            f" {CLIENT_KEY} says.",
            show_default=False,
        ),
    ] = None,
    may_send: Annotated[
        bool,
        typer.Option("--may-send", help="Offer tools that approve and send; the key needs send."),
    ] = False,
) -> None:
    """Let programs that speak the Model Context Protocol load, check, preview and plan issues.

    It speaks over standard input and output, and asks the API with your key, which alone decides
    what may be done. Nothing is approved or sent without --may-send. docs/mcp.md says how to set
    it up.
    """
    key = _key(key_file)
    try:
        api = connect(url, key)
    except ValueError as error:
        raise BadInput(f"--url: {error}") from None
    make_server(api, may_send=may_send).run()


def _key(path: Path | None) -> str:
    try:
        text = client_key() if path is None else path.expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"--key-file: cannot be read ({type(error).__name__}).") from None
    key = text.strip()
    if not key or len(key) > _MOST or not key.isascii() or not key.isprintable() or " " in key:
        where = CLIENT_KEY if path is None else "--key-file"
        raise BadInput(f"{where}: holds no API key; devoured keys new makes one.")
    return key
