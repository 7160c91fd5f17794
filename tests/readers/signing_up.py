"""Signing up in one step: what a request writes down, and what a worker then does of it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Ask
from app.readers.asks import ask_sign_up
from app.readers.consent import Origin
from app.readers.signup import SignupFields, add_pending
from tests.factories import PEPPER


def sign_up_now(
    session: Session, fields: SignupFields, now: datetime, origin: Origin
) -> int | None:
    """Ask and answer in the caller's transaction; return the Letter's id, if one is due."""
    ask_sign_up(session, fields, origin, now)
    ask = session.scalars(select(Ask)).one()
    letter_id = add_pending(session, ask, pepper=PEPPER)
    session.delete(ask)
    session.flush()
    return letter_id
