"""A small OpenID Connect provider on the loopback: discovery, keys, codes and signed tokens."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from localdev.processes import free_port
from tests.serving import served

CLIENT_ID: Final = "devoured-desk"
CLIENT_SECRET: Final = "a secret that only the two know"


@cache
def _first_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "1"})


@dataclass
class Asked:
    """What a browser came with, kept until its code is turned in."""

    nonce: str
    challenge: str
    back: str


@dataclass
class OidcProvider:
    """Who is signed in at the provider, and in what its answers differ from the right ones."""

    issuer: str
    claims: dict[str, Any] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    user_info: dict[str, Any] | None = None
    algorithm: str = "RS256"
    signing_key: Any = None
    raw_token: str = ""
    watch: Callable[[], object] = lambda: None
    refuses: bool = False
    is_down: bool = False
    n_tokens: int = 0
    now: Any = time.time
    _key: RSAKey = field(default_factory=_first_key)
    _codes: dict[str, Asked] = field(default_factory=dict)

    def rotate(self) -> None:
        """Sign with another key from now on, and show that alone."""
        self._key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4)})

    def description(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
        } | self.about

    def authorize(self, given: dict[str, str]) -> str:
        """Return where a browser is sent back to."""
        assert given["response_type"] == "code"
        assert given["client_id"] == CLIENT_ID
        assert "openid" in given["scope"].split()
        assert given["code_challenge_method"] == "S256"
        back = given["redirect_uri"]
        if self.refuses:
            return f"{back}?{urlencode({'error': 'access_denied', 'state': given['state']})}"
        code = secrets.token_urlsafe(16)
        self._codes[code] = Asked(given["nonce"], given["code_challenge"], back)
        return f"{back}?{urlencode({'code': code, 'state': given['state']})}"

    def token(self, code: str, verifier: str, back: str) -> dict[str, Any] | None:
        """Return the tokens for a code, once, to who began."""
        asked = self._codes.pop(code, None)
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked.back != back or asked.challenge != challenge:
            return None
        self.n_tokens += 1
        return {
            "access_token": "opaque",
            "token_type": "Bearer",
            "expires_in": 300,
            "id_token": self.raw_token or self._id_token(asked.nonce),
        }

    def _id_token(self, nonce: str) -> str:
        now = int(self.now())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "ada-at-the-provider",
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "email": "ada@desk.example",
            "email_verified": True,
            "name": "Ada L",
        } | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        key = self.signing_key or self._key
        header = {"alg": self.algorithm, "kid": self._key.kid}
        return jwt.encode(header, claims, key, algorithms=[self.algorithm])

    def keys(self) -> dict[str, Any]:
        found: dict[str, Any] = KeySet([self._key]).as_dict(private=False)  # type: ignore[assignment]  # a TypedDict
        return found


def _app(provider: OidcProvider) -> FastAPI:
    app = FastAPI()

    @app.middleware("http")
    async def fail(request: Request, call: Any) -> Response:
        provider.watch()
        if provider.is_down:
            return Response(status_code=503)
        answer: Response = await call(request)
        return answer

    @app.get("/.well-known/openid-configuration")
    def describe() -> dict[str, Any]:
        return provider.description()

    @app.get("/authorize")
    def authorize(request: Request) -> Response:
        return RedirectResponse(provider.authorize(dict(request.query_params)), 302)

    @app.post("/token")
    def token(
        request: Request,
        code: Annotated[str, Form()],
        code_verifier: Annotated[str, Form()],
        redirect_uri: Annotated[str, Form()],
    ) -> Response:
        pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if not hmac.compare_digest(request.headers.get("authorization", ""), f"Basic {pair}"):
            return JSONResponse({"error": "invalid_client"}, 401)
        given = provider.token(code, code_verifier, redirect_uri)
        return JSONResponse(given or {"error": "invalid_grant"}, 200 if given else 400)

    @app.get("/keys")
    def keys() -> dict[str, Any]:
        return provider.keys()

    @app.get("/userinfo")
    def user_info(request: Request) -> Response:
        if request.headers.get("authorization") != "Bearer opaque":
            return JSONResponse({"error": "invalid_token"}, 401)
        return JSONResponse(provider.user_info or {"sub": "ada-at-the-provider"})

    return app


@contextmanager
def running() -> Iterator[OidcProvider]:
    """Run one on a free port of the loopback."""
    port = free_port()
    provider = OidcProvider(f"http://127.0.0.1:{port}")
    with served(_app(provider), port):
        yield provider


def other_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "1"})


def shared_key() -> OctKey:
    """Return the client's secret as a key, with which everybody who knows it could sign."""
    return OctKey.import_key(CLIENT_SECRET)
