"""The stream of events towards one reader, made from the store's messages only as they are read.

A feed is a place in the store's calls and the few events that are made and not yet due; taking
from it is what costs, accepting mail costs nothing.
"""

import asyncio
from bisect import bisect_right
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import NamedTuple

from localdev.ses.knobs import Knobs, Planned, fate_of, plan
from localdev.ses.log import read
from localdev.ses.outcomes import Step, steps_of
from localdev.ses.store import Store, settle_calls


class Style(NamedTuple):
    """What is published and how.

    `notification` is the shape of an identity's feedback, which knows no tags and no Send;
    `headers` puts the message's headers in; `only_configured` leaves out messages that name no
    configuration set, as SES does.
    """

    notification: bool = False
    headers: bool = False
    only_configured: bool = False


@dataclass(slots=True)
class Feed:
    """One reader's stream; `name` is what its progress is kept under.

    `waiting` is a heap; `open` counts the events not yet settled by call, in their order. Nobody
    waits for a `closed` feed: the server is about to end.
    """

    name: str
    store: Store
    style: Style
    knobs: Knobs
    next_call: int = 0
    waiting: list[Planned] = field(default_factory=list)
    withheld: list[Planned] = field(default_factory=list)
    open: dict[int, int] = field(default_factory=dict)
    released: float = 0.0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False


def open_feed(name: str, store: Store, style: Style, knobs: Knobs) -> Feed:
    """Open the feed where its reader left it: calls with all events settled are not made again."""
    return Feed(name, store, style, knobs, next_call=store.settled.get(name, 0))


def due_events(feed: Feed, limit: int, at: float) -> list[Planned]:
    """Up to `limit` events that are due at `at`; `due` is when they were published."""
    taken: list[Planned] = []
    if feed.knobs.withhold >= 1:
        return taken
    while len(taken) < limit:
        _make(feed, at)
        if not feed.waiting or feed.waiting[0].due > at:
            break
        event = heappop(feed.waiting)
        if _is_withheld(feed.knobs, event):
            feed.withheld.append(event)
        else:
            taken.append(event._replace(due=max(event.due, feed.released)))
    return taken


def next_due(feed: Feed, at: float) -> float | None:
    """Return when the next event is due, as far as is known; None when there is nothing to come."""
    if feed.knobs.withhold >= 1:
        return None
    known = [feed.waiting[0].due] if feed.waiting else []
    if feed.next_call < len(feed.store.call_ats):
        known.append(max(feed.store.call_ats[feed.next_call] + feed.knobs.delay_seconds[0], at))
    return min(known, default=None)


def n_due(feed: Feed, at: float) -> int:
    """Return how many events could be taken; those not made yet are counted as two a message."""
    if feed.knobs.withhold >= 1:
        return 0
    store, least = feed.store, feed.knobs.delay_seconds[0]
    last = bisect_right(store.call_ats, at - least, lo=min(feed.next_call, len(store.call_ats)))
    n_messages = _first_of(store, last) - _first_of(store, feed.next_call)
    n_each = 1 if feed.style.notification else 2
    return sum(event.due <= at for event in feed.waiting) + n_messages * n_each


def settle(feed: Feed, event: Planned) -> None:
    """Settle this event for the reader; it is not made again after a restart.

    Progress is kept by call: one open event keeps its call and all later ones from counting.
    """
    call = call_of(feed.store, event.message)
    if call not in feed.open:
        # The inbox was emptied while the event was under way.
        return
    feed.open[call] -= 1
    if not feed.open[call]:
        del feed.open[call]
        low = next(iter(feed.open), feed.next_call)
        if low > feed.store.settled.get(feed.name, 0):
            settle_calls(feed.store, feed.name, low)


def turn(feed: Feed, knobs: Knobs, at: float) -> None:
    """Set the knobs; events made before keep their instants, those no longer withheld come out."""
    if feed.knobs.withhold >= 1 > knobs.withhold:
        feed.released = at
    feed.knobs = knobs
    held, feed.withheld = feed.withheld, []
    for event in held:
        if _is_withheld(knobs, event):
            feed.withheld.append(event)
        else:
            heappush(feed.waiting, event._replace(due=max(event.due, at)))
    feed.arrived.set()


def start_again(feed: Feed) -> None:
    """Forget all events, for the store was emptied."""
    feed.next_call = 0
    for events in (feed.waiting, feed.withheld, feed.open):
        events.clear()


def skip_all(feed: Feed) -> None:
    """Forget the events of what was accepted so far, withheld or not."""
    start_again(feed)
    feed.next_call = len(feed.store.call_ats)
    if feed.next_call > feed.store.settled.get(feed.name, 0):
        settle_calls(feed.store, feed.name, feed.next_call)


async def wait(feed: Feed, at: float, seconds: float) -> None:
    """Return when an event may be due, and after `seconds` at the latest."""
    feed.arrived.clear()
    due = next_due(feed, at)
    if due is not None:
        seconds = min(seconds, max(due - at, 0.0))
    try:
        await asyncio.wait_for(feed.arrived.wait(), seconds)
    except TimeoutError:
        return


def close_feed(feed: Feed) -> None:
    """Send home whoever waits."""
    feed.closed = True
    feed.arrived.set()


def steps(feed: Feed, message: int) -> list[Step]:
    """Return the events that this feed has of a message, by `step`."""
    store = feed.store
    addresses, outcome = store.recipients[message - 1].split(" "), store.outcomes[message - 1]
    every = steps_of(addresses, outcome)
    if feed.style.notification:
        return [step for step in every if step[0] in {"Bounce", "Complaint", "Delivery"}]
    return every


def call_of(store: Store, message: int) -> int:
    """Return the number of the call that a message came in."""
    return bisect_right(store.call_firsts, message) - 1


def _make(feed: Feed, at: float) -> None:
    """Make the events of the next calls until one is due or there can be none."""
    ats, least = feed.store.call_ats, feed.knobs.delay_seconds[0]
    while feed.next_call < len(ats) and ats[feed.next_call] + least <= at:
        if feed.waiting and feed.waiting[0].due <= at:
            return
        _make_call(feed, feed.next_call)
        feed.next_call += 1


def _make_call(feed: Feed, call: int) -> None:
    """Make all events of one call."""
    store = feed.store
    if feed.style.only_configured:
        record = read(store.log, store.call_offsets[call], store.call_lengths[call])
        if not record["configuration_set"]:
            return
    events: list[Planned] = []
    for message in range(_first_of(store, call), _first_of(store, call + 1)):
        n_steps = len(steps(feed, message))
        events += plan(feed.knobs, message, n_steps, store.call_ats[call])
    if events:
        feed.open[call] = len(events)
    for event in events:
        heappush(feed.waiting, event)


def _first_of(store: Store, call: int) -> int:
    """Return the first message of a call; one past the last message for the call after the last."""
    if call < len(store.call_firsts):
        return store.call_firsts[call]
    return len(store.recipients) + 1


def _is_withheld(knobs: Knobs, event: Planned) -> bool:
    """Return whether these knobs withhold the event; a repeat is treated as its first one is."""
    if not knobs.withhold:
        return False
    return fate_of(knobs, event.message, event.step).withhold < knobs.withhold
