"""Passkeys as a browser goes about them: ask what to sign, and send a form with what was signed."""

from typing import Any, Final

from httpx2 import Response

from tests.desk.authenticator import Authenticator
from tests.desk.browsing import Browsing

BASE: Final = "http://localhost:8000"
NEW: Final = "/desk/account/passkeys"
SIGN_IN: Final = "/desk/sign-in-by-passkey"


def asked(browsing: Browsing, path: str) -> dict[str, Any]:
    answer = browsing.post(f"{path}/options")
    assert answer.status_code == 200, answer.text
    options: dict[str, Any] = answer.json()
    return options


def add_one(browsing: Browsing, device: Authenticator, name: str = "Laptop") -> Response:
    """Add a passkey to the account of who is signed in."""
    browsing.form_token()
    answer = device.make(asked(browsing, NEW))
    return browsing.post(NEW, {"answer": answer, "name": name})


def enter(browsing: Browsing, device: Authenticator, wanted: str = "") -> Response:
    """Sign in with the newest passkey of a device."""
    answer = device.use(asked(browsing, SIGN_IN))
    return browsing.post(SIGN_IN, {"answer": answer, "wanted": wanted})


def is_in(browsing: Browsing) -> bool:
    return browsing.get("/desk/account").status_code == 200


def held(browsing: Browsing) -> str:
    """Return the secret of the challenge that a browser holds."""
    return browsing.client.cookies["devoured_challenge"]


def hold(browsing: Browsing, secret: str) -> None:
    """Give a browser the secret of another challenge."""
    browsing.client.cookies.set("devoured_challenge", secret, domain="localhost.local", path="/")
