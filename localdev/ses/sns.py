"""Amazon SNS over HTTP as far as a webhook needs it: its subscription is confirmed here.

Source: AWS query protocol as botocore parses it; ConfirmSubscription in the SNS API reference.
"""

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response

from localdev.ses.envelope import SUBSCRIPTION_ARN, TOPIC_ARN
from localdev.ses.faults import Fault
from localdev.ses.signature import check_signature
from localdev.ses.sqs import Endpoint
from localdev.ses.webhook import Webhook

_NAMESPACE = "http://sns.amazonaws.com/doc/2010-03-31/"
_MAX_BODY = 256 * 1024


def sns_endpoint(webhook: Webhook, clock: Callable[[], datetime], otherwise: Endpoint) -> Endpoint:
    """Return a handler of SNS's calls that passes all others at this address to another handler."""

    async def endpoint(request: Request) -> Response:
        if "x-amz-target" in request.headers:
            return await otherwise(request)
        try:
            body = await request.body()
            check_signature(request, "sns", clock())
            _confirm(webhook, body)
        except Fault as fault:
            fields = f"<Code>{escape(fault.code)}</Code><Message>{escape(fault.message)}</Message>"
            inner = f"<Error><Type>Sender</Type>{fields}</Error>"
            return _xml("ErrorResponse", inner, fault.status)
        arn = f"<SubscriptionArn>{SUBSCRIPTION_ARN}</SubscriptionArn>"
        name = "ConfirmSubscription"
        return _xml(f"{name}Response", f"<{name}Result>{arn}</{name}Result>", 200)

    return endpoint


def _confirm(webhook: Webhook, body: bytes) -> None:
    """Let the events go out.

    Raises:
        Fault: another operation, another topic, or not the token that was posted.
    """
    text = body[:_MAX_BODY].decode("utf-8", "replace")
    given = {name: values[0] for name, values in parse_qs(text).items()}
    if given.get("Action") != "ConfirmSubscription":
        raise Fault("InvalidAction", "The action is not valid for this endpoint.")
    if given.get("TopicArn") != TOPIC_ARN:
        raise Fault("NotFound", "Topic does not exist")
    if not hmac.compare_digest(given.get("Token", "").encode(), webhook.token.encode()):
        raise Fault("InvalidParameter", "Invalid parameter: Token")
    webhook.confirmed.set()


def _xml(name: str, inner: str, status: int) -> Response:
    """Build an answer or an error of the query protocol."""
    id_ = f"<RequestId>{secrets.token_hex(16)}</RequestId>"
    rest = id_ if status >= 400 else f"<ResponseMetadata>{id_}</ResponseMetadata>"  # noqa: PLR2004  # HTTP's own
    text = f'<{name} xmlns="{_NAMESPACE}">{inner}{rest}</{name}>'
    return Response(text, status, None, "text/xml")
