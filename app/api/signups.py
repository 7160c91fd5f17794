"""`/v1/signups`: anybody may sign an address up, and nobody learns whether it was known."""

from typing import Annotated, Any, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field, ValidationError

from app.addresses import parse_address
from app.api.deps import Box, RawBody
from app.api.errors import Unsupported, invalid, problems
from app.api.fields import Address, Body, ShownDepth, Slugs, examples
from app.api.once import REPLAY_HEADER, Asked, answer_once, ask_in_public
from app.errors import Conflict, FieldError, InvalidInput, TooLarge
from app.issues.categories import follows_of
from app.readers.consent import Origin
from app.readers.signup import sign_up
from app.words import ConsentSource, Depth

FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"
_MAX_FIELDS: Final = 100

router = APIRouter(prefix="/v1/signups", tags=["signups"])


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


class Welcome(BaseModel):
    """What everybody is told."""

    model_config = examples(
        {"detail": "Thank you. If this address can get the digest, a mail is on its way to it."}
    )

    detail: str


_WELCOME: Final = Welcome(
    detail="Thank you. If this address can get the digest, a mail is on its way to it."
)
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"$ref": "#/components/schemas/Signup"}} for kind in (_JSON, FORM)
        },
    }
}


def read_signup(request: Request, body: RawBody) -> Signup:
    """The sign-up in a JSON or a form body.

    Raises:
        InvalidInput: it is not one; `errors` names the fields.
        Unsupported: it is of another type.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == _JSON:
            return Signup.model_validate_json(body)
        if kind == FORM:
            return Signup.model_validate(_form_fields(body))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise invalid({**detail, "loc": ("body", *detail["loc"])} for detail in details) from None
    raise Unsupported(f"Send {_JSON} or {FORM}.")


@router.post(
    "",
    status_code=202,
    response_model=Welcome,
    openapi_extra=_BODY,
    responses=problems(Conflict, TooLarge, Unsupported, InvalidInput)
    | {202: {"headers": REPLAY_HEADER}},
)
def sign_up_reader(
    container: Box,
    asked: Annotated[Asked, Depends(ask_in_public)],
    signup: Annotated[Signup, Depends(read_signup)],
) -> Response:
    """Sign an address up.

    A mail asks its owner to confirm; nothing else is sent before that. The answer is the same
    whether or not the address is known, suppressed or was written to a moment ago.
    """

    def act() -> Welcome:
        sign_up(
            asked.session,
            parse_address(signup.address, allow_reserved=container.allow_reserved),
            follows=follows_of(asked.session, signup.categories),
            depth=signup.depth,
            pepper=container.pepper,
            now=asked.now,
            origin=Origin(ConsentSource.API),
        )
        return _WELCOME

    return answer_once(asked, 202, act)


def _form_fields(body: bytes) -> dict[str, Any]:
    """The fields of a form: `categories` may stand there several times, the others once."""
    try:
        found = parse_qs(
            body.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict"
        )
    except ValueError:
        raise InvalidInput("The form cannot be read.", [FieldError("", "is no form")]) from None
    fields: dict[str, Any] = {
        name: values[0] if len(values) == 1 else values for name, values in found.items()
    }
    if "categories" in found:
        fields["categories"] = found["categories"]
    return fields
