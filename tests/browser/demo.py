"""The service that `make demo` runs, for who looks at the desk in it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, StorageState, expect

from localdev.processes import free_port


@contextmanager
def running_demo(var: Path, *options: str) -> Iterator[str]:
    """Run the demo in a folder, and yield the link that it prints for the desk."""
    where = ["--var", str(var), "--port", str(free_port())]
    with subprocess.Popen(  # noqa: S603  # this project's own command
        [sys.executable, "-m", "app.cli", "demo", *where, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield _printed(process, var)
        finally:
            process.terminate()
            process.communicate()


def sign_in_by(browser: Browser, link: str) -> StorageState:
    """Press the printed link, and return what the browser then keeps."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Needs you")).to_be_visible()
    kept = context.storage_state()
    context.close()
    return kept


def _printed(process: "subprocess.Popen[str]", var: Path) -> str:
    said = ""
    for line in process.stdout or ():
        said += line
        if "stays up until" in line:
            found = re.search(r"http\S+/desk/sign-in/\S+", said)
            assert found, said
            return found[0]
    raise AssertionError(f"{said}\n{sorted((var / 'log').iterdir())}")
