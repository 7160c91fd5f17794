from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Subscriber
from localdev.demo.readers import give_followers, sample_readers
from tests.factories import make_category, make_subscriber

_SLUGS = ["ai", "devops", "security"]


@given(n=st.integers(1, 700), slugs=st.lists(st.sampled_from(_SLUGS), min_size=1, unique=True))
def test_sample_readers_are_as_many_as_asked_for_and_each_follows_something(
    n: int, slugs: list[str]
) -> None:
    readers = sample_readers(n, slugs, "weekend")

    assert len({reader["address"] for reader in readers}) == n
    assert readers == sample_readers(n, slugs, "weekend")
    for reader in readers:
        assert reader["categories"] == ["weekend"] or set(reader["categories"]) <= set(slugs)
        assert reader["categories"]


def test_sample_readers_have_every_cut_and_the_simulators_mailboxes() -> None:
    readers = sample_readers(300, _SLUGS, "weekend")
    cuts = Counter((*reader["categories"], reader["depth"]) for reader in readers)
    addresses = [reader["address"] for reader in readers]

    assert len(cuts) >= 21
    assert sum(n for cut, n in cuts.items() if cut[0] == "weekend") == 12
    assert "reader-001@readers.example" in addresses
    for mailbox in ("success", "bounce", "complaint"):
        assert f"{mailbox}@simulator.amazonses.com" in addresses


def test_give_followers_leaves_categories_that_have_some(session: Session) -> None:
    old, new = make_category(session, "ai"), make_category(session, "data")
    for reader in sample_readers(60, ["ai"], "weekend"):
        make_subscriber(session, reader["address"], follows=old.mask)
    someone = make_subscriber(session, "person@example.com", follows=old.mask)

    n_changed = give_followers(session, ["ai", "data"])

    followers = session.scalars(
        select(Subscriber).where(Subscriber.follows.bitwise_and(new.mask) != 0)
    ).all()
    assert 0 < n_changed == len(followers) < 60
    assert someone not in followers
    assert give_followers(session, ["ai", "data"]) == 0
