"""`/v1/subscribers`: the readers, as editors find, change, add and erase them."""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import Query, Response
from pydantic import BaseModel, Field

from app.actors import Actor
from app.addresses import parse_address
from app.api.changes import Asked, Change, EtagDep, answer_once, asked_with, changes
from app.api.deps import ContainerDep, NowDep, OurClocks, SessionDep, acts, needs
from app.api.errors import ApiRouter, documents
from app.api.fields import (
    Address,
    After,
    Body,
    Changes,
    Id,
    Instant,
    LanguageTag,
    Limit,
    Next,
    ShownDepth,
    Slugs,
    TimeZone,
    between,
    examples,
    first_after,
    key_of,
    page_of,
)
from app.api.subscriber_out import (
    SUBSCRIBER_EXAMPLE,
    SubscriberOut,
    subscriber_out,
    subscribers_out,
)
from app.enums import ConsentSource, Depth, Scope, SubscriberState
from app.errors import FieldError, InvalidInput, WrongState
from app.publication.categories import follows_of
from app.publication.zones import HOURS
from app.readers import joining, subscribers
from app.readers.consent import Origin
from app.readers.erasure import erase
from app.readers.leave import unsubscribe

MAX_READERS: Final = 1000

router = ApiRouter(prefix="/v1/subscribers", tags=["subscribers"])

_Keeper = Annotated[Actor, acts(Scope.EDIT, Scope.PEOPLE)]
_Change = Annotated[Change, changes(Scope.EDIT, Scope.PEOPLE)]
_HERE: Final = Origin(ConsentSource.EDITOR)


class SubscriberPage(BaseModel):
    """Readers, oldest first."""

    model_config = examples({"items": [SUBSCRIBER_EXAMPLE], "next": "WzE3XQ"})

    items: list[SubscriberOut]
    next: Next


class PreferenceChanges(Changes):
    """What to change; what is left out stays."""

    model_config = Body.model_config | examples({"categories": ["ai"], "depth": "headlines"})

    categories: Slugs = Field(default=[], description="Slugs of the categories to follow.")
    depth: ShownDepth = Depth.BRIEF
    hour: Annotated[int, between(HOURS)] | None = Field(
        default=None, description="null: the publication's send time."
    )
    time_zone: TimeZone | None = Field(default=None, description="null: the publication's.")
    language: LanguageTag = Field(
        default="",
        description="A language of our mails, as a BCP 47 tag; empty: the publication's.",
    )
    paused_until: Instant | None = Field(default=None, description="null ends the pause.")


class NewReader(Body):
    """Somebody whose consent you hold."""

    model_config = Body.model_config | examples({"address": "reader@example.com", "depth": "deep"})

    address: Address
    categories: Slugs | None = Field(
        default=None, description="Slugs of categories; all of them when not given."
    )
    depth: ShownDepth = Depth.BRIEF
    language: LanguageTag = Field(
        default="",
        description="A language of our mails, as a BCP 47 tag; empty: the publication's.",
    )


class NewReaders(Body):
    """Readers to add as active, without a confirmation mail."""

    model_config = Body.model_config | examples(
        {"readers": [{"address": "reader@example.com", "categories": ["ai"], "depth": "deep"}]}
    )

    readers: list[NewReader] = Field(min_length=1, max_length=MAX_READERS)


class ReadersAdded(BaseModel):
    """What became of them."""

    model_config = examples({"n_added": 1, "n_known": 0})

    n_added: int
    n_known: int = Field(description="Known before, in whatever state; left as they are.")


@router.get("", dependencies=[needs(Scope.PEOPLE)])
def list_subscribers(
    session: SessionDep,
    limit: Limit = 50,
    after: After = None,
    state: SubscriberState | None = None,
    address: Annotated[
        str | None, Query(max_length=254, description="The one with this address.")
    ] = None,
) -> SubscriberPage:
    """List subscribers.

    Oldest first, a page at a time.
    """
    rows = subscribers.list_subscribers(
        session,
        after=first_after(after),
        limit=limit + 1,
        state=state,
        address_key=key_of(address) if address is not None else None,
    )
    page, following = page_of(rows, limit, lambda row: row.id)
    return SubscriberPage(items=subscribers_out(session, page), next=following)


