"""How long texts take to read, with and without blanks between their words."""

import pytest

from app.reading_time import minutes_to_read

_JAPANESE = "日本語の文章には、単語のあいだに空白がありません。"
_CHINESE = "中文的句子里没有空格、所以要数字。"
_THAI = "ภาษาไทยเขียนติดกันโดยไม่เว้นวรรคระหว่างคำ"


def test_words_are_counted_where_blanks_divide_them() -> None:
    assert minutes_to_read(["word " * 459 + "word"]) == 2
    assert minutes_to_read(["phrase très courte "] * 77) == 1
    assert minutes_to_read(["слово " * 690]) == 3


@pytest.mark.parametrize("text", [_JAPANESE, _CHINESE])
def test_signs_are_counted_in_scripts_without_blanks(text: str) -> None:
    n = 9_960 // len(text)
    assert minutes_to_read([text] * n) == 20
    assert minutes_to_read([text * n]) == 20, "however many texts they stand in"


def test_letters_are_counted_in_thai() -> None:
    n = 230 * 5 * 4 // len(_THAI)
    assert minutes_to_read([_THAI * n]) == 4


def test_words_among_signs_count_as_words() -> None:
    assert minutes_to_read(["新しいGPT-5のモデル、" * 230]) == round(
        1 + 230 * len("新しいのモデル、") / 500
    )


def test_korean_counts_its_words() -> None:
    assert minutes_to_read(["한국어는 띄어 씁니다 " * 153]) == 2


@pytest.mark.parametrize("texts", [[], [""], ["one"], ["語"]])
def test_nothing_takes_less_than_a_minute(texts: list[str]) -> None:
    assert minutes_to_read(texts) == 1
