"""`/v1/issues/{issue_id}/load`: the stories of a digest into a draft that is there."""

from typing import Annotated

from fastapi import Depends, Query, Response
from pydantic import Field

from app.api.changes import Asked, answer_once, asked_with
from app.api.deps import IfMatch
from app.api.errors import ApiRouter, documents
from app.api.fields import Id, examples
from app.api.issue_example import ISSUE_EXAMPLE
from app.api.loads import BODY, LoadOut, load_out, read_digest
from app.content.drafts import Digest
from app.enums import Scope
from app.errors import WrongState
from app.issues.load_into import Mode, load_into

router = ApiRouter(prefix="/v1/issues", tags=["issues"])


class LoadIntoOut(LoadOut):
    """What became of the digest, and of the draft's stories."""

    model_config = examples(
        {
            "issues": [{**ISSUE_EXAMPLE, "state": "draft", "approved_at": None}],
            "n_stories": 3,
            "dropped": [],
            "unplaced": [],
            "incomplete": [],
            "new_categories": [],
            "added": [43],
            "replaced": [41, 42],
        }
    )

    added: list[int] = Field(description="The numbers of the stories that are new.")
    replaced: list[int] = Field(description="The numbers of those that the digest changed.")


@router.post("/{issue_id}/load", response_model=LoadIntoOut, openapi_extra=BODY)
@documents(WrongState)
def load_digest_into(
    asked: Annotated[Asked, asked_with(Scope.EDIT)],
    issue_id: Id,
    digest: Annotated[Digest, Depends(read_digest)],
    expected: IfMatch,
    mode: Annotated[
        Mode,
        Query(
            description="`add` puts the stories behind the draft's; `replace` puts each into the "
            "story of its title, which keeps its number and place, and adds those that are new."
        ),
    ],
    *,
    drop_incomplete: Annotated[
        bool, Query(description="Leave incomplete stories out, and name them in `dropped`.")
    ] = False,
) -> Response:
    """Load a digest into a draft.

    All of it, or nothing: a title that is there twice, so that nobody can tell which story is
    meant, is named. Stories that the digest does not name stay, and so does the draft's day.
    `If-Match` is the issue's.
    """

    def act() -> LoadIntoOut:
        made = load_into(
            asked.session,
            asked.actor,
            issue_id,
            digest,
            mode,
            asked.now,
            drop_incomplete=drop_incomplete,
            expected=expected,
        )
        told = load_out(asked.session, made.loaded, digest)
        return LoadIntoOut(
            **told.model_dump(), added=list(made.added), replaced=list(made.replaced)
        )

    return answer_once(asked, 200, act)
