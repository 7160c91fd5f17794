from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.errors import AlreadyExists, Conflict, InvalidInput, NotFound
from app.models import MAX_CATEGORIES
from app.publication.categories import add_category, follows_of, get_category, slug_of, slugs_of


@given(st.text())
def test_slug_of_is_the_same_when_taken_twice(name: str) -> None:
    assert slug_of(slug_of(name)) == slug_of(name)


@pytest.mark.parametrize(
    ("name", "slug"),
    [("AI", "ai"), ("DevOps & Cloud", "devops-cloud"), ("Новости", "новости"), ("!!", "")],
)
def test_slug_of_reads_as_the_name_does(name: str, slug: str) -> None:
    assert slug_of(name) == slug


def test_add_category_gives_each_its_own_bit_up_to_the_limit(
    session: Session, now: datetime
) -> None:
    made = [add_category(session, f"Number {n}", now=now) for n in range(MAX_CATEGORIES)]
    assert [category.bit for category in made] == list(range(MAX_CATEGORIES))
    assert sum(category.mask for category in made) == 2**MAX_CATEGORIES - 1
    with pytest.raises(Conflict, match="63"):
        add_category(session, "One more", now=now)


def test_add_category_refuses_a_slug_that_is_taken(session: Session, now: datetime) -> None:
    add_category(session, "AI", now=now)
    with pytest.raises(AlreadyExists):
        add_category(session, "ai", now=now)


def test_add_category_refuses_a_name_without_letters(session: Session, now: datetime) -> None:
    with pytest.raises(InvalidInput):
        add_category(session, "—", now=now)


def test_follows_of_is_undone_by_slugs_of(session: Session, now: datetime) -> None:
    for name in ("AI", "DevOps", "Security"):
        add_category(session, name, now=now)
    follows = follows_of(session, ["security", "ai"])
    assert slugs_of(session, follows) == ["ai", "security"]
    assert slugs_of(session, follows_of(session, None)) == ["ai", "devops", "security"]
    assert follows_of(session, []) == 0


def test_follows_of_names_every_unknown_slug(session: Session, now: datetime) -> None:
    add_category(session, "AI", now=now)
    with pytest.raises(InvalidInput) as refused:
        follows_of(session, ["x", "ai", "y"])
    assert [error.pointer for error in refused.value.errors] == ["/categories/0", "/categories/2"]


def test_get_category_is_not_found_when_there_is_none(session: Session) -> None:
    with pytest.raises(NotFound):
        get_category(session, "ai")
