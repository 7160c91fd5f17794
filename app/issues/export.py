"""Export: an Issue written out as a digest that can be loaded again."""

from sqlalchemy.orm import Session

from app.content.drafts import Digest, Unplaced, sponsor_of
from app.content.json_form import to_json
from app.content.limits import issue_texts
from app.content.markdown_form import write_markdown
from app.content.parse import Form
from app.content.text_form import write_text
from app.issues.lifecycle import get_issue
from app.issues.stories import drafts_of, stories_of
from app.issues.unplaced import unplaced_of


def export(session: Session, issue_id: int, form: Form) -> str:
    """Return the Issue in this form; only JSON has room for its unplaced lines.

    The text form has none for the day, the subject, the preheader and the sponsor.

    Raises:
        NotFound: there is no such Issue.
    """
    issue = get_issue(session, issue_id)
    ids = [story.id for story in stories_of(session, issue_id)]
    digest = Digest(
        stories=drafts_of(session, issue_id),
        lead=ids.index(issue.lead_story_id) if issue.lead_story_id in ids else None,
        unplaced=tuple(
            Unplaced(row.line, row.text, row.reason, row.after)
            for row in unplaced_of(session, issue_id)
        ),
        issued_on=issue.issued_on,
        sponsor=sponsor_of(issue.sponsor),
        **issue_texts(issue),
    )
    match form:
        case Form.TEXT:
            return write_text(digest)
        case Form.MARKDOWN:
            return write_markdown(digest)
        case Form.JSON:
            return to_json(digest)
