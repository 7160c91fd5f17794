"""What can go wrong, by what the caller can do about it.

::

    AppError                 has a status, a code and a title; api/errors.py and pages write it out
    ├── InvalidInput     422 the input must be changed; `errors` names the places
    │   └── ChecksFailed     an issue that is not fit to be sent; `findings` says why
    ├── TooLarge         413
    ├── Unauthorised     401
    ├── Forbidden        403
    ├── NotFound         404
    ├── Conflict         409
    │   ├── AlreadyExists
    │   ├── WrongState       says which steps are possible
    │   └── PlanChanged      another plan than was approved; says what changed
    ├── Gone             410 a link that was good once
    ├── Stale            412 changed since the caller read it; says by whom
    ├── NoCondition      412 a condition where there is nothing to hold it against
    ├── TooMany          429
    ├── NotInstalled     501 a part that this machine does without
    └── Unavailable      503
    RenderError              a template or its result is wrong; names file, line and field
    ConfigError              bad settings: the process must not start
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import ClassVar

from app.rate_limits import RateLimit, rate_headers
from app.sentences import Sentence


@dataclass(frozen=True)
class FieldError:
    """One place in the input that must be changed.

    `pointer` is a JSON pointer (RFC 6901) for bodies, or `line 12` for text.
    """

    pointer: str
    detail: str


class AppError(Exception):
    """Base of what an answer can say; `detail` is a sentence for a person.

    `wait_seconds` is set where the very same will work later.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Something went wrong"
    wait_seconds: float | None = None

    def __init__(self, detail: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(detail)
        self.detail = detail if isinstance(detail, Sentence) else Sentence(detail)
        self.errors = tuple(errors)

    @property
    def headers(self) -> dict[str, str]:
        """Return `Retry-After`, in whole seconds, where it has one. Source: RFC 9110 10.2.3."""
        return {} if self.wait_seconds is None else {"Retry-After": str(ceil(self.wait_seconds))}


class InvalidInput(AppError):
    """The input must be changed."""

    status = 422
    code = "invalid_input"
    title = "The input is not valid"


class ChecksFailed(InvalidInput):
    """An issue has findings that block its approval; `findings` are all of them, as told."""

    code = "checks_failed"
    title = "The issue is not fit to be sent"

    def __init__(
        self,
        issue_id: int,
        detail: str,
        errors: Sequence[FieldError] = (),
        findings: Sequence[Mapping[str, object]] = (),
    ) -> None:
        super().__init__(detail, errors)
        self.issue_id = issue_id
        self.findings = tuple(findings)


class TooLarge(AppError):
    """The input is longer than we take."""

    status = 413
    code = "too_large"
    title = "The input is too large"


class Unauthorised(AppError):
    """No key, or one we do not know."""

    status = 401
    code = "unauthorised"
    title = "An API key is needed"

    @property
    def headers(self) -> dict[str, str]:
        """Return how to say who one is. Source: RFC 9110 section 11.6.1."""
        return {"WWW-Authenticate": 'Bearer realm="devoured"'}


class Forbidden(AppError):
    """The key lacks the scope."""

    status = 403
    code = "forbidden"
    title = "This key may not do that"


class NotFound(AppError):
    """Nothing is there."""

    status = 404
    code = "not_found"
    title = "Not found"


class Conflict(AppError):
    """The request does not fit what is there."""

    status = 409
    code = "conflict"
    title = "That does not fit the present state"


class AlreadyExists(Conflict):
    """A thing with this key is there already."""

    code = "already_exists"
    title = "It exists already"


class WrongState(Conflict):
    """The step is not possible from the present state; `possible_steps` are."""

    code = "wrong_state"
    title = "That step is not possible now"

    def __init__(self, detail: str, possible_steps: Sequence[str] = ()) -> None:
        super().__init__(detail)
        self.possible_steps = tuple(possible_steps)


class PlanChanged(Conflict):
    """A plan is approved that is not the present one; `changed` names what differs."""

    code = "plan_changed"
    title = "The plan has changed"

    def __init__(self, detail: str, changed: Sequence[str]) -> None:
        super().__init__(detail)
        self.changed = tuple(changed)


@dataclass(frozen=True)
class Change:
    """What somebody did meanwhile: who, which step, to what, and the fields that it changed."""

    at: datetime
    who: str
    verb: str
    target: str
    fields: tuple[str, ...]


class Stale(AppError):
    """It was changed since the caller read it: `version` is the present one.

    `changes` are the last of those that came after the caller's, oldest first.
    """

    status = 412
    code = "stale"
    title = "It was changed meanwhile"

    def __init__(
        self,
        detail: str,
        *,
        version: int,
        changes: Sequence[Change] = (),
        possible_steps: Sequence[str] = (),
    ) -> None:
        super().__init__(detail)
        self.version = version
        self.changes = tuple(changes)
        self.possible_steps = tuple(possible_steps)

    @property
    def headers(self) -> dict[str, str]:
        """Return the present ETag, so that the caller can go on from it."""
        return {"ETag": f'"{self.version}"'}


class NoCondition(AppError):
    """A condition was sent to where there is no version to hold it against."""

    status = 412
    code = "no_condition"
    title = "This address takes no If-Match"


class Gone(AppError):
    """A link that was good once."""

    status = 410
    code = "gone"
    title = "This link no longer works"


class TakenDown(AppError):
    """What was public once, until a person took it down."""

    status = 410
    code = "taken_down"
    title = "This was taken down"


class TooMany(AppError):
    """The caller must slow down."""

    status = 429
    code = "too_many"
    title = "Too many requests"

    def __init__(
        self, detail: str, wait_seconds: float = 60, limits: Sequence[RateLimit] = ()
    ) -> None:
        super().__init__(detail)
        self.wait_seconds: float = wait_seconds
        self.limits = tuple(limits)

    @property
    def headers(self) -> dict[str, str]:
        """Return how long to wait, and the limits that hold here, with the one that is used up."""
        return super().headers | rate_headers(self.limits)


class NotInstalled(AppError):
    """This machine lacks a part that only this needs."""

    status = 501
    code = "not_installed"
    title = "That is not installed here"


class Unavailable(AppError):
    """A part we depend on does not answer."""

    status = 503
    code = "unavailable"
    title = "Not available just now"
    wait_seconds = 5.0


class RenderError(Exception):
    """A template, or what it made, is wrong.

    Args:
        detail: what is wrong, one line, naming the field where there is one.
        file: the template's path below its folder: `emails/`, or the operator's own.
        line: the line in it, from 1; None where the compiler gives no place.
    """

    def __init__(self, detail: str, *, file: str, line: int | None = None) -> None:
        self.detail = detail
        self.file = file
        self.line = line
        super().__init__(str(self))

    def __str__(self) -> str:
        """Return the fault with its place: `sections/ai.mjml.j2:12: 'story.titel' is undefined`."""
        return f"{self.place}: {self.detail}"

    @property
    def place(self) -> str:
        """Return the file and the line: `sections/ai.mjml.j2:12`."""
        return self.file + (f":{self.line}" if self.line else "")


class ConfigError(Exception):
    """A setting is missing or wrong; the process must not start."""
