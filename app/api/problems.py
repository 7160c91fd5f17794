"""The body of a problem. Source: RFC 9457, Problem Details for HTTP APIs."""

from typing import ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.api.findings import FindingOut


class ErrorLocation(BaseModel):
    """One place that must be changed."""

    pointer: str = Field(
        description="A JSON pointer (RFC 6901) into the body, `query name`, `path name`, "
        "`header name`, `line 12` of a text, or `file:line` of a template."
    )
    detail: str = Field(description="What is wrong there.")


class ChangeOut(BaseModel):
    """What somebody did meanwhile."""

    at: AwareDatetime
    who: str = Field(description="The name of the key, `cli`, or the service itself.")
    verb: str
    target: str
    fields: list[str] = Field(description="The fields that it changed.")


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
    version: int | None = Field(
        default=None, description="With `stale`: the present one, as the answer's ETag."
    )
    changes: list[ChangeOut] = Field(
        default=[], description="With `stale`: the last changes since the caller's version."
    )
    findings: list[FindingOut] = Field(
        default=[], description="With `checks_failed`: all that was found, also what only warns."
    )
