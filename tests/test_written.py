"""A reason, a note and a name have their limits in the command, whoever calls it."""

import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.access.keys import make_key
from app.actors import CLI
from app.addresses import parse_address
from app.delivery.account import pause_account
from app.delivery.suppression import lift, suppress
from app.enums import Scope, SuppressionReason
from app.errors import InvalidInput, NotFound
from app.issues.checks.waivers import waive
from app.issues.corrections import correct
from app.issues.lifecycle import pause
from app.issues.taking_down import take_down_issue, take_down_story
from app.written import MAX_NOTE, MAX_REASON, MAX_TEXT, check_written, text_faults

_ADA: Final = parse_address("ada@reader.example", allow_reserved=True)
_NOBODY: Final = 999
_ANY: Final[Any] = None  # what is asked for only once the text was found good
_KEY: Final = {"pepper": "of the tests"}

Command = Callable[[Session, str, datetime], object]
COMMANDS: Final[dict[str, tuple[Command, int, bool]]] = {
    "pause": (lambda s, text, now: pause(s, CLI, _NOBODY, now, text), MAX_REASON, True),
    "pause account": (lambda s, text, now: pause_account(s, CLI, text, now), MAX_REASON, True),
    "lift": (lambda s, text, now: lift(s, CLI, _ADA, because=text, now=now, **_KEY), 200, True),
    "suppress": (
        lambda s, text, now: suppress(
            s, CLI, _ADA, SuppressionReason.MANUAL, note=text, now=now, **_KEY
        ),
        MAX_TEXT,
        False,
    ),
    "waive": (
        lambda s, text, now: waive(s, CLI, _NOBODY, "x", _ANY, now, because=text),
        MAX_REASON,
        False,
    ),
    "correct": (
        lambda s, text, now: correct(
            s, CLI, _NOBODY, 1, {}, text, templates=_ANY, base_url="", now=now
        ),
        MAX_NOTE,
        True,
    ),
    "take down": (lambda s, text, now: take_down_issue(s, CLI, _NOBODY, text, now), MAX_NOTE, True),
    "take down a story": (
        lambda s, text, now: take_down_story(s, CLI, _NOBODY, 1, text, now),
        MAX_NOTE,
        True,
    ),
    "make a key": (lambda s, text, now: make_key(s, CLI, text, [Scope.READ], now), 60, True),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_command_refuses_what_is_too_long_or_no_text_and_takes_the_rest(
    session: Session, now: datetime, name: str
) -> None:
    command, most, is_needed = COMMANDS[name]
    for wrong in ["x" * (most + 1), "a\x00b", *([""] if is_needed else [])]:
        with pytest.raises(InvalidInput) as refused:
            command(session, wrong, now)
        assert len(refused.value.errors) == 1
    with contextlib.suppress(NotFound):  # the issue, which is asked for only now
        command(session, "x" * most, now)


@given(text=st.text(max_size=12))
def test_fault_is_named_exactly_when_the_text_is_not_stored(text: str) -> None:
    is_good = 1 <= len(text) <= 10 and not any(
        char < " " or "\x7f" <= char <= "\x9f" for char in text
    )
    assert (list(text_faults(text, least=1, most=10)) == []) == is_good
    if is_good:
        check_written("name", text, most=10)
