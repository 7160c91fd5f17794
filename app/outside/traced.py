"""Calls of S3 as spans: which operation, and what status; never a bucket, a key or a text."""

from typing import TYPE_CHECKING, Any, Final

from app import traces

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_SPAN: Final = "devoured_span"
_REFUSED: Final = 400


def trace_calls(client: "S3Client") -> None:
    """Make a span of each call of this client that is made inside another span.

    It ends with the head of the answer, after all that boto3 tries; an object's bytes come later.

    Source: boto3 guide, "Extensibility guide"; OpenTelemetry semantic conventions, AWS SDK spans.
    """
    client.meta.events.register("before-call.s3", _begin)
    client.meta.events.register("after-call.s3", _end)
    client.meta.events.register("after-call-error.s3", _fail)


def _begin(model: Any, context: dict[str, Any], **_: object) -> None:
    if traces.are_on():
        told = {"rpc.system.name": "aws-api"}
        context[_SPAN] = traces.spans().begin(f"S3.{model.name}", told)


def _end(http_response: Any, context: dict[str, Any], **_: object) -> None:
    if span := context.pop(_SPAN, None):
        span.tell({"http.response.status_code": http_response.status_code})
        if http_response.status_code >= _REFUSED:
            span.fail(str(http_response.status_code))
        span.end()


def _fail(exception: Exception, context: dict[str, Any], **_: object) -> None:
    if span := context.pop(_SPAN, None):
        span.fail(type(exception).__name__)
        span.end()
