"""An OpenID Connect provider: where people are sent, and what it proves when they come back.

`authlib` and `joserfc` speak to it and verify what it signed. Everything here asks the network, so
call it outside any transaction. Nothing is cached: few people sign in, and keys may change.
Source: OpenID Connect Core 1.0 section 3.1, Discovery 1.0 section 4, RFC 7636, RFC 9207.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import structlog
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from app.access.challenges import asked_by
from app.errors import InvalidInput, Unavailable
from app.settings import Settings

BACK: Final = "/desk/sign-in-by-provider/back"
"""Where the provider sends people back to, below the base address."""

_SECONDS: Final = 5.0
_LEEWAY: Final = 60
_LONGEST: Final = 500_000
_MOST_TEXT: Final = 255
_ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "EdDSA",
)
"""What signs by a public key: with a shared secret, or none, the provider would prove nothing."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, repr=False)
class Provider:
    """Say who may tell who somebody is, and what we are to them."""

    issuer: str
    client_id: str
    client_secret: str
    back: str

    @property
    def host(self) -> str:
        """Return what people know it by."""
        return urlsplit(self.issuer).hostname or ""


@dataclass(frozen=True, repr=False)
class Proven:
    """What a provider says of a person: who they are there, and their address if it is verified."""

    issuer: str
    subject: str
    address: str
    name: str


def provider_of(settings: Settings) -> Provider | None:
    """Return the provider that the settings name; None where there is none."""
    if not settings.oidc_issuer:
        return None
    return Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(),
        f"{settings.base_url}{BACK}",
    )


def address_to_sign_in(provider: Provider, secret: str) -> str:
    """Return where to send a browser that holds the secret of a challenge.

    Raises:
        Unavailable: the provider does not answer, or not as one.
    """
    with _client(provider) as client:
        about = _about(provider, client)
        address, _ = client.create_authorization_url(
            _endpoint(provider, about, "authorization_endpoint"),
            state=_text(secret, "state"),
            nonce=_text(secret, "nonce"),
            code_verifier=_text(secret, "verifier"),
        )
    return str(address)


def is_ours(secret: str, state: str) -> bool:
    """Return whether a browser comes back from where the holder of this secret was sent."""
    return bool(secret) and hmac.compare_digest(state.encode(), _text(secret, "state").encode())


def prove(provider: Provider, secret: str, code: str, issuer: str, now: datetime) -> Proven:
    """Return who came back with this code; `issuer` is what the address says, if it does.

    Raises:
        Unavailable: the provider does not answer, or not as one.
        InvalidInput: what it says does not hold, or it let nobody in.
    """
    if not code:
        raise InvalidInput("The provider did not let you in. Please have a link sent.")
    with _client(provider) as client:
        about = _about(provider, client)
        says_issuer = about.get("authorization_response_iss_parameter_supported") is True
        if (issuer or says_issuer) and issuer != provider.issuer:
            raise _not_verified(provider, "the answer names another issuer")
        token = _token(provider, client, about, secret, code)
        claims = _claims(provider, client, about, token, secret, now)
        if not claims.get("email") and "userinfo_endpoint" in about:
            claims |= _user_info(provider, client, about, claims["sub"])
    return _proven(provider, claims)


def _client(provider: Provider) -> OAuth2Client:
    return OAuth2Client(
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        scope="openid email profile",
        redirect_uri=provider.back,
        code_challenge_method="S256",
        timeout=_SECONDS,
        follow_redirects=False,
    )


def _about(provider: Provider, client: OAuth2Client) -> dict[str, Any]:
    """Return the provider's own description."""
    address = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
    about = _json(provider, client, address)
    if about.get("issuer") != provider.issuer:
        raise _not_answering(provider, "it calls itself another issuer")
    return about


def _endpoint(provider: Provider, about: Mapping[str, Any], name: str) -> str:
    """Return one of its addresses, which is as safe as the issuer's own."""
    address = about.get(name)
    scheme = f"{urlsplit(provider.issuer).scheme}://"
    if not isinstance(address, str) or not address.startswith(("https://", scheme)):
        raise _not_answering(provider, f"it has no {name}")
    return address


