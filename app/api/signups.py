"""`/v1/signups`: anybody may sign an address up, and nobody learns whether it was known."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Request, Response
from pydantic import BaseModel, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from app.accept_headers import weights_of
from app.api.changes import (
    REPLAY_HEADER,
    IdempotencyKey,
    answer_once,
    asked_in_public,
    kept_answer,
)
from app.api.errors import ApiRouter, Unsupported, documents, invalid
from app.api.fields import (
    Address,
    Body,
    LanguageTag,
    ShownDepth,
    Slugs,
    TimeZone,
    between,
    examples,
)
from app.container import Container
from app.db.session import transaction
from app.enums import ConsentSource, Depth
from app.errors import Conflict, TooLarge, TooMany
from app.language import accepted, mail_languages
from app.publication.zones import HOURS
from app.rate_limits import rate_headers
from app.readers.proof import ProofNeeded
from app.readers.signup_request import SignupRequest, Write, form_fields, sign_up

FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"

FormPage = Callable[[Request, bytes, ConsentSource], Response]
"""What answers a form with a page; `create_app` puts it at `app.state.form_page`."""

router = ApiRouter(prefix="/v1/signups", tags=["signups"])


class Signup(Body):
    """Who wants the digest, and what of it."""

    model_config = Body.model_config | examples(
        {"address": "reader@example.com", "categories": ["ai", "devops"], "depth": "brief"}
    )

    address: Address = Field(description="A mail address.")
    categories: Slugs | None = Field(
        default=None, min_length=1, description="Slugs of categories; all of them when not given."
    )
    depth: ShownDepth = Depth.BRIEF
    hour: Annotated[int, between(HOURS, strict=False)] | None = Field(
        default=None,
        description="Each issue reaches them when the clocks of `time_zone` next show this hour; "
        "as it comes out when not given.",
    )
    time_zone: TimeZone | None = Field(
        default=None, description="The publication's when not given."
    )
    language: LanguageTag = Field(
        default="",
        description="What they read, as a BCP 47 tag, for the mails that go to them alone; what the"
        " `Accept-Language` of this request prefers when not given, else the publication's.",
    )
    wording: str = Field(
        default="",
        max_length=64,
        pattern=r"^([0-9a-f]{64})?$",
        description="The SHA-256 of the text that the reader agreed to, in hex; it is kept.",
    )
    altcha: str = Field(
        default="",
        max_length=4000,
        description="The solved challenge, as ALTCHA writes it, where one is asked for.",
    )
    website: str = Field(
        default="",
        max_length=500,
        description="A field that no person sees; with anything in it `altcha` is needed.",
    )


class Welcome(BaseModel):
    """What everybody is told."""

    model_config = examples(
        {"detail": "Thank you. If this address can get the digest, a mail asks it to confirm."}
    )

    detail: str


class Challenge(BaseModel):
    """A challenge of ALTCHA's second version."""

    model_config = examples(
        {
            "parameters": {
                "algorithm": "PBKDF2/SHA-256",
                "cost": 1000,
                "expiresAt": 1795500000,
                "keyLength": 32,
                "keyPrefix": "00",
                "nonce": "5f2b7a0c9d1e4f6388aabbccddeeff00",
                "salt": "00ffeeddccbbaa8863f4e1d9c0a7b2f5",
            },
            "signature": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        }
    )

    parameters: dict[str, str | int]
    signature: str


_WELCOME: Final = Welcome(
    detail="Thank you. If this address can get the digest, a mail asks it to confirm."
)
_WELCOME_BYTES: Final = _WELCOME.model_dump_json().encode()
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"$ref": "#/components/schemas/Signup"}} for kind in (_JSON, FORM)
        },
    }
}


@router.post("", status_code=202, response_model=Welcome, openapi_extra=_BODY)
@documents(Conflict, TooLarge, Unsupported, ProofNeeded, TooMany, headers=REPLAY_HEADER)
async def sign_up_reader(request: Request, key: IdempotencyKey = None) -> Response:
    """Sign an address up.

    A mail asks its owner to confirm; no issue is sent before that. The answer is the same
    whether or not the address is known, suppressed or was written to a moment ago. A form is
    answered with a page where the client prefers HTML to JSON.
    """
    body = await request.body()
    # One thread for all of it: each change of threads costs as much as the statement itself.
    answer = await run_in_threadpool(_answer, request, body, key)
    container: Container = request.app.state.container
    answer.headers.update(rate_headers(container.signup_guard.limits.per_hour.told()))
    return answer


