"""`/v1/deliverability`: what mailbox providers say of the domains that mail comes from."""

from datetime import date
from typing import Any, Final

from pydantic import BaseModel, Field

from app.api.deps import NowDep, SessionDep, needs
from app.api.errors import ApiRouter
from app.api.fields import Out, examples, fill
from app.delivery.reputation import reputations
from app.enums import Scope

router = ApiRouter(prefix="/v1/deliverability", tags=["account"])

_EXAMPLE: Final[dict[str, Any]] = {
    "items": [
        {
            "provider": "Gmail",
            "domain": "example.org",
            "unmet": ["one_click_unsubscribe"],
            "days": [
                {
                    "day": "2026-11-27",
                    "spam_rate": 0.0004,
                    "spf_rate": 1.0,
                    "dkim_rate": 1.0,
                    "dmarc_rate": 1.0,
                }
            ],
        }
    ]
}


class ReputationDayOut(Out):
    """What a provider says of a day; shares are 0 to 1, and null where it tells none."""

    day: date
    spam_rate: float | None = Field(description="Share that its readers called spam.")
    spf_rate: float | None = Field(description="Share that passed SPF.")
    dkim_rate: float | None = Field(description="Share that passed DKIM.")
    dmarc_rate: float | None = Field(description="Share that passed DMARC.")


class ReputationOut(BaseModel):
    """What a provider says of a domain."""

    provider: str
    domain: str
    unmet: list[str] = Field(
        description="What it asks of who writes to many and finds not done, in its own words."
    )
    days: list[ReputationDayOut] = Field(description="Of the last 30 days, the last first.")


class Deliverability(BaseModel):
    """What mailbox providers say."""

    model_config = examples(_EXAMPLE)

    items: list[ReputationOut]


@router.get("", dependencies=[needs(Scope.READ)])
def show_deliverability(session: SessionDep, now: NowDep) -> Deliverability:
    """Show what mailbox providers say of us.

    Gmail's figures come from Postmaster Tools once a day, where a key for it is set; those of
    others from files that `devoured deliverability import` read.
    """
    return Deliverability(
        items=[
            fill(
                ReputationOut,
                one,
                unmet=list(one.unmet),
                days=[ReputationDayOut.model_validate(day) for day in one.days],
            )
            for one in reputations(session, now)
        ]
    )
