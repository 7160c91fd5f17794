"""A sample mail of one category: how its template looks, with stories that say what they are."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.delivery.compose import (
    NO_EDITION,
    browser_url,
    lines_of,
    publication_facts,
    section_of,
    without_web_copy,
)
from app.enums import Depth
from app.issues.preview import SAMPLE_ADDRESS
from app.look import Look
from app.models import Category
from app.publication.lanes import local_day
from app.publication.publication import get_publication
from app.rendering.edition import render_edition
from app.rendering.inputs import EditionFacts, RenderedMail, StoryFacts
from app.rendering.merge import fill, preview_fields
from app.rendering.templates import Templates
from app.story_fields import Term

_WHOLE: Final = StoryFacts(
    title="A story that has everything a story can have",
    label="4 minute read",
    minutes=4,
    url="https://example.com/a-story",
    read_url="",
    summary="The summary says in one sentence what this is about, and every reader has it.",
    what="“What” tells what happened, in two or three sentences. Readers who like their digest "
    "brief have it, and those who like it deep.",
    why_it_matters="“Why it matters” says what is different from now on, and for whom.",
    takeaway="“Takeaway” is what to do or to remember.",
    deep_dive=(
        "“Deep dive” has the details, one in each line.",
        "Only readers who like it deep have this line.",
    ),
    decoder=(
        Term("Decoder", "says in plain words what a term means"),
        Term("Term", "a word that not every reader knows"),
    ),
    has_article=True,
)
_PLAIN: Final = StoryFacts(
    title="A story with no more than each one needs",
    label="",
    minutes=None,
    url=_WHOLE.url,
    read_url="",
    summary="It has a title, this summary, and the two paragraphs below.",
    what="There is no label beside the title, no takeaway and no deep dive.",
    why_it_matters="Most stories are about as long as this one.",
    takeaway="",
    deep_dive=(),
    decoder=(),
    has_article=False,
)
_LONG: Final = StoryFacts(
    title="A long title: how it breaks over several lines on a phone, “quotation marks”, an "
    "ampersand & a word-with-hyphens-that-is-hard-to-break",
    label="GitHub Repo",
    minutes=None,
    url="",
    read_url="",
    summary="This story leads to its own page, as it has no link to another site.",
    what="Umlauts and accents look as they should: Zürich, café, señor, Łódź, smörgås.",
    why_it_matters="What a template gets wrong shows here, and not at seven in the morning.",
    takeaway="Look at it light and dark, and on a phone.",
    deep_dive=(),
    decoder=(),
    has_article=True,
)


def sample_mail(
    session: Session,
    category: Category,
    templates: Templates,
    *,
    depth: Depth,
    base_url: str,
    now: datetime,
    look: Look | None = None,
) -> RenderedMail:
    """Return a mail of samples with this category's template; it is nobody's, and only reads.

    It takes about 5 ms and is as an Issue of this category alone would be today; with a `look`, as
    if the publication had that.

    Raises:
        RenderError: the template is wrong, or is not there.
    """
    publication = get_publication(session)
    section = section_of(
        category, [replace(one, read_url=base_url) for one in (_WHOLE, _PLAIN, _LONG)]
    )
    sender = publication_facts(session, base_url)
    facts = EditionFacts(
        publication=sender if look is None else replace(sender, look=look),
        issued_on=local_day(publication.time_zone, now),
        subject="",
        preheader="",
        depth=depth,
        sections=(section,),
        browser_url=browser_url(base_url, NO_EDITION),
        issue_url=base_url,
        lines=lines_of(publication, [category], [section]),
    )
    mail = render_edition(facts, templates)
    fields = preview_fields(SAMPLE_ADDRESS, base_url)
    html, text = (fill(without_web_copy(one, base_url), fields) for one in (mail.html, mail.text))
    return RenderedMail(mail.subject, html, text, mail.n_bytes)