@router.get("/challenge", response_model=Challenge)
async def make_challenge(request: Request, response: Response) -> dict[str, Any]:
    """Get a challenge.

    For the proof of work of one sign-up, where the service asks for it: solve it as ALTCHA does
    (PBKDF2/SHA-256, `cost` rounds, a key that begins with `keyPrefix`), and send it as `altcha`.
    """
    container: Container = request.app.state.container
    response.headers["Cache-Control"] = "no-store"
    return container.signup_guard.proofs.challenge(container.clock())


def read_signup(kind: str, body: bytes) -> Signup:
    """Return the sign-up in a JSON or a form body.

    Raises:
        InvalidInput: it is not one; `errors` names the fields.
        Unsupported: it is of another type.
    """
    try:
        if kind == _JSON:
            return Signup.model_validate_json(body)
        if kind == FORM:
            return Signup.model_validate(_form_values(body))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise invalid({**detail, "loc": ("body", *detail["loc"])} for detail in details) from None
    raise Unsupported(f"Send {_JSON} or {FORM}.")


def prefers_page(request: Request) -> bool:
    """Return whether this is a form from a browser: it prefers `text/html` to JSON."""
    if _kind(request) != FORM:
        return False
    weights = weights_of(request.headers.get("accept", ""))
    return weights.get("text/html", 0.0) > weights.get(_JSON, 0.0)


def _answer(request: Request, body: bytes, key: str | None) -> Response:
    if prefers_page(request):
        form_page: FormPage = request.app.state.form_page
        return form_page(request, body, ConsentSource.EMBED)
    container: Container = request.app.state.container
    signup, now = _request(request, body), container.clock()
    if key is not None:
        return _answer_once(request, container, now, body, key, signup)
    sign_up(container.signup_guard, signup, now)
    return Response(_WELCOME_BYTES, status_code=202, media_type=_JSON)


def _request(request: Request, body: bytes) -> SignupRequest:
    kind = _kind(request)
    fields = read_signup(kind, body)
    header = request.headers.get("accept-language", "")
    return SignupRequest(
        address=fields.address,
        categories=fields.categories,
        depth=fields.depth,
        hour=fields.hour,
        time_zone=fields.time_zone,
        language=fields.language or accepted(header, mail_languages()),
        source=ConsentSource.EMBED if kind == FORM else ConsentSource.API,
        client=request.client.host if request.client else None,
        wording=fields.wording,
        trap=fields.website,
        proof=fields.altcha,
    )


def _answer_once(
    request: Request,
    container: Container,
    now: datetime,
    body: bytes,
    key: str,
    signup: SignupRequest,
) -> Response:
    """Sign up once for this key; a request that is sent again brings the same proof."""
    answers: list[Response] = []
    with transaction(container.sessions) as session:
        asked = asked_in_public(request, container, session, now, body, key)
        if (kept := kept_answer(asked)) is not None:
            return kept

    def commit(write: Write) -> None:
        with transaction(container.sessions) as session:

            def act() -> Welcome:
                write(session)
                return _WELCOME

            asked = asked_in_public(request, container, session, now, body, key)
            answers.append(answer_once(asked, 202, act))

    sign_up(container.signup_guard, signup, now, commit)
    return answers[0]


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _form_values(body: bytes) -> dict[str, Any]:
    """Return the fields of a form: `categories` may occur several times, the others once."""
    found = form_fields(body)
    fields: dict[str, Any] = {
        name: values[0] if len(values) == 1 else values for name, values in found.items()
    }
    if "categories" in found:
        fields["categories"] = found["categories"]
    # A form sends the fields that nobody filled in, too.
    for name in ("hour", "time_zone"):
        if fields.get(name) == "":
            del fields[name]
    return fields
