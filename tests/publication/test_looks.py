"""Changing the look: kept as far as it is another than ours, and never when it cannot be read."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.errors import InvalidInput, Stale
from app.look import OURS, Dark, Light, Look
from app.models import AuditEntry
from app.publication.looks import change_look, check_own_templates
from app.publication.publication import get_publication, look_of
from app.rendering.templates import load_templates
from tests.factories import make_category

OWN = Look(light=Light(accent="#1F5FA8"), dark=Dark(accent="#8AB8F0"), radius=0)


def test_publication_looks_as_it_comes_until_it_is_changed(session: Session, now: datetime) -> None:
    row = get_publication(session)
    assert (look_of(row), row.look) == (OURS, {})
    change_look(session, CLI, OWN, now)
    assert look_of(row) == OWN
    assert row.look == {
        "light": {"accent": "#1F5FA8"},
        "dark": {"accent": "#8AB8F0"},
        "radius": 0,
    }
    assert row.version == 2
    (entry,) = session.scalars(select(AuditEntry))
    assert (entry.verb, entry.version) == ("change_look", 2)
    assert (entry.before["look"], entry.after["look"]) == ({}, row.look)


def test_same_look_again_changes_nothing(session: Session, now: datetime) -> None:
    change_look(session, CLI, OWN, now)
    assert change_look(session, CLI, OWN, now).version == 2
    assert change_look(session, CLI, OURS, now).look == {}


def test_look_is_not_changed_when_somebody_changed_it_before(
    session: Session, now: datetime
) -> None:
    change_look(session, CLI, OWN, now)
    with pytest.raises(Stale):
        change_look(session, CLI, OURS, now, expected={1})


@pytest.mark.parametrize(
    ("look", "pointers"),
    [
        (Look(light=Light(text="#999999")), ["/light/text", "/light/text"]),
        (Look(dark=Dark(accent="#5B3FD6")), ["/dark/accent", "/dark/accent", "/dark/on_accent"]),
        (Look(light=Light(card="#8F8A82")), ["/light/muted", "/light/accent", "/light/card"]),
    ],
)
def test_look_that_cannot_be_read_is_refused_whole(
    session: Session, now: datetime, look: Look, pointers: list[str]
) -> None:
    make_category(session, "ai", name="AI", accent="#5B3FD6", accent_dark="#B3A4FF")
    with pytest.raises(InvalidInput, match="has a contrast of") as error:
        change_look(session, CLI, look, now)
    assert [one.pointer for one in error.value.errors] == pointers
    assert look_of(get_publication(session)) == OURS


def test_accent_that_was_faint_before_does_not_keep_the_look_from_changing(
    session: Session, now: datetime
) -> None:
    make_category(session, "pale", accent="#EEEEEE", accent_dark="#B3A4FF")
    change_look(session, CLI, OWN, now)
    assert look_of(get_publication(session)) == OWN


def test_look_is_refused_where_an_own_template_cannot_be_read_in_it(
    session: Session, tmp_path: Path
) -> None:
    (tmp_path / "sections").mkdir()
    band = '{% extends "sections/default.mjml.j2" %}{% block band %}\n'
    band += '<h2 style="color:#777777">{{ section.name }}</h2>{% endblock %}'
    (tmp_path / "sections" / "ai.mjml.j2").write_text(band)
    templates = load_templates(own=tmp_path)
    check_own_templates(session, OURS, templates)
    ai = make_category(session, "ai", name="AI", accent="#5B3FD6", accent_dark="#B3A4FF")
    ai.template = ""
    with pytest.raises(InvalidInput, match=r"AI: sections/ai\.mjml\.j2:2: .*4.4 to 1") as error:
        check_own_templates(session, OURS, templates)
    assert [one.pointer for one in error.value.errors] == [""]
