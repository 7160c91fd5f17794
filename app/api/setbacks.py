"""`/v1/setbacks`: what of the service's own work fails just now."""

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.api.deps import SessionDep, needs
from app.api.errors import ApiRouter
from app.api.fields import examples
from app.delivery.alone import list_setbacks
from app.enums import Scope

router = ApiRouter(prefix="/v1/setbacks", tags=["account"])


class SetbackOut(BaseModel):
    """A part of the service's own work that failed each time since `first_at`."""

    model_config = ConfigDict(from_attributes=True) | examples(
        {
            "what": "tidy: events",
            "reason": "ForeignKeyViolation: update or delete on table violates a constraint",
            "n_times": 3,
            "first_at": "2026-04-28T05:00:00Z",
            "last_at": "2026-04-28T07:00:00Z",
        }
    )

    what: str = Field(description="The task, and its part.")
    reason: str
    n_times: int
    first_at: AwareDatetime
    last_at: AwareDatetime


class Setbacks(BaseModel):
    """All that fails just now, the oldest first."""

    model_config = examples({"items": []})

    items: list[SetbackOut]


@router.get("", dependencies=[needs(Scope.READ)])
def show_setbacks(session: SessionDep) -> Setbacks:
    """Show setbacks.

    Parts of the service's own work, such as forgetting what is old, that fail just now. Each is
    tried again by itself, and gone from here once it works. What fails for one issue, import,
    letter or event is said there instead.
    """
    return Setbacks(items=[SetbackOut.model_validate(row) for row in list_setbacks(session)])
