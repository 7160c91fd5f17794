"""`/preferences/{token}`: what a reader gets, changed by whoever holds a link out of their mail."""

from typing import Annotated

from fastapi import APIRouter, Form, Response

from app.errors import InvalidInput
from app.pages.deps import ContainerDep, NowDep, OriginDep, SessionDep
from app.pages.language import gettext, long_date
from app.pages.own import Chosen, Said, changes_of, checked, own_page, reader_of
from app.pages.typed import day_of
from app.publication.publication import get_publication
from app.readers.clicks import refuse_tracking
from app.readers.leave import come_back
from app.readers.pause import pause_end
from app.readers.signup import confirm
from app.readers.subscribers import change_preferences
from app.words import SubscriberState

router = APIRouter()


@router.api_route("/preferences/{token}", methods=["GET", "HEAD"])
def show(token: str, container: ContainerDep, session: SessionDep, now: NowDep) -> Response:
    """What is chosen now, in forms; it changes nothing."""
    reader = reader_of(session, container.signer, token, now)
    return own_page(session, container, reader, token, now)


@router.post("/preferences/{token}")
def save(
    token: str,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    origin: OriginDep,
    categories: Annotated[list[str] | None, Form()] = None,
    depth: Annotated[str, Form()] = "",
    hour: Annotated[str, Form()] = "",
    time_zone: Annotated[str, Form()] = "",
) -> Response:
    """Saves, and shows what was saved; 422 and the form as it was sent where it is not whole."""
    reader = reader_of(session, container.signer, token, now, lock=True)
    sent = Chosen(frozenset(categories or ()), depth, hour, time_zone)
    chosen = checked(session, reader, sent)
    if chosen.wrong:
        return own_page(session, container, reader, token, now, chosen=chosen)
    change_preferences(session, reader.id, changes_of(session, reader, chosen), now, origin)
    said = Said(done=gettext("Saved. The next issue comes as you like it."))
    return own_page(session, container, reader, token, now, said=said)


@router.post("/preferences/{token}/pause")
def pause(
    token: str,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    origin: OriginDep,
    until: Annotated[str, Form()] = "",
) -> Response:
    """Pauses until the day that was chosen, on the reader's own clocks."""
    reader = reader_of(session, container.signer, token, now, lock=True)
    zone = reader.time_zone or get_publication(session).time_zone
    try:
        day = day_of(until)
        ends_at = pause_end(day, zone, now)
    except (InvalidInput, ValueError, OverflowError):
        wrong = gettext("Please choose a day from tomorrow on, at most a year away.")
        said = Said(wrong={"until": wrong}, typed=until)
        return own_page(session, container, reader, token, now, said=said)
    change_preferences(session, reader.id, {"paused_until": ends_at}, now, origin)
    done = gettext("Saved. No issue comes to you until %(day)s.") % {"day": long_date(day)}
    return own_page(session, container, reader, token, now, said=Said(done=done))


@router.post("/preferences/{token}/resume")
def resume(
    token: str, container: ContainerDep, session: SessionDep, now: NowDep, origin: OriginDep
) -> Response:
    """Ends the pause at once."""
    reader = reader_of(session, container.signer, token, now, lock=True)
    change_preferences(session, reader.id, {"paused_until": None}, now, origin)
    said = Said(done=gettext("The pause is over. The next issue comes to you."))
    return own_page(session, container, reader, token, now, said=said)


@router.post("/preferences/{token}/clicks")
def keep_clicks(
    token: str,
    container: ContainerDep,
    session: SessionDep,
    now: NowDep,
    refuse: Annotated[str, Form()] = "",
) -> Response:
    """Keeps none of their clicks from now on and forgets those there are, or keeps them again."""
    reader = reader_of(session, container.signer, token, now, lock=True)
    refuse_tracking(session, reader, refuses=bool(refuse))
    done = gettext("Saved. We keep none of your clicks, and have forgotten those we kept.")
    if not refuse:
        done = gettext("Saved. We keep which links of our mails you follow.")
    return own_page(session, container, reader, token, now, said=Said(done=done))


@router.post("/preferences/{token}/back")
def come_in(
    token: str, container: ContainerDep, session: SessionDep, now: NowDep, origin: OriginDep
) -> Response:
    """Brings back who has left, and lets in who has not confirmed: it is their own link."""
    reader = reader_of(session, container.signer, token, now, lock=True)
    back = come_back(session, reader.id, now, origin, within=None)
    if back.state is SubscriberState.PENDING:
        back = confirm(session, back.id, now, origin)
    said = Said(done=gettext("You are in. The next issue comes to you."))
    return own_page(session, container, reader, token, now, said=said)
