"""Compose: read the content of an Edition from the database, as values for rendering."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.corrected import correction_of_mail
from app.enums import Depth, Tracking
from app.image_names import image_path
from app.images.stored import stored_images
from app.in_words import plain_date
from app.language import gettext, speaking
from app.models import Category, Correction, Image, Issue, Publication, Story
from app.publication.categories import all_categories
from app.publication.publication import get_publication, look_of
from app.rendering.images import ImageFacts
from app.rendering.inputs import (
    EditionFacts,
    EndingFacts,
    LineTemplates,
    PublicationFacts,
    Section,
    SponsorFacts,
    StoryFacts,
    TrackingFacts,
)
from app.story_fields import from_columns
from app.transports.headers import split_mailbox

NO_EDITION: Final = UUID(int=0)
"""Stands in the address of a web copy before there is one: as long, so that sizes are true."""


@dataclass(frozen=True)
class WholeIssue:
    """The content of an Issue, read once; `cut` returns that of one of its Editions.

    `categories` are all there are, in their order.
    """

    facts: EditionFacts
    publication: Publication
    categories: Sequence[Category]

    def cut(self, follows: int, depth: Depth) -> EditionFacts:
        """Return the part of it for the cut `follows` × `depth`; read nothing more."""
        slugs = {category.slug for category in self.categories if category.mask & follows}
        sections = tuple(section for section in self.facts.sections if section.slug in slugs)
        lines = lines_of(self.publication, self.categories, sections)
        return replace(self.facts, depth=depth, sections=sections, lines=lines)


def edition_facts(
    session: Session, issue: Issue, *, follows: int, depth: Depth, base_url: str, browser_url: str
) -> EditionFacts:
    """Return all that the cut `follows` × `depth` of an issue says; reads only.

    Categories come in their own order, stories in the editor's; a category of the cut without a
    story in this issue does not appear.
    """
    return whole_issue(session, issue, base_url, browser_url).cut(follows, depth)


def whole_issue(session: Session, issue: Issue, base_url: str, browser_url: str) -> WholeIssue:
    """Return all that an issue says, at full depth; reads only."""
    publication = get_publication(session)
    closed = not publication.archive_is_open
    categories = all_categories(session)
    stories = session.scalars(
        select(Story).where(Story.issue_id == issue.id).order_by(Story.position)
    ).all()
    correction = correction_of_mail(session, issue)
    images = stored_images(session, [story.image for story in stories])
    views = [
        _story_facts(
            story,
            _reading_page(session, base_url, issue, story, correction, closed=closed),
            has_article=bool(story.article) and publication.shows_articles,
            stored_image=_image_facts(images.get(story.image), base_url),
        )
        for story in stories
    ]
    homes = [story.category_id for story in stories]
    sections = [
        section_of(
            category, [one for home, one in zip(homes, views, strict=True) if home == category.id]
        )
        for category in categories
    ]
    sponsor = publication.sponsor if issue.sponsor is None else issue.sponsor
    sender = publication_facts(session, base_url)
    facts = EditionFacts(
        publication=sender,
        issued_on=issue.issued_on,
        subject=issue.subject,
        preheader=issue.preheader,
        depth=Depth.DEEP,
        sections=lead_first(sections, issue.lead_story_id),
        browser_url=browser_url,
        issue_url=_issue_page(session, base_url, issue, closed=closed),
        note=_note(session, correction, sender.spoken),
        opening=issue.opening,
        sign_off=sign_off_of(issue, publication),
        ending=_ending(issue, publication),
        sponsor=SponsorFacts(**sponsor) if sponsor and sponsor["text"] else None,
        tracking=_tracking(publication, issue),
        shows_all_points=publication.shows_all_points,
    )
    return WholeIssue(facts, publication, categories)


def _ending(issue: Issue, publication: Publication) -> EndingFacts:
    """Return what the end of its mails asks and offers; nobody likes a correction."""
    reply_to = publication.reply_to or publication.from_address
    return EndingFacts(
        asks_of=issue.id if publication.asks_if_good and issue.corrects_id is None else 0,
        reply_to=split_mailbox(reply_to)[1] if publication.offers_reply else "",
        shares=publication.offers_sharing,
    )


def sign_off_of(issue: Issue, publication: Publication) -> str:
    """Return the last words of an Issue: its own, or the publication's, if it is no correction."""
    return issue.sign_off or ("" if issue.corrects_id else publication.sign_off)


