"""A finding as answers and problems tell it."""

from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, Field

from app.enums import Severity

FINDING_EXAMPLE: Final[dict[str, Any]] = {
    "id": "5b1e0c7a94d2f386",
    "code": "missing_field",
    "severity": "blocks",
    "detail": "“A compiler that explains itself” has no “What”.",
    "mend": "Fill in what, or drop the story.",
    "pointer": "/stories/41/what",
    "story_id": 41,
    "position": 1,
    "category": None,
    "field": "what",
    "waived_by": None,
    "waived_at": None,
}


class FindingOut(BaseModel):
    """One thing to mend before an issue is sent."""

    model_config = {"json_schema_extra": {"examples": [FINDING_EXAMPLE]}}

    id: str = Field(description="Stays the same for as long as the text that it is about does.")
    code: str = Field(description="The kind of finding, for programs.")
    severity: Severity = Field(description="`blocks` approval, or `warns`.")
    detail: str = Field(description="What is wrong, in a sentence.")
    mend: str = Field(description="A way to mend it.")
    pointer: str = Field(
        description="Where: `/stories/41/what`, `/categories/ai/accent`, `/publication/…`, "
        "`/subject`; empty for the whole issue."
    )
    story_id: int | None
    position: int | None = Field(description="The story's place in the issue, counted from 1.")
    category: str | None = Field(description="The slug of the category it is about.")
    field: str | None
    waived_by: str | None = Field(description="The API key by which a person waived it.")
    waived_at: AwareDatetime | None
