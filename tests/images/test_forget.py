"""Images go that nothing names, and no others; bytes go first, then what is known of them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.actors import CLI
from app.db.session import Sessions
from app.images.forget import KEPT_FOR, forget_images
from app.images.stored import stored_images
from app.images.stores import FolderImages
from app.images.upload import keep_image
from app.issues.dropping import drop_story
from app.issues.stories import change_story
from app.look import OURS, Look
from app.models import Image, Issue, Revision, Story
from app.publication.looks import change_look
from tests.factories import make_category, make_issue, make_story
from tests.images.files import image_file


@pytest.fixture
def store(tmp_path: Path) -> FolderImages:
    return FolderImages(tmp_path / "images")


@pytest.fixture
def name(sessions: Sessions, store: FolderImages, now: datetime) -> str:
    return keep_image(sessions, store, CLI, image_file(), 10, now).name


def _tidied(sessions: Sessions, session: Session, store: FolderImages, now: datetime) -> None:
    session.rollback()
    forget_images(sessions, store, now)


def test_image_that_nothing_names_goes_after_its_time(
    sessions: Sessions, session: Session, store: FolderImages, name: str, now: datetime
) -> None:
    _tidied(sessions, session, store, now + KEPT_FOR)
    assert store.get(name)
    _tidied(sessions, session, store, now + KEPT_FOR + timedelta(seconds=1))
    assert store.get(name) is None
    assert session.scalars(select(Image)).all() == []


def test_upload_again_begins_its_time_anew(
    sessions: Sessions, session: Session, store: FolderImages, name: str, now: datetime
) -> None:
    later = now + KEPT_FOR
    keep_image(sessions, store, CLI, image_file(), 10, later)
    _tidied(sessions, session, store, later + timedelta(days=1))
    assert store.get(name)


@pytest.mark.parametrize("field", ["logo", "logo_dark"])
def test_image_that_the_look_shows_or_showed_in_mails_that_are_out_stays(
    sessions: Sessions, session: Session, store: FolderImages, name: str, now: datetime, field: str
) -> None:
    look = Look.model_validate({field: f"https://news.example.com/images/{name}"})
    later = now + 2 * KEPT_FOR
    for one in (look, OURS):
        change_look(session, CLI, one, now)
        session.commit()
        _tidied(sessions, session, store, later)
        assert store.get(name)


def _named(session: Session, issue: Issue, story: Story, now: datetime) -> None:
    del issue, now
    session.refresh(story)


def _changed(session: Session, issue: Issue, story: Story, now: datetime) -> None:
    change_story(session, CLI, issue.id, story.id, {"image": ""}, now)


def _in_article(session: Session, issue: Issue, story: Story, now: datetime) -> None:
    name = story.image
    article = f"Words\n![A square](https://digest.example/images/{name} 'Drawn')"
    change_story(session, CLI, issue.id, story.id, {"image": "", "article": article}, now)
    session.execute(delete(Revision))


def _in_an_old_article(session: Session, issue: Issue, story: Story, now: datetime) -> None:
    _in_article(session, issue, story, now)
    change_story(session, CLI, issue.id, story.id, {"article": ""}, now)


def _dropped_with_article(session: Session, issue: Issue, story: Story, now: datetime) -> None:
    _in_article(session, issue, story, now)
    drop_story(session, CLI, issue.id, story.id, now)


def _dropped(session: Session, issue: Issue, story: Story, now: datetime) -> None:
    drop_story(session, CLI, issue.id, story.id, now)


@pytest.mark.parametrize(
    "step",
    [_named, _changed, _dropped, _in_article, _in_an_old_article, _dropped_with_article],
)
def test_image_that_a_story_names_or_named_once_is_kept(
    sessions: Sessions,
    session: Session,
    store: FolderImages,
    name: str,
    now: datetime,
    step: Callable[[Session, Issue, Story, datetime], Any],
) -> None:
    issue = make_issue(session)
    story = make_story(session, issue, make_category(session), image=name, image_alt="A square")
    session.commit()
    step(session, issue, story, now)
    session.commit()
    _tidied(sessions, session, store, now + 2 * KEPT_FOR)
    assert store.get(name)
    assert name in stored_images(session, [name])


def test_image_of_an_article_goes_when_its_time_is_over_after_it_was_last_found(
    sessions: Sessions, session: Session, store: FolderImages, name: str, now: datetime
) -> None:
    story = make_story(
        session, make_issue(session), make_category(session), article=f"![a]({name})"
    )
    session.commit()
    found = now + 2 * KEPT_FOR
    _tidied(sessions, session, store, found)
    assert session.scalars(select(Image.kept_at)).one() == found
    session.delete(session.get_one(Story, story.id))
    session.commit()
    _tidied(sessions, session, store, found + KEPT_FOR)
    assert store.get(name)
    _tidied(sessions, session, store, found + KEPT_FOR + timedelta(seconds=1))
    assert store.get(name) is None


def test_what_the_store_does_not_delete_is_tried_again(
    sessions: Sessions, session: Session, tmp_path: Path, name: str, now: datetime
) -> None:
    (tmp_path / "file").touch()
    broken = FolderImages(tmp_path / "file")
    _tidied(sessions, session, broken, now + 2 * KEPT_FOR)
    assert session.scalars(select(Image.deleting_at)).one() is not None
    assert stored_images(session, [name]) == {}
    _tidied(sessions, session, FolderImages(tmp_path / "images"), now + 2 * KEPT_FOR)
    assert session.scalars(select(Image)).all() == []