def lead_first(sections: Sequence[Section], story_id: int | None) -> tuple[Section, ...]:
    """Return the sections that have stories, with the lead story before them, in one of its own."""
    found: list[Section] = []
    for section in sections:
        lead = [story for story in section.stories if story.story_id == story_id]
        if lead:
            found.insert(0, replace(section, stories=tuple(lead), is_lead=True))
        rest = tuple(story for story in section.stories if story not in lead)
        if rest:
            found.append(replace(section, stories=rest))
    return tuple(found)


def publication_facts(session: Session, base_url: str) -> PublicationFacts:
    """Return who sends, as masthead and footer say it."""
    publication = get_publication(session)
    return PublicationFacts(
        name=publication.name,
        tagline=publication.tagline,
        postal_address=publication.postal_address,
        base_url=base_url,
        language=publication.language,
        look=look_of(publication),
    )


def _tracking(publication: Publication, issue: Issue) -> TrackingFacts | None:
    """Return what is recorded of this issue's clicks; None when nothing is."""
    if publication.tracking is Tracking.OFF:
        return None
    per_reader = publication.tracking is Tracking.PER_READER
    return TrackingFacts(
        issue.id, issue.public_id, per_reader=per_reader, opens=publication.tracks_opens
    )


def lines_of(
    publication: Publication, categories: Sequence[Category], sections: Sequence[Section]
) -> LineTemplates:
    """Return how subject and preheader are made.

    The one category that is shown decides, where it has templates of its own.
    """
    slugs = list(dict.fromkeys(section.slug for section in sections))
    own = next((one for one in categories if slugs == [one.slug]), None)
    return LineTemplates(
        (own.subject_template if own else "") or publication.subject_template,
        (own.preheader_template if own else "") or publication.preheader_template,
    )


def browser_url(base_url: str, public_id: UUID) -> str:
    """Return where an Edition is shown on the web."""
    return f"{base_url}/editions/{public_id}"


def without_web_copy(part: str, base_url: str) -> str:
    """Return a rendered part whose links to the web copy lead to the site; there is no copy yet."""
    return part.replace(browser_url(base_url, NO_EDITION), base_url)


def read_url(
    base_url: str, issue_id: int, story_id: int | None = None, key: UUID | None = None
) -> str:
    """Return where an Issue, or one of its stories, is read; `key` opens a closed archive."""
    page = f"{base_url}/read/{issue_id}" + ("" if story_id is None else f"/{story_id}")
    return page if key is None else f"{page}?key={key}"


def _note(session: Session, correction: Correction | None, spoken: str) -> str:
    """Return what the mail about a Correction says above its story, in the language `spoken`."""
    if correction is None:
        return ""
    day = session.get_one(Issue, correction.issue_id).issued_on
    with speaking(spoken):
        sentence = gettext("A correction to our issue of %(day)s.") % {"day": plain_date(day)}
    return f"{sentence} {correction.note}"


def _issue_page(session: Session, base_url: str, issue: Issue, *, closed: bool) -> str:
    """Return where an Issue is read; a mail about a correction leads to what it corrects."""
    readable = session.get_one(Issue, issue.corrects_id) if issue.corrects_id else issue
    return read_url(base_url, readable.id, None, readable.key if closed else None)


def _reading_page(
    session: Session,
    base_url: str,
    issue: Issue,
    story: Story,
    correction: Correction | None,
    *,
    closed: bool,
) -> str:
    """Return where a story is read; a corrected one is read where it first stood."""
    if correction is None:
        return read_url(base_url, issue.id, story.id, issue.key if closed else None)
    key = session.get_one(Issue, correction.issue_id).key if closed else None
    return read_url(base_url, correction.issue_id, correction.story_id, key)


def section_of(category: Category, stories: Sequence[StoryFacts]) -> Section:
    """Return a category's part of an Edition with these stories."""
    return Section(
        slug=category.slug,
        name=category.name,
        template=category.template,
        accent=category.accent,
        accent_dark=category.accent_dark,
        stories=tuple(stories),
    )


def _image_facts(image: Image | None, base_url: str) -> ImageFacts | None:
    if image is None:
        return None
    return ImageFacts(f"{base_url}{image_path(image.name)}", image.width, image.height)


def _story_facts(
    story: Story, url: str, *, has_article: bool, stored_image: ImageFacts | None
) -> StoryFacts:
    return StoryFacts(
        **from_columns(story, StoryFacts),
        minutes=story.minutes,
        url=story.url,
        read_url=url,
        has_article=has_article,
        story_id=story.id,
        stored_image=stored_image,
        reads_markdown=story.reads_markdown,
    )
