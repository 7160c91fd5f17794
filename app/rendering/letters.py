"""Letters: mails to one person outside any issue, complete and without merge fields."""

from app.enums import LetterKind
from app.language import speaking
from app.rendering.document import html_document, text_document
from app.rendering.inputs import RenderedMail
from app.rendering.letter_facts import LetterFacts
from app.rendering.lines import one_line
from app.rendering.merge import neutralise_text
from app.rendering.templates import Templates


def render_letter(kind: LetterKind, facts: LetterFacts, templates: Templates) -> RenderedMail:
    """Render the mail, in the language that `facts` name.

    Its templates are `letters/<kind>.*`, the subject's is one line of text.

    Raises:
        RenderError: there is no template for this kind, or one is wrong.
    """
    with speaking(facts.language):
        return _rendered(kind, facts, templates)


def _rendered(kind: LetterKind, facts: LetterFacts, templates: Templates) -> RenderedMail:
    context = {"letter": facts, "publication": facts.publication}
    subject = text_document(f"letters/{kind}.subject.txt.j2", context, templates, personal=False)
    known = {**context, "subject": one_line(subject)}
    html = html_document(f"letters/{kind}.mjml.j2", known, templates, personal=False)
    return RenderedMail(
        subject=neutralise_text(one_line(subject)),
        html=html,
        text=text_document(f"letters/{kind}.txt.j2", known, templates, personal=False),
        n_bytes=len(html.encode()),
    )
