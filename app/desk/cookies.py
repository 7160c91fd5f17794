"""Cookies: of a session, of what a browser is asked to prove, and of where somebody wanted to go.

Source: RFC 6265bis section 4.1.3 (`__Host-`: set by this very host over https, for all its paths).
"""

import re
from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import Response

from app.access.challenges import GOOD_FOR
from app.settings import Settings

SESSION: Final = "devoured_session"
PLACE: Final = "devoured_place"
CHALLENGE: Final = "devoured_challenge"
FRONT: Final = "/desk"

_PLACE_SECONDS: Final = 24 * 3600
_LOCAL: Final = re.compile(
    r"/desk(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*(\?[A-Za-z0-9._~&=%+-]*)?", re.ASCII
)
_LONGEST: Final = 500


def cookie_name(settings: Settings, name: str) -> str:
    """Return the name of a cookie: with `__Host-`, but for plain http on one's own machine."""
    return f"__Host-{name}" if _is_secure(settings) else name


def read_cookie(request: HTTPConnection, settings: Settings, name: str) -> str:
    """Return what a cookie says; empty where there is none."""
    return request.cookies.get(cookie_name(settings, name), "")


def set_cookie(answer: Response, settings: Settings, name: str, value: str, n_seconds: int) -> None:
    """Set a cookie that no script can read and no other site can send with a form."""
    answer.set_cookie(
        cookie_name(settings, name),
        value,
        max_age=n_seconds,
        path="/",
        secure=_is_secure(settings),
        httponly=True,
        samesite="lax",
    )


def drop_cookie(answer: Response, settings: Settings, name: str) -> None:
    """Take a cookie away."""
    set_cookie(answer, settings, name, "", 0)


def keep_place(answer: Response, settings: Settings, wanted: str) -> None:
    """Remember where somebody wanted to go, until the link in their mail is pressed."""
    if (place := local_place(wanted)) != FRONT:
        set_cookie(answer, settings, PLACE, place, _PLACE_SECONDS)


def keep_challenge(answer: Response, settings: Settings, secret: str) -> None:
    """Keep the secret of a challenge in this browser for as long as it is good."""
    set_cookie(answer, settings, CHALLENGE, secret, int(GOOD_FOR.total_seconds()))


def local_place(wanted: str) -> str:
    """Return an address of the desk, as it is; the front page for anything else."""
    is_ours = len(wanted) <= _LONGEST and _LOCAL.fullmatch(wanted) is not None
    return wanted if is_ours and not wanted.startswith("/desk/sign-") else FRONT


def _is_secure(settings: Settings) -> bool:
    return settings.environment != "local" or settings.base_url.startswith("https://")
