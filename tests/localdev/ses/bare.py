"""Calls without boto3, for what boto3 would not send or does not tell."""

from datetime import UTC, datetime

import httpx2

from tests.localdev.ses.running import LocalSes

SEND = "/v2/email/outbound-emails"
BULK = "/v2/email/outbound-bulk-emails"
AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260428/eu-west-1/ses/aws4_request, "
    "SignedHeaders=content-type;host;x-amz-date, Signature=" + "0a" * 32
)


def signed(at: datetime | None = None) -> dict[str, str]:
    """Headers of a call signed at this instant, now unless told otherwise."""
    stamp = f"{at or datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    return {"authorization": AUTHORIZATION, "x-amz-date": stamp}


def post(ses: LocalSes, path: str, body: bytes, at: datetime | None = None) -> httpx2.Response:
    """Make a signed call and return its answer."""
    return ses.web.post(path, content=body, headers=signed(at))
