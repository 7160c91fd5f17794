"""A test: a cut of an Issue as people send it to themselves before it leaves."""

from dataclasses import replace

from sqlalchemy.orm import Session

from app.delivery.compose import NO_EDITION, browser_url, edition_facts, without_web_copy
from app.enums import Depth
from app.models import Issue
from app.rendering.edition import render_edition
from app.rendering.inputs import RenderedMail
from app.rendering.templates import Templates


def render_sample(
    session: Session,
    issue: Issue,
    templates: Templates,
    *,
    follows: int,
    depth: Depth,
    base_url: str,
) -> RenderedMail:
    """Return the cut as its stories are now, marked as a test in its subject.

    Raises:
        RenderError: a template is wrong.
    """
    facts = edition_facts(
        session,
        issue,
        follows=follows,
        depth=depth,
        base_url=base_url,
        browser_url=browser_url(base_url, NO_EDITION),
    )
    rendered = render_edition(facts, templates)
    return replace(
        rendered,
        subject=f"[Test] {rendered.subject}",
        html=without_web_copy(rendered.html, base_url),
        text=without_web_copy(rendered.text, base_url),
    )
