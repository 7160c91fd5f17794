"""The body of a problem, and what it says of each kind of error.

Source: RFC 9457, Problem Details for HTTP APIs; `code`, `errors` and what follows them are ours.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from app.enums import Severity
from app.errors import AppError

FINDING_EXAMPLE: Final[dict[str, Any]] = {
    "id": "5b1e0c7a94d2f386",
    "code": "missing_field",
    "severity": "blocks",
    "detail": "“A compiler that explains itself” has no “What”.",
    "mend": "Fill it in, or drop the story.",
    "pointer": "/stories/41/what",
    "story_id": 41,
    "position": 1,
    "category": None,
    "field": "what",
    "waived_by": None,
    "waived_at": None,
}
_MEMBERS: Final[Mapping[str, dict[str, Any]]] = {
    "invalid_input": {"errors": [{"pointer": "/address", "detail": "is needed"}]},
    "wrong_state": {"possible_steps": ["cancel", "reopen", "schedule"]},
    "plan_changed": {"changed": ["stories", "audience"]},
    "stale": {
        "version": 5,
        "changes": [
            {
                "at": "2026-04-28T05:20:00Z",
                "who": "desk",
                "verb": "change_story",
                "target": "story 41",
                "fields": ["title"],
            }
        ],
        "possible_steps": ["approve", "cancel"],
    },
    "checks_failed": {
        "errors": [{"pointer": "/stories/41/what", "detail": "“A title” has no “What”."}],
        "findings": [FINDING_EXAMPLE],
    },
    "bad_template": {
        "errors": [{"pointer": "sections/ai.mjml.j2:12", "detail": "takeaways is undefined"}]
    },
}
"""Examples of what a problem has beside its title and detail."""


def _printable(text: str) -> str:
    """Return a text that UTF-8 can hold, whatever half characters the input had."""
    return text.encode(errors="replace").decode()


_Printable = Annotated[str, BeforeValidator(_printable)]


class _Told(BaseModel):
    """A part of a problem, read from what the error has by the same names."""

    model_config = ConfigDict(from_attributes=True)


class ErrorLocation(_Told):
    """One place that must be changed."""

    pointer: _Printable = Field(
        description="A JSON pointer (RFC 6901) into the body, `query name`, `path name`, "
        "`header name`, `line 12` of a text, or `file:line` of a template."
    )
    detail: _Printable = Field(description="What is wrong there.")


class ChangeOut(_Told):
    """What somebody did meanwhile."""

    at: AwareDatetime
    who: str = Field(description="The name of the key, `cli`, or the service itself.")
    verb: str
    target: str
    fields: list[str] = Field(description="The fields that it changed.")


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


class Problem(BaseModel):
    """What went wrong, for programs (`code`) and for people (`detail`)."""

    model_config: ClassVar = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "https://digest.example/docs#not_found",
                    "title": "Not found",
                    "status": 404,
                    "detail": "There is no issue 7.",
                    "instance": "8f1c2e0a4b7d4c0f9a56c1d2e3f40718",
                    "code": "not_found",
                }
            ]
        }
    )

    type: str = Field(description="Where this kind of problem is described.")
    title: str = Field(description="The kind of problem, the same every time.")
    status: int = Field(description="The HTTP status.", ge=400, le=599)
    detail: str = Field(description="What went wrong this time, in a sentence.")
    instance: str = Field(description="The request's id, as in X-Request-ID and in the log.")
    code: str = Field(description="The kind of problem, for programs.")
    errors: list[ErrorLocation] = Field(default=[], description="The places that must be changed.")
    possible_steps: list[str] = Field(
        default=[], description="With `wrong_state` and `stale`: what is possible now."
    )
    changed: list[str] = Field(
        default=[],
        description="With `plan_changed`: `stories`, `categories`, `publication`, `templates`, "
        "`issue`, `audience` and `options`, those that differ; `revision` where what was changed "
        "is as it was again.",
    )
    version: int | None = Field(
        default=None, description="With `stale`: the present one, as the answer's ETag."
    )
    changes: list[ChangeOut] = Field(
        default=[], description="With `stale`: the last changes since the caller's version."
    )
    findings: list[FindingOut] = Field(
        default=[], description="With `checks_failed`: all that was found, also what only warns."
    )


def problem_of(error: AppError, base_url: str, request_id: str) -> Problem:
    """Return the problem that reports this error: of its attributes, those that a problem has."""
    names = Problem.model_fields.keys() - {"type", "instance"}
    members = {name: getattr(error, name) for name in names if hasattr(error, name)}
    kind = f"{base_url}/docs#{error.code}"
    return Problem.model_validate({**members, "type": kind, "instance": request_id})


def example_of(kind: type[AppError]) -> dict[str, Any]:
    """Return an example of a problem of this kind."""
    return {
        "type": f"https://digest.example/docs#{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": f"{kind.title}.",
        "instance": "8f1c2e0a4b7d4c0f9a56c1d2e3f40718",
        "code": kind.code,
        **_MEMBERS.get(kind.code, {}),
    }
