"""`/health`: whether this process can do its work; for load balancers and compose."""

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import select

from app.api.deps import Tx
from app.api.errors import problems
from app.api.fields import examples

router = APIRouter(tags=["service"])


class Health(BaseModel):
    """All is well."""

    model_config = examples({"status": "ok"})

    status: str


@router.get("/health", responses=problems())
def check_health(session: Tx) -> Health:
    """Check health.

    `ok` if the database answers, 503 if it does not.
    """
    session.execute(select(1))
    return Health(status="ok")
