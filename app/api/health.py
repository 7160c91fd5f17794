"""`/health`: whether this process can do its work; for load balancers and compose."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from app.api.deps import Box, Tx
from app.api.errors import problems
from app.api.fields import examples
from app.delivery.epoch import Marks, Standing, known_epoch, look_now, standing

router = APIRouter(tags=["service"])


class Health(BaseModel):
    """All is well."""

    model_config = examples({"status": "ok", "send_epoch": "kept"})

    status: str
    send_epoch: Standing = Field(
        description="Whether how far this database has sent is kept outside it; anything but "
        "`kept` is for a person to look at: `GET /v1/account`."
    )


def get_near_marks(container: Box) -> Marks:
    """What the places nearby say of the send epoch; asked before the transaction begins."""
    return look_now(container.sessions, [one for one in container.places if one.is_near])


@router.get("/health", responses=problems())
def check_health(outside: Annotated[Marks, Depends(get_near_marks)], session: Tx) -> Health:
    """Check health.

    `ok` if the database answers, 503 if it does not.
    """
    return Health(status="ok", send_epoch=standing(known_epoch(session), outside))
