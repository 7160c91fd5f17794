from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.events.health import BACKLOG, stream_health
from tests.events.conftest import Tell, World
from tests.events.told import said

AROUND = timedelta(minutes=5)
SECOND = timedelta(seconds=1)


def test_stream_is_late_while_it_catches_up_after_a_silence(
    session: Session, world: World, tell: Tell, now: datetime
) -> None:
    session.add(world.written(0, now))
    session.commit()
    back = now + timedelta(minutes=20)
    tell(said("Send", now, delivery_id=world.tag()), at=back)
    catching_up = stream_health(session, now - AROUND, now + AROUND, back + BACKLOG)
    assert catching_up.n_heard == catching_up.n_accepted == 1
    assert catching_up.is_late
    assert not catching_up.is_whole
    quiet = stream_health(session, now - AROUND, now + AROUND, back + BACKLOG + SECOND)
    assert quiet.is_whole