def _json(
    provider: Provider, client: OAuth2Client, address: str, *, is_open: bool = True
) -> dict[str, Any]:
    """Return what it answers; `is_open` is False where it wants the token that it gave."""
    try:
        answer = client.request("GET", address, withhold_token=is_open)
        answer.raise_for_status()
        found = answer.json() if len(answer.content) <= _LONGEST else None
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, RecursionError) as error:
        raise _not_answering(provider, error) from error
    if not isinstance(found, dict):
        raise _not_answering(provider, "it answers with no object")
    return found


def _token(
    provider: Provider,
    client: OAuth2Client,
    about: Mapping[str, Any],
    secret: str,
    code: str,
) -> Mapping[str, Any]:
    """Return what it gives for a code, which only who holds the verifier can turn in."""
    ways = about.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    is_basic = "client_secret_basic" in ways
    client.token_endpoint_auth_method = "client_secret_basic" if is_basic else "client_secret_post"
    try:
        token = client.fetch_token(
            _endpoint(provider, about, "token_endpoint"),
            grant_type="authorization_code",
            code=code,
            code_verifier=_text(secret, "verifier"),
        )
    except OAuthError as error:
        raise _not_verified(provider, error.error) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, RecursionError) as error:
        raise _not_answering(provider, error) from error
    client.token = token
    found: Mapping[str, Any] = token
    return found


def _claims(
    provider: Provider,
    client: OAuth2Client,
    about: Mapping[str, Any],
    token: Mapping[str, Any],
    secret: str,
    now: datetime,
) -> dict[str, Any]:
    """Return what the signed ID token says, once it is of this provider, for us, now."""
    keys: Any = _json(provider, client, _endpoint(provider, about, "jwks_uri"))
    must = {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": provider.client_id},
        "sub": {"essential": True},
    }
    known = {
        "nonce": _text(secret, "nonce"),
        "client_id": provider.client_id,
        "access_token": token.get("access_token"),
    }
    try:
        read = jwt.decode(str(token["id_token"]), KeySet.import_key_set(keys), list(_ALGORITHMS))
        claims = CodeIDToken(read.claims, read.header, must, known)
        claims.validate(int(now.timestamp()), _LEEWAY)
    except Exception as error:
        raise _not_verified(provider, error) from error
    return dict(claims)


def _user_info(
    provider: Provider, client: OAuth2Client, about: Mapping[str, Any], subject: str
) -> dict[str, Any]:
    """Return what it tells besides, of this very person (OpenID Connect Core section 5.3.4)."""
    address = _endpoint(provider, about, "userinfo_endpoint")
    told = _json(provider, client, address, is_open=False)
    if told.get("sub") != subject:
        raise _not_verified(provider, "the user info is of somebody else")
    return told


def _proven(provider: Provider, claims: Mapping[str, Any]) -> Proven:
    subject, name, address = (claims.get(one) for one in ("sub", "name", "email"))
    if not isinstance(subject, str) or not subject or len(subject) > _MOST_TEXT:
        raise _not_verified(provider, "it names nobody")
    said = claims.get("email_verified")
    is_verified = (said is True or said == "true") and isinstance(address, str)
    return Proven(
        provider.issuer,
        subject,
        str(address) if is_verified else "",
        name if isinstance(name, str) else "",
    )


def _text(secret: str, what: str) -> str:
    """Return what a browser is asked for as 43 characters (RFC 7636 section 4.1)."""
    made = asked_by(secret, f"provider.{what}")
    return urlsafe_b64encode(made).rstrip(b"=").decode()


def _not_answering(provider: Provider, why: object) -> Unavailable:
    _log.warning("provider_unavailable", host=provider.host, why=_why(why))
    return Unavailable("The provider does not answer as it should. Please have a link sent.")


def _not_verified(provider: Provider, why: object) -> InvalidInput:
    _log.warning("provider_refused", host=provider.host, why=_why(why))
    return InvalidInput("What the provider says of you does not hold. Please have a link sent.")


def _why(why: object) -> str:
    """Return what went wrong; of an error its kind and what a library calls it, never a value."""
    if not isinstance(why, Exception):
        return str(why)[:200]
    return f"{type(why).__name__} {getattr(why, 'description', '') or ''}".strip()[:200]
