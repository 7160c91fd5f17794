"""Bytes of strangers: what is kept, and some at random, is refused by our own errors alone."""

from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import targets

CORPUS: Final = Path(__file__).parent / "corpus"
KEPT: Final = sorted(path for path in CORPUS.rglob("*") if path.is_file())
_MARKS: Final = st.sampled_from(
    [
        b"\r\n",
        b"\n",
        b"{",
        b"[",
        b'"',
        b",",
        b"=",
        b"--x7",
        b"\0",
        b"\xff",
        b"%00",
        b"<",
        b"*",
        b"`",
    ]
)
BYTES: Final = st.lists(st.one_of(_MARKS, st.binary(max_size=20)), max_size=40).map(b"".join)


def test_every_target_has_something_kept() -> None:
    assert {path.parent.name for path in KEPT} == set(targets.TARGETS)
    assert sum(path.stat().st_size for path in KEPT) < 100_000


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_kept_bytes_are_read_or_refused_whole_and_cut(path: Path) -> None:
    target, data = targets.TARGETS[path.parent.name], path.read_bytes()
    for end in {len(data), len(data) // 2, max(0, len(data) - 1)}:
        target(data[:end])


@pytest.mark.parametrize("name", targets.TARGETS)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=50)
@given(data=BYTES)
def test_bytes_at_random_are_read_or_refused(name: str, data: bytes) -> None:
    targets.TARGETS[name](data)


@pytest.mark.parametrize(
    "html",
    ["<script>", "<p onclick=x>", '<a href="javascript:x">', "<img src=data:x>", "<svg/onload=x>"],
)
def test_markup_that_could_run_is_told(html: str) -> None:
    with pytest.raises(AssertionError):
        targets.refuse_what_runs(html)


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "127.0.0.1", "::1", "224.0.0.1", "::ffff:8.8.8.8", "2002:808:808::1"]
)
def test_what_is_not_public_is_told(address: str) -> None:
    with pytest.raises(AssertionError):
        targets.refuse_what_is_not_public(address)
