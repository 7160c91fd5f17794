"""Mails and recipients for the tests of the transports."""

from datetime import UTC, datetime

from app.transports.base import Mail, Recipient

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)

MAIL = Mail(
    from_address="Devoured <digest@devoured.example>",
    subject="Today's digest for {{name}}",
    html="<h1>Привет, {{name_h}}</h1>\n<p>Read on.</p>\n<a href='{{leave}}'>Leave</a>",
    text="Привет, {{name}}\n\nRead on.\nLeave: {{leave}}\n",
    reply_to="editors@devoured.example",
    headers={
        "List-Id": "Devoured <digest.devoured.example>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    },
    tags={"issue_id": "7", "ses:feedback-id-a": "issue-7"},
)
"""A mail with merge fields in all of its texts."""


def recipient(number: int, address: str = "", **headers: str) -> Recipient:
    """Reader `number`, whose fields and leave address are their own."""
    leave = f"https://devoured.example/leave/{number}-{'t' * 90}"
    return Recipient(
        delivery_id=f"7-{number}",
        address=address or f"reader{number}@readers.example",
        fields={"name": f"Зоя {number} & <co>", "name_h": f"Зоя {number} &amp;", "leave": leave},
        headers={"List-Unsubscribe": f"<{leave}>", **headers},
    )
