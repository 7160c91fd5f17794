"""Why an issue stands still, as answers show it."""

from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, Field

from app.api.fields import examples
from app.delivery.receptions import WhyNot
from app.delivery.standstill import Standstill

STANDSTILL_EXAMPLE: Final[dict[str, Any]] = {
    "why": "account_paused",
    "detail": "The account is paused: the domain is being moved.",
    "until": None,
    "mend": "Look at why, then let it go on: devoured account resume, or POST /v1/account/resume.",
}


class StandstillOut(BaseModel):
    """Why nobody gets more of an issue just now, and what can be done."""

    model_config = examples(STANDSTILL_EXAMPLE)

    why: WhyNot = Field(description="`issue_paused` or `account_paused`.")
    detail: str
    until: AwareDatetime | None = Field(description="null: until somebody lets it go on.")
    mend: str


def standstill_out(found: Standstill | None) -> StandstillOut | None:
    """Return the answer that shows it; None for an issue that does not stand still."""
    if found is None:
        return None
    reason = found.reason
    return StandstillOut(why=reason.why, detail=reason.words, until=reason.until, mend=found.mend)
