"""Two people, the API, drops, moves and kills, in any order: all end with the same stories.

Every character that anybody typed is a sign of its own, so that one which was lost, or stands
twice, is found.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.actors import CLI
from app.content.drafts import StoryDraft
from app.editing.settle import settle
from app.editing.shape import keys_of, read_story
from app.editing.store import read_head
from app.issues.arranging import order_stories
from app.issues.dropping import drop_story, dropped_stories, restore_story
from app.issues.stories import add_story, change_story, stories_of
from app.publication.categories import categories_by_name
from app.story_fields import STORY_FIELDS, stored
from tests.editing.writers import ADA, BO, Writer, rows_of
from tests.factories import make_category, make_issue, make_story

N_STORIES: Final = 3
TEXTS: Final = ("title", "summary", "article")
_who = st.integers(0, 1)
_story = st.integers(0, N_STORIES - 1)
_field = st.sampled_from(TEXTS)
_at = st.integers(0, 40)
STEPS: Final = st.lists(
    st.one_of(
        st.tuples(st.just("type"), _who, _story, _field, _at),
        st.tuples(st.just("type_entry"), _who, _story),
        st.tuples(st.just("add_entry"), _who, _story, st.floats(-5, 9)),
        st.tuples(st.just("place"), _who, _story, st.floats(-5, 9)),
        st.tuples(st.just("drop"), _who, _story, st.booleans()),
        st.tuples(st.just("category"), _who, _story, st.sampled_from(["ai", "devops", None])),
        st.tuples(st.just("add"), _who, st.floats(-5, 9)),
        st.tuples(st.just("send"), _who),
        st.tuples(st.just("hear"), _who),
        st.tuples(st.just("rejoin"), _who),
        st.just(("settle",)),
        st.tuples(st.just("api_change"), _story, _field, _at),
        st.tuples(st.just("api_entry"), _story),
        st.tuples(st.just("api_order"), st.randoms(use_true_random=False)),
        st.tuples(st.just("api_drop"), _story),
        st.tuples(st.just("api_restore"), _story),
        st.just(("api_add",)),
    ),
    max_size=40,
)


class World:
    """One issue, two writers, and the API beside them."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session, self.now = session, now
        issue = make_issue(session)
        category = _category(session)
        self.ids = [make_story(session, issue, category).id for _ in range(N_STORIES)]
        self.issue_id = issue.id
        session.commit()
        self.writers = [Writer(session, issue.id, who, now).joined() for who in (ADA, BO)]
        self.typed: list[str] = []

    def sign(self) -> str:
        """Return a character that nobody typed yet."""
        self.typed.append(chr(0x4E00 + len(self.typed)))
        return self.typed[-1]

    def step(self, name: str, *given: Any) -> None:
        getattr(self, f"do_{name}")(*given)

    def do_type(self, who: int, story: int, field: str, at: int) -> None:
        writer, key = self.writers[who], f"s{self.ids[story]}"
        writer.type(key, field, self.sign(), min(at, len(writer.text(key, field))))

    def do_type_entry(self, who: int, story: int) -> None:
        key = f"s{self.ids[story]}"
        if self.writers[who].keys(key, "deep_dive"):
            self.writers[who].type_entry(key, "deep_dive", 0, self.sign())

    def do_add_entry(self, who: int, story: int, place: float) -> None:
        sign = self.sign()
        entry = f"e{ord(sign)}"
        self.writers[who].add_entry(f"s{self.ids[story]}", "deep_dive", entry, place, sign)

    def do_place(self, who: int, story: int, place: float) -> None:
        self.writers[who].place(f"s{self.ids[story]}", place)

    def do_drop(self, who: int, story: int, is_dropped: bool) -> None:  # noqa: FBT001  # a drawn value
        self.writers[who].drop(f"s{self.ids[story]}", is_dropped=is_dropped)

    def do_category(self, who: int, story: int, slug: str | None) -> None:
        self.writers[who].set(f"s{self.ids[story]}", "category", slug)

    def do_add(self, who: int, place: float) -> None:
        sign = self.sign()
        self.writers[who].add(f"new-{ord(sign)}", place, {"title": sign})

    def do_send(self, who: int) -> None:
        self.writers[who].send()

    def do_hear(self, who: int) -> None:
        self.writers[who].hear()

    def do_rejoin(self, who: int) -> None:
        """Lose the connection and what was on its way, and send again what the server lacks."""
        self.writers[who].rejoin()

    def do_settle(self) -> None:
        settle(self.session, self.issue_id, self.now)
        self.session.commit()

    def _row(self, story: int) -> Any:
        self.session.expire_all()
        rows = stories_of(self.session, self.issue_id)
        return next((row for row in rows if row.id == self.ids[story]), None)

    def do_api_change(self, story: int, field: str, at: int) -> None:
        if (row := self._row(story)) is not None:
            text = getattr(row, field)
            changes = {field: text[:at] + self.sign() + text[at:]}
            change_story(self.session, CLI, self.issue_id, row.id, changes, self.now)
            self.session.commit()

    def do_api_entry(self, story: int) -> None:
        if (row := self._row(story)) is not None:
            changes = {"deep_dive": [*row.deep_dive, self.sign()]}
            change_story(self.session, CLI, self.issue_id, row.id, changes, self.now)
            self.session.commit()

    def do_api_order(self, random: Any) -> None:
        order = [row.id for row in stories_of(self.session, self.issue_id)]
        random.shuffle(order)
        if order:
            order_stories(self.session, CLI, self.issue_id, order, self.now)
        self.session.commit()

    def do_api_drop(self, story: int) -> None:
        if (row := self._row(story)) is not None:
            drop_story(self.session, CLI, self.issue_id, row.id, self.now)
            self.session.commit()

    def do_api_restore(self, story: int) -> None:
        dropped = [one.story_id for one in dropped_stories(self.session, self.issue_id)]
        if self.ids[story] in dropped:
            restore_story(self.session, CLI, self.issue_id, self.ids[story], self.now)
        self.session.commit()

    def do_api_add(self) -> None:
        fields = {name: v for name, v in stored(StoryDraft()).items() if name != "category"}
        add_story(self.session, CLI, self.issue_id, fields | {"title": self.sign()}, self.now)
        self.session.commit()

    def end(self) -> None:
        """Everybody comes back, and everything is settled and heard."""
        for who in (0, 1):
            self.writers[who].rejoin()
        self.do_settle()
        for writer in self.writers:
            writer.hear()


def _category(session: Session) -> Any:
    found = {one.slug: one for one in categories_by_name(session).values()}
    for slug in ("ai", "devops"):
        found[slug] = found.get(slug) or make_category(session, slug)
    return found["ai"]


def _signs(writer: Writer) -> Iterator[str]:
    """Yield what stands in a copy, in dropped stories too."""
    for key in keys_of(writer.doc):
        written = read_story(writer.doc, key)
        assert written is not None
        for one in STORY_FIELDS:
            yield str(written.texts.get(one.name, ""))


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_all_end_with_the_same_stories_and_nothing_is_lost(
    session: Session, now: datetime, steps: list[tuple[Any, ...]]
) -> None:
    world = World(session, now)
    for step in steps:
        world.step(*step)
    world.end()
    ada, bo = world.writers
    assert ada.told() == bo.told() == rows_of(session, world.issue_id)
    head = read_head(session, world.issue_id)
    assert head is not None
    assert not head.problems
    assert not head.is_due
    whole = "".join(_signs(ada))
    assert [whole.count(sign) for sign in world.typed] == [1] * len(world.typed)
