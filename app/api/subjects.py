"""`/v1/issues/{issue_id}/subjects`: subject and preheader of every cut, before it leaves."""

from pydantic import BaseModel, Field

from app.api.deps import ContainerDep, NowDep, SessionDep, needs
from app.api.errors import ApiRouter, BadTemplate, documents
from app.api.fields import Id, ShownDepth, examples
from app.enums import Scope
from app.issues.subjects import lines_of_cuts
from app.publication.categories import slugs_of

router = ApiRouter(prefix="/v1/issues/{issue_id}", tags=["preview"])

_EXAMPLE = {
    "categories": ["ai", "devops"],
    "depth": "brief",
    "n_readers": 812,
    "subject": "A compiler that explains itself · Small models on small machines",
    "preheader": "A quiet fix for a loud bug",
}


class CutLinesOut(BaseModel):
    """What an inbox shows of one cut."""

    model_config = examples(_EXAMPLE)

    categories: list[str] = Field(description="The cut: the issue's categories that it shows.")
    depth: ShownDepth
    n_readers: int = Field(description="Who would get it now.")
    subject: str
    preheader: str


class CutLinesList(BaseModel):
    """The cuts that somebody reads, most readers first; 50 at most."""

    model_config = examples({"items": [_EXAMPLE]})

    items: list[CutLinesOut]


@router.get("/subjects", dependencies=[needs(Scope.READ)])
@documents(BadTemplate)
def list_subjects(
    container: ContainerDep, session: SessionDep, issue_id: Id, now: NowDep
) -> CutLinesList:
    """Preview subjects and preheaders.

    Of every cut that somebody reads. They are the editor's, where the issue has its own; else made
    by the category's template, where a cut shows one category alone, or by the publication's.
    """
    base_url = container.settings.base_url
    lines = lines_of_cuts(session, issue_id, container.templates, base_url, now)
    return CutLinesList(
        items=[
            CutLinesOut(
                categories=slugs_of(session, one.follows),
                depth=one.depth,
                n_readers=one.n_readers,
                subject=one.subject,
                preheader=one.preheader,
            )
            for one in lines
        ]
    )
