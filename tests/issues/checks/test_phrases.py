"""Phrases and capitals: what is told of them, and where."""

from dataclasses import replace

from tests.issues.checks.told import COMPILER, MODEL, facts, found


def test_loud_title_is_no_loud_subject_when_the_subject_does_not_say_it() -> None:
    loud = replace(MODEL, title="THE MODEL EXPLAINS IT ALL")
    assert found(facts(stories=(COMPILER, loud))) == []
