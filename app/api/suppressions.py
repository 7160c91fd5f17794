"""`/v1/suppressions`: addresses that must not be written to; an address is never in a path."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy.orm import Session

from app.actors import Actor
from app.addresses import Address as MailAddress
from app.addresses import parse_address
from app.api.deps import ContainerDep, NowDep, SessionDep, acts, needs
from app.api.errors import ApiRouter, documents
from app.api.fields import LINE, Address, Body, Out, Text, examples, fill
from app.container import Container
from app.delivery import suppression
from app.enums import Scope, SuppressionReason
from app.errors import NotFound
from app.written import MAX_REASON

router = ApiRouter(prefix="/v1/suppressions", tags=["suppressions"])


class AddressBody(Body):
    """An address."""

    model_config = Body.model_config | examples({"address": "reader@example.com"})

    address: Address


class NewSuppression(AddressBody):
    """An address that must not be written to any more."""

    model_config = Body.model_config | examples(
        {"address": "reader@example.com", "reason": "manual", "note": "asked by telephone"}
    )

    reason: SuppressionReason = SuppressionReason.MANUAL
    note: Text = Field(default="", description="For your colleagues; never an address.")


class LiftBody(AddressBody):
    """An address that may be written to again, and who says so."""

    model_config = Body.model_config | examples(
        {"address": "reader@example.com", "because": "the mailbox was full, and is not any more"}
    )

    because: Annotated[str, Field(min_length=1, max_length=MAX_REASON, pattern=LINE)]


class LiftOut(Out):
    """A suppression that somebody lifted."""

    reason: SuppressionReason
    because: str
    lifted_at: AwareDatetime


class SuppressionOut(BaseModel):
    """Why an address is not written to."""

    model_config = examples(
        {
            "reason": "hard_bounce",
            "note": "Permanent/General",
            "created_at": "2026-04-28T09:00:00Z",
            "lifted": [
                {
                    "reason": "soft_bounces",
                    "because": "the mailbox was full, and is not any more",
                    "lifted_at": "2026-03-02T10:00:00Z",
                }
            ],
        }
    )

    reason: SuppressionReason
    note: str
    created_at: AwareDatetime
    lifted: list[LiftOut] = Field(description="How often it was lifted before, the latest first.")


_Keeper = Annotated[Actor, acts(Scope.EDIT, Scope.PEOPLE)]


@router.post("")
def suppress_address(
    container: ContainerDep, session: SessionDep, now: NowDep, body: NewSuppression, actor: _Keeper
) -> SuppressionOut:
    """Suppress an address.

    It gets no mail until the suppression is lifted, even if somebody signs it up or adds it. An
    address that is suppressed already keeps the stronger reason.
    """
    address = _address(container, body)
    suppression.suppress(
        session,
        actor,
        address,
        body.reason,
        note=body.note,
        pepper=container.pepper,
        now=now,
    )
    return _out(session, address, container.pepper)


@router.post("/lookup", dependencies=[needs(Scope.PEOPLE)])
@documents(NotFound)
def look_up_suppression(
    container: ContainerDep, session: SessionDep, body: AddressBody
) -> SuppressionOut:
    """Look a suppression up.

    Tells why an address is suppressed; 404 if it is not.
    """
    address = _address(container, body)
    return _out(session, address, container.pepper)


@router.post("/lift", status_code=204)
@documents(NotFound)
def lift_suppression(
    container: ContainerDep, session: SessionDep, now: NowDep, body: LiftBody, actor: _Keeper
) -> None:
    """Lift a suppression.

    The address may be written to again, and your reason is kept; 404 if it is not suppressed.
    """
    address = _address(container, body)
    suppression.lift(
        session,
        actor,
        address,
        because=body.because,
        pepper=container.pepper,
        now=now,
    )


def _address(container: Container, body: AddressBody) -> MailAddress:
    return parse_address(body.address, allow_reserved=container.allow_reserved)


def _out(session: Session, address: MailAddress, pepper: str) -> SuppressionOut:
    row = suppression.get_suppression(session, address, pepper)
    lifts = suppression.lifts_of(session, address, pepper)
    return fill(SuppressionOut, row, lifted=list(lifts))
