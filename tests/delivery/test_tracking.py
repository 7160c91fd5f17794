"""What a reader is mailed where links are tracked, and what is not even asked for where not."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.session import Sessions
from app.delivery.editions import render_pending
from app.delivery.send import Sender, send_batch
from app.enums import EditionState, LinkKind, Tracking
from app.link_tokens import LinkSigner, LinkTo, within
from app.models import Category, Edition, Issue, Publication, Story, Subscriber, TrackedLink
from app.rendering.merge import fill
from app.rendering.templates import our_templates
from tests.delivery.conftest import BASE_URL
from tests.fakes import KeepingTransport

SIGNER = LinkSigner(["a key for tests"])
TEMPLATES = our_templates()

Launch = Callable[[Issue], Issue]
Set = Callable[..., None]


@pytest.fixture
def set_publication(session: Session) -> Set:
    def change(**values: Any) -> None:
        for name, value in values.items():
            setattr(session.get_one(Publication, 1), name, value)
        session.commit()

    return change


@pytest.fixture
def go_out(
    session: Session,
    sessions: Sessions,
    issue: Issue,
    categories: dict[str, Category],
    add_readers: Callable[..., None],
    launched: Launch,
    now: datetime,
) -> Callable[[], list[Edition]]:
    """Launch the issue to three readers of one cut and render it, ready to be sent."""

    def launch_and_render() -> list[Edition]:
        add_readers(3, categories["ai"].mask)
        launched(issue)
        for edition_id in session.scalars(select(Edition.id)).all():
            render_pending(sessions, edition_id, TEMPLATES, BASE_URL, now, sign=SIGNER.sign)
        session.expire_all()
        return list(session.scalars(select(Edition)))

    return launch_and_render


def test_each_reader_has_codes_of_their_own_when_they_are_kept_apart(
    session: Session,
    issue: Issue,
    go_out: Callable[[], list[Edition]],
    set_publication: Set,
    make_sender: Callable[..., Sender],
    transport: KeepingTransport,
) -> None:
    set_publication(tracking=Tracking.PER_READER, tracks_opens=True)
    go_out()
    session.scalars(select(Subscriber).order_by(Subscriber.id)).all()[1].refuses_tracking = True
    session.commit()
    send_batch(make_sender(transport))
    ((mail, recipients),) = transport.calls
    ids = session.scalars(select(Subscriber.id).order_by(Subscriber.id)).all()
    readers = session.execute(select(Subscriber.id, Subscriber.public_id))
    public_ids: dict[int, int] = {row.id: row.public_id for row in readers}
    behind = [one.fields["reader"] for one in recipients]
    assert behind[1] == ""
    for place in (0, 2):
        found = SIGNER.read_reader(issue.public_id, behind[place][1:], public_ids.get)
        assert found == ids[place]
        assert f'{behind[place]}"' in fill(mail.html, recipients[place].fields)
    assert "{{reader}}" not in mail.text


def test_no_reader_is_known_when_counts_are_enough(
    go_out: Callable[[], list[Edition]],
    set_publication: Set,
    make_sender: Callable[..., Sender],
    transport: KeepingTransport,
) -> None:
    set_publication(tracking=Tracking.COUNTS)
    go_out()
    send_batch(make_sender(transport))
    ((mail, recipients),) = transport.calls
    assert f"{BASE_URL}/c/" in mail.html
    assert all("reader" not in one.fields for one in recipients)


@pytest.mark.parametrize("later", [Tracking.OFF, Tracking.COUNTS])
def test_mail_keeps_to_what_is_set_when_it_is_sent_and_not_when_it_was_rendered(
    go_out: Callable[[], list[Edition]],
    set_publication: Set,
    make_sender: Callable[..., Sender],
    transport: KeepingTransport,
    later: Tracking,
) -> None:
    set_publication(tracking=Tracking.PER_READER)
    (edition,) = go_out()
    set_publication(tracking=later)
    send_batch(make_sender(transport))
    ((mail, recipients),) = transport.calls
    assert "{{reader}}" not in mail.html
    assert (f"{BASE_URL}/c/" in mail.html) == (later is Tracking.COUNTS)
    assert all("reader" not in one.fields for one in recipients)
    if later is Tracking.OFF:
        assert mail.html == edition.html


def test_pixel_is_left_out_when_opens_were_switched_off_since_the_rendering(
    go_out: Callable[[], list[Edition]],
    set_publication: Set,
    make_sender: Callable[..., Sender],
    transport: KeepingTransport,
) -> None:
    set_publication(tracking=Tracking.COUNTS, tracks_opens=True)
    (edition,) = go_out()
    assert (edition.tracked_html or "").count(f"{BASE_URL}/o/") == 1
    set_publication(tracks_opens=False)
    send_batch(make_sender(transport))
    ((mail, _),) = transport.calls
    assert "<img" not in mail.html
    assert f"{BASE_URL}/c/" in mail.html
    assert mail.html.endswith("</body></html>")


def test_nothing_is_tracked_and_nothing_written_when_it_is_off(
    session: Session,
    go_out: Callable[[], list[Edition]],
    make_sender: Callable[..., Sender],
    transport: KeepingTransport,
) -> None:
    (edition,) = go_out()
    send_batch(make_sender(transport))
    assert edition.tracked_html is None
    assert transport.calls[0][0].html == edition.html
    assert session.scalars(select(TrackedLink)).all() == []


def test_links_of_an_issue_are_written_down_with_where_they_lead(
    session: Session,
    sessions: Sessions,
    issue: Issue,
    go_out: Callable[[], list[Edition]],
    set_publication: Set,
    now: datetime,
) -> None:
    set_publication(tracking=Tracking.COUNTS, tracks_opens=True)
    (edition,) = go_out()
    stories = session.scalars(select(Story).order_by(Story.id)).all()[:2]
    kept = {
        LinkTo(row.issue_id, row.kind, row.story_id, row.key): row.url
        for row in session.scalars(select(TrackedLink))
    }
    assert {link: url for link, url in kept.items() if link.kind is LinkKind.STORY} == {
        LinkTo(issue.id, LinkKind.STORY, story.id): story.url for story in stories
    }
    assert kept[LinkTo(issue.id, LinkKind.PIXEL)] == ""
    # Rendered anew after a correction, the counts stay and the address is the new one.
    first = session.get_one(TrackedLink, (issue.id, LinkKind.STORY, stories[0].id, 0))
    first.n_human, stories[0].url = 3, "https://example.com/mended"
    edition.state = EditionState.PENDING
    session.commit()
    render_pending(sessions, edition.id, TEMPLATES, BASE_URL, now, sign=SIGNER.sign)
    session.refresh(first)
    assert (first.n_human, first.url) == (3, "https://example.com/mended")


def test_link_within_a_text_leads_where_it_did_when_the_text_was_corrected(
    session: Session,
    sessions: Sessions,
    issue: Issue,
    go_out: Callable[[], list[Edition]],
    set_publication: Set,
    now: datetime,
) -> None:
    set_publication(tracking=Tracking.COUNTS)
    story = session.scalars(select(Story).order_by(Story.id)).all()[0]
    wrong, right = "https://example.com/wrong", "https://example.com/right"
    story.summary = f"See [them]({wrong})."
    session.commit()
    (edition,) = go_out()
    story.summary = f"See [them]({right})."
    edition.state = EditionState.PENDING
    session.commit()
    render_pending(sessions, edition.id, TEMPLATES, BASE_URL, now, sign=SIGNER.sign)
    session.expire_all()
    kept = select(TrackedLink).where(TrackedLink.kind == LinkKind.WITHIN)
    assert {row.key: row.url for row in session.scalars(kept)} == {
        within(issue.id, story.id, url).key: url for url in (wrong, right)
    }
    code = SIGNER.sign(within(issue.id, story.id, right), issue.public_id)
    assert f'"{BASE_URL}/c/{code}"' in (edition.tracked_html or "")
