"""Images that an article names: which readers see, and why they do not see the others."""

from collections.abc import Iterator

from app.issues.checks.facts import CheckedStory, IssueFacts
from app.issues.checks.finding import Finding, blocks, warns
from app.issues.checks.markup import excerpt
from app.markup.article import article_of
from app.markup.figures import ArticleImage
from app.sentences import Sentence


def images_of_articles(facts: IssueFacts) -> Iterator[Finding]:
    """Find images of articles whose words alone are shown, and those of which nobody said any.

    Source: WCAG 2.2, success criterion 1.1.1.
    """
    for story in facts.stories:
        article = article_of(story.article, reads_markdown=story.reads_markdown)
        for image in article.images:
            if (finding := _not_shown(story, image, facts)) or (finding := _silent(story, image)):
                yield finding


def _not_shown(story: CheckedStory, image: ArticleImage, facts: IssueFacts) -> Finding | None:
    """Return why an image is not shown, and what makes it so; None where it is."""
    named = excerpt(image.written.alt or image.written.source)
    if image.name and image.name not in facts.images:
        detail = Sentence(
            "The image “%(image)s” of an article is not stored here: readers see its words alone.",
            image=named,
        )
        mend = Sentence("Upload it, and write its new name in place of the old one.")
    elif not image.name:
        detail = Sentence(
            "The image “%(image)s” of an article is elsewhere, and no page asks another server for"
            " one: readers see its words alone.",
            image=named,
        )
        mend = Sentence(
            "Upload it, and write its name in place of the address. Or waive this if the words are"
            " enough."
        )
    elif not image.is_alone:
        detail = Sentence(
            "The image “%(image)s” of an article stands within a line, a link or a heading: readers"
            " see its words alone.",
            image=named,
        )
        mend = Sentence("Write it on a line of its own. Or waive this if the words are enough.")
    else:
        return None
    place = story.place("article")
    return warns("article_image_not_shown", detail, mend, place, concerns=image.written.source)


def _silent(story: CheckedStory, image: ArticleImage) -> Finding | None:
    if image.written.alt:
        return None
    return blocks(
        "image_without_text",
        Sentence(
            "Nobody said what an image in the article of “%(title)s” shows.", title=story.title
        ),
        Sentence(
            "Say it between its brackets, as ![what it shows](%(name)s): who sees no image reads"
            " that instead.",
            name=image.name,
        ),
        story.place("article"),
    )
