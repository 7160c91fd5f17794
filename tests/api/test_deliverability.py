"""What mailbox providers say of us, over the API."""

from datetime import datetime

from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.delivery.reputation import keep_days, keep_requirements


def test_deliverability_tells_days_and_what_is_not_done(
    api: TestClient, session: Session, now: datetime
) -> None:
    assert api.get("/v1/deliverability").json() == {"items": []}
    row = {"provider": "Gmail", "domain": "example.org", "day": now.date(), "spam_rate": 0.0012}
    keep_days(session, [row], now)
    keep_requirements(session, "Gmail", "example.org", {"spf": True, "dkim": False}, now)
    session.commit()
    none = dict.fromkeys(["spf_rate", "dkim_rate", "dmarc_rate"])
    assert api.get("/v1/deliverability").json()["items"] == [
        {
            "provider": "Gmail",
            "domain": "example.org",
            "unmet": ["dkim"],
            "days": [{"day": now.date().isoformat(), "spam_rate": 0.0012, **none}],
        }
    ]
