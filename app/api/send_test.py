"""`/v1/issues/{issue_id}/send-test`: an edition as a mail to those who make it."""

from typing import Annotated

from fastapi import Response
from pydantic import BaseModel, Field

from app.addresses import Address as MailAddress
from app.addresses import parse_address
from app.api.changes import Asked, answer_once, asked_with
from app.api.deps import ContainerDep
from app.api.errors import ApiRouter, documents
from app.api.fields import Address, Body, Id, ShownDepth, Slugs, examples
from app.container import Container
from app.enums import Depth, Scope
from app.errors import FieldError, InvalidInput, TooMany
from app.issues.samples import MAX_AT_ONCE, queue_samples
from app.publication.categories import cut_of

router = ApiRouter(prefix="/v1/issues/{issue_id}", tags=["preview"])


class SampleMail(Body):
    """Which edition to send, and to whom."""

    model_config = Body.model_config | examples(
        {"address": "editor@example.com", "categories": ["ai"], "depth": "deep"},
        {"addresses": ["editor@example.com", "proof@example.com"]},
    )

    address: Address | None = Field(default=None, description="One address; or `addresses`.")
    addresses: list[Address] = Field(
        default=[], max_length=MAX_AT_ONCE, description="Several, each of which gets one."
    )
    categories: Slugs | None = Field(
        default=None, description="Slugs of categories; all of them when not given."
    )
    depth: ShownDepth = Depth.DEEP

    def all_addresses(self) -> list[tuple[str, str]]:
        """Return each address with its place in the body; raise InvalidInput for none or both."""
        if (self.address is None) is (not self.addresses):
            wrong = [FieldError("/addresses", "say either `address` or `addresses`")]
            raise InvalidInput("Say who gets the test.", wrong)
        if self.address is not None:
            return [("/address", self.address)]
        return [(f"/addresses/{place}", one) for place, one in enumerate(self.addresses)]


class SampleQueued(BaseModel):
    """It is on its way."""

    model_config = examples({"letter_id": 12, "letter_ids": [12]})

    letter_id: int = Field(description="The first one.")
    letter_ids: list[int]


@router.post("/send-test", status_code=202, response_model=SampleQueued)
@documents(TooMany)
def send_test(
    container: ContainerDep,
    issue_id: Id,
    body: SampleMail,
    asked: Annotated[Asked, asked_with(Scope.SEND)],
) -> Response:
    """Send a test.

    One edition to one address or up to ten, marked as a test in its subject; a hundred within an
    hour at most. It takes the way of every mail: a worker renders and sends it within seconds.
    """

    def act() -> SampleQueued:
        letters = queue_samples(
            asked.session,
            issue_id,
            [_address(place, one, container) for place, one in body.all_addresses()],
            follows=cut_of(asked.session, body.categories),
            depth=body.depth,
            pepper=container.pepper,
            now=asked.now,
            actor=asked.actor,
        )
        ids = [letter.id for letter in letters]
        return SampleQueued(letter_id=ids[0], letter_ids=ids)

    return answer_once(asked, 202, act)


def _address(place: str, raw: str, container: Container) -> MailAddress:
    """Return the address at this place of the body; raise InvalidInput, which names the place."""
    try:
        return parse_address(raw, allow_reserved=container.allow_reserved)
    except InvalidInput as error:
        raise InvalidInput(error.detail, [FieldError(place, error.detail)]) from None
