from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from app.actors import CLI
from app.db.session import Sessions, transaction
from app.errors import AlreadyExists, Conflict, InvalidInput, NotFound
from app.models import MAX_CATEGORIES, CategoryState, Publication
from app.publication.categories import (
    add_category,
    change_category,
    chosen_follows,
    cut_of,
    follows_of,
    get_category,
    get_shown_category,
    open_categories,
    shown_categories,
    slugs_of,
)
from tests.factories import make_category


def test_add_category_gives_each_its_own_bit_up_to_the_limit(
    session: Session, now: datetime
) -> None:
    made = [add_category(session, CLI, f"Number {n}", now=now) for n in range(MAX_CATEGORIES)]
    assert [category.bit for category in made] == list(range(MAX_CATEGORIES))
    assert sum(category.mask for category in made) == 2**MAX_CATEGORIES - 1
    with pytest.raises(Conflict, match="63"):
        add_category(session, CLI, "One more", now=now)


@pytest.mark.parametrize("same", ["ai", " A I ", "\uff21\uff29", "a\u200bi"])
def test_name_is_refused_when_another_category_has_it(
    session: Session, now: datetime, same: str
) -> None:
    add_category(session, CLI, "AI", now=now)
    other = add_category(session, CLI, "DevOps", now=now)
    with pytest.raises(AlreadyExists, match="There is a category “AI” already"):
        add_category(session, CLI, same, now=now)
    with pytest.raises(AlreadyExists, match="There is a category “AI” already"):
        change_category(session, CLI, other, {"name": same}, now)
    assert other.name == "DevOps"


def test_category_may_be_renamed_to_its_own_name_in_other_letters(
    session: Session, now: datetime
) -> None:
    category = add_category(session, CLI, "Ai", now=now)
    change_category(session, CLI, category, {"name": " AI  today"}, now)
    assert (category.name, category.slug) == ("AI today", "ai")


def test_slug_that_was_given_is_refused_when_it_is_taken(session: Session, now: datetime) -> None:
    add_category(session, CLI, "AI", now=now)
    with pytest.raises(AlreadyExists, match="The category “ai” exists already"):
        add_category(session, CLI, "Other", now=now, slug="ai")


def test_names_that_suggest_one_slug_get_one_each(session: Session, now: datetime) -> None:
    names = ("C", "C#", "C++", "Node.js", "Früh", "Fruh")
    made = [add_category(session, CLI, name, now=now).slug for name in names]
    assert made == ["c", "c-sharp", "c-plus-plus", "node-js", "fruh", "fruh-2"]


def test_accent_that_cannot_be_read_is_refused_and_what_was_there_stays_as_it_is(
    session: Session, now: datetime
) -> None:
    with pytest.raises(InvalidInput, match=r"2\.8 to 1") as error:
        add_category(session, CLI, "AI", now=now, accent="#999999", accent_dark="#111111")
    assert [one.pointer for one in error.value.errors] == ["/accent", "/accent_dark"]
    pale = make_category(session, "pale", accent="#EEEEEE", accent_dark="#B3A4FF")
    change_category(session, CLI, pale, {"accent": "#EEEEEE", "position": 3}, now)
    with pytest.raises(InvalidInput) as error:
        change_category(session, CLI, pale, {"accent": "#DDDDDD"}, now)
    assert [one.pointer for one in error.value.errors] == ["/accent"]
    assert pale.accent == "#EEEEEE"


def test_category_is_made_by_its_name_alone_on_a_card_that_its_usual_accents_are_faint_on(
    session: Session, now: datetime
) -> None:
    session.get_one(Publication, 1).look = {"light": {"card": "#5B3FD6"}}
    assert add_category(session, CLI, "AI", now=now).accent == "#5B3FD6"
    with pytest.raises(InvalidInput, match="has a contrast of 1 to 1"):
        add_category(session, CLI, "ML", now=now, accent="#5B3FD6")


@pytest.mark.parametrize("name", ["—", "!!", " ", "\u200b"])
def test_add_category_refuses_a_name_without_letters(
    session: Session, now: datetime, name: str
) -> None:
    with pytest.raises(InvalidInput, match="letter, a digit or a picture"):
        add_category(session, CLI, name, now=now)


def test_two_at_once_cannot_take_one_name(sessions: Sessions, now: datetime) -> None:
    """The second waits for the first one's end, and then sees its name."""
    with sessions() as first, sessions() as second:
        add_category(first, CLI, "AI", now=now)
        second.connection().exec_driver_sql("SET lock_timeout = '50ms'")
        with pytest.raises(Exception, match="lock timeout"):
            add_category(second, CLI, "ai", now=now)
        second.rollback()
        first.commit()
        with pytest.raises(AlreadyExists):
            add_category(second, CLI, "ai", now=now)


def test_only_open_categories_can_be_chosen(session: Session) -> None:
    for slug, state in (("a", "open"), ("b", "hidden"), ("c", "retired"), ("d", "open")):
        make_category(session, slug, state=CategoryState(state))
    assert [one.slug for one in open_categories(session)] == ["a", "d"]
    assert [one.slug for one in shown_categories(session)] == ["a", "c", "d"]
    assert follows_of(session, None) == 0b1001
    assert cut_of(session, None) == 0b1111
    assert cut_of(session, ["b", "c"]) == 0b0110
    with pytest.raises(InvalidInput) as refused:
        follows_of(session, ["a", "b", "c", "x"])
    assert [(one.pointer, one.detail.partition(":")[0]) for one in refused.value.errors] == [
        ("/categories/1", "“b” is hidden"),
        ("/categories/2", "“c” is retired"),
        ("/categories/3", "“x” is no category"),
    ]
    assert get_category(session, "b").slug == "b"
    with pytest.raises(NotFound):
        get_shown_category(session, "b")


def test_reader_keeps_what_they_followed_before_it_was_closed(session: Session) -> None:
    for slug, state in (("a", "open"), ("b", "hidden"), ("c", "retired")):
        make_category(session, slug, state=CategoryState(state))
    assert chosen_follows(session, ["a"], 0b110) == 0b111
    assert chosen_follows(session, [], 0b101) == 0b100
    assert follows_of(session, ["a", "c"], before=0b100) == 0b101
    assert follows_of(session, ["a"], before=0b100) == 0b001


@pytest.mark.parametrize("state", CategoryState)
@pytest.mark.parametrize("after", CategoryState)
def test_any_state_may_follow_any_other(
    sessions: Sessions, now: datetime, state: CategoryState, after: CategoryState
) -> None:
    with transaction(sessions) as session:
        change_category(session, CLI, make_category(session, state=state), {"state": after}, now)
    with transaction(sessions) as session:
        assert get_category(session, "ai").state is after


def test_follows_of_is_undone_by_slugs_of(session: Session, now: datetime) -> None:
    for name in ("AI", "DevOps", "Security"):
        add_category(session, CLI, name, now=now)
    follows = follows_of(session, ["security", "ai"])
    assert slugs_of(session, follows) == ["ai", "security"]
    assert slugs_of(session, follows_of(session, None)) == ["ai", "devops", "security"]
    assert follows_of(session, []) == 0


def test_follows_of_names_every_unknown_slug(session: Session, now: datetime) -> None:
    add_category(session, CLI, "AI", now=now)
    with pytest.raises(InvalidInput) as refused:
        follows_of(session, ["x", "ai", "y"])
    assert [error.pointer for error in refused.value.errors] == ["/categories/0", "/categories/2"]


def test_get_category_is_not_found_when_there_is_none(session: Session) -> None:
    with pytest.raises(NotFound):
        get_category(session, "ai")
