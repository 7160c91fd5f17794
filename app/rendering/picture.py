"""Picture: a mail as Chromium shows it, in a process of its own without a network.

Chromium is not part of the service; where it is not installed, that is said.
"""

import contextlib
import os
import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import BoundedSemaphore
from typing import Final

from app.errors import NotInstalled, Unavailable

WIDTHS: Final = {"phone": 390, "desktop": 800}
MAX_HEIGHT: Final = 16_000
SECONDS: Final = 20.0
"""How long one run of Chromium may take; a picture is two."""

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_FIRST_HEIGHT: Final = 800
_HEIGHT: Final = re.compile(r"<title>(\d{1,9})</title>")
_LARGEST: Final = 32 << 20
_ONE_AT_A_TIME: Final = BoundedSemaphore(1)
_FLAGS: Final = (
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    # Nothing is looked up, and what needs no look-up goes to a proxy that is not there.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
)


@dataclass(frozen=True)
class Screen:
    """The screen that a mail is shown on: its `width` in pixels, and whether it is dark."""

    width: int = WIDTHS["desktop"]
    dark: bool = False


def find_chromium(named: str = "") -> str:
    """Return the path of Chromium: the one that is named, else one on the PATH.

    Raises:
        NotInstalled: there is none.
    """
    found = next(filter(None, map(shutil.which, [named] if named else _NAMES)), None)
    if found is None:
        raise NotInstalled("Pictures need Chromium, which is not installed here.")
    return found


def picture(html: str, screen: Screen, chromium: str) -> bytes:
    """Return a picture of the whole mail as PNG, at most `MAX_HEIGHT` pixels high.

    This takes about five seconds of a CPU. The mail may load and run nothing: the copy that is
    shown has a content security policy of its own. Open no transaction around this call.

    Raises:
        Unavailable: another picture is being made, or Chromium did not end in time.
    """
    if not _ONE_AT_A_TIME.acquire(timeout=SECONDS / 2):
        raise Unavailable("Other pictures are being made. Please try again in a moment.")
    try:
        with TemporaryDirectory(prefix="devoured-picture-") as folder:
            return _picture(html, screen, chromium, Path(folder))
    finally:
        _ONE_AT_A_TIME.release()


def _picture(html: str, screen: Screen, chromium: str, folder: Path) -> bytes:
    page, shot, ruler = folder / "mail.html", folder / "mail.png", folder / "ruler.html"
    page.write_text(_with_policy(html), encoding="utf-8")
    ruler.write_text(_measured(html, screen.width), encoding="utf-8")
    output = _run(chromium, screen, _FIRST_HEIGHT, ["--dump-dom"], ruler)
    found = _HEIGHT.search(output)
    height = min(MAX_HEIGHT, max(_FIRST_HEIGHT, int(found[1]))) if found else MAX_HEIGHT
    _run(chromium, screen, height, [f"--screenshot={shot}"], page)
    if not shot.is_file() or shot.stat().st_size > _LARGEST:
        raise Unavailable("Chromium made no picture of this mail.")
    return shot.read_bytes()


def _with_policy(html: str) -> str:
    """Return the mail with a policy that lets nothing load and nothing run."""
    policy = _policy("'none'")
    head, opened, rest = html.partition("<head>")
    return f"{head}<head>{policy}{rest}" if opened else f"<head>{policy}</head>{head}"


def _measured(html: str, width: int) -> str:
    """Return a page that shows the mail in a frame as wide as the picture, and its height.

    Chromium's own window is never narrower than 500 pixels, but a phone breaks more lines. The one
    script is allowed by a nonce that no author can know; the frame is under the same policy.
    """
    nonce = secrets.token_urlsafe(16)
    policy = _policy(f"'nonce-{nonce}'")
    frame = f'<iframe style="border:0;width:{width}px;height:1px" srcdoc="{escape(html)}"></iframe>'
    script = (
        "onload = () => { document.title = String("
        "document.querySelector('iframe').contentDocument.documentElement.scrollHeight) }"
    )
    return (
        f"<!doctype html><html><head>{policy}<title>0</title></head>"
        f'<body>{frame}<script nonce="{nonce}">{script}</script></body></html>'
    )


def _policy(scripts: str) -> str:
    return (
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        f"style-src 'unsafe-inline'; img-src data:; script-src {scripts}\">"
    )


def _run(chromium: str, screen: Screen, height: int, what: Sequence[str], page: Path) -> str:
    """Run Chromium and return what it printed; it and all its children are gone afterwards."""
    scheme = [f"--blink-settings=preferredColorScheme={0 if screen.dark else 1}"]
    # Its own sandbox needs a user of its own; the mail runs nothing either way.
    alone = ["--no-sandbox"] if os.geteuid() == 0 else []
    size = f"--window-size={screen.width},{height}"
    profile = f"--user-data-dir={page.parent / 'profile'}"
    child = subprocess.Popen(  # noqa: S603  # a program of the machine, on a file of ours
        [chromium, *_FLAGS, *alone, *scheme, profile, size, *what, page.as_uri()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=page.parent,
        env={"HOME": str(page.parent), "PATH": os.defpath, "TMPDIR": str(page.parent)},
        start_new_session=True,
    )
    try:
        output, _ = child.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise Unavailable("Chromium did not come to an end in time.") from None
    finally:
        _end(child)
    return output.decode(errors="replace")


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Kill whoever is left of its session; nobody else is in it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdout is not None:
        child.stdout.close()