@router.post("", status_code=201, response_model=ReadersAdded)
def add_readers(
    container: ContainerDep,
    body: NewReaders,
    asked: Annotated[Asked, asked_with(Scope.EDIT, Scope.PEOPLE)],
) -> Response:
    """Add active readers.

    Up to 1,000 at once, and only for people whose consent you can show: they get no confirmation
    mail. Who is known already, who left among them, stays as they are. All of them are added, or
    none.
    """

    def act() -> ReadersAdded:
        readers = _readers(asked, body.readers, allow_reserved=container.allow_reserved)
        n_added = joining.add_active(
            asked.session,
            asked.actor,
            readers,
            container.pepper,
            asked.now,
            Origin(ConsentSource.EDITOR),
        )
        return ReadersAdded(n_added=n_added, n_known=len(readers) - n_added)

    return answer_once(asked, 201, act)


@router.get("/{subscriber_id}", dependencies=[needs(Scope.PEOPLE)])
def get_subscriber(session: SessionDep, subscriber_id: Id, etag: EtagDep) -> SubscriberOut:
    """Show one subscriber.

    Its ETag is good for `If-Match` of changing and erasing them.
    """
    row = subscribers.get_subscriber(session, subscriber_id)
    etag.show(row)
    return subscriber_out(session, row)


@router.patch("/{subscriber_id}")
@documents(WrongState)
def change_subscriber(
    subscriber_id: Id, body: PreferenceChanges, change: _Change, clocks: OurClocks, etag: EtagDep
) -> SubscriberOut:
    """Change or pause a subscriber."""
    wanted = clocks.read_in(body.given(), "paused_until")
    row = subscribers.change_preferences(
        *change.by, subscriber_id, wanted, change.now, _HERE, change.expected
    )
    change.session.flush()
    etag.show(row)
    return subscriber_out(change.session, row)


@router.post("/{subscriber_id}/unsubscribe")
@documents(WrongState)
def unsubscribe_subscriber(
    session: SessionDep, subscriber_id: Id, now: NowDep, actor: _Keeper
) -> SubscriberOut:
    """Unsubscribe a subscriber who asked for it.

    They get nothing any more, until they sign up again themselves; who left already stays as they
    are. What they chose is kept.
    """
    row = unsubscribe(session, actor, subscriber_id, now, _HERE)
    return subscriber_out(session, row)


@router.delete("/{subscriber_id}", status_code=204)
def erase_subscriber(subscriber_id: Id, change: _Change) -> None:
    """Erase a subscriber.

    Whatever names them is forgotten, in every table; the counts of past issues stay, and so does
    the mark that their address must not be written to, where there is one.
    """
    erase(*change.by, subscriber_id, change.now, _HERE, change.expected)


def _readers(
    asked: Asked, readers: Sequence[NewReader], *, allow_reserved: bool
) -> list[joining.NewReader]:
    """Return every reader's address, categories, depth and language.

    Raises:
        InvalidInput: naming every reader of whom one of these is wrong.
    """
    cuts: dict[tuple[str, ...] | None, int] = {}
    found, wrong = [], []
    for place, reader in enumerate(readers):
        try:
            address = parse_address(reader.address, allow_reserved=allow_reserved)
            slugs = None if reader.categories is None else tuple(reader.categories)
            if slugs not in cuts:
                cuts[slugs] = follows_of(asked.session, slugs)
            language = reader.language and subscribers.read_language(reader.language)
            found.append(joining.NewReader(address, cuts[slugs], reader.depth, language))
        except InvalidInput as error:
            wrong += [FieldError(f"/readers/{place}{e.pointer}", e.detail) for e in error.errors]
    if wrong:
        raise InvalidInput("Not every reader can be added, so none was.", wrong)
    return found
