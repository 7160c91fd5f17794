from hypothesis import given
from hypothesis import strategies as st

from app.rendering.story_views import SHORT_CHARS, short_titles

_TITLES = st.lists(st.sampled_from(["One", "one", "One (2)", "Two words " * 5]) | st.text())


@given(_TITLES)
def test_short_titles_are_as_many_and_no_two_alike(titles: list[str]) -> None:
    names = list(short_titles(titles))
    assert len(names) == len(titles)
    assert len({name.casefold() for name in names}) == len(names)


def test_short_titles_are_cut_between_words_and_numbered_when_they_would_read_alike() -> None:
    title = "A quiet fix for a loud bug in a session store"
    assert list(short_titles([title, "Short", title])) == [
        "A quiet fix for a loud bug…",
        "Short",
        "A quiet fix for a loud bug… (2)",
    ]
    assert len("A quiet fix for a loud bug…") <= SHORT_CHARS
