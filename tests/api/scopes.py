"""Which scopes each operation of the API needs: what the routes are held against."""

from typing import Final

NEEDED: Final[dict[tuple[str, ...], frozenset[str]]] = {
    ("admin",): frozenset(
        {
            "POST /v1/account/restored",
            "GET /v1/events/unreadable",
            "POST /v1/events/unreadable/apply-again",
            "GET /v1/audit",
            "GET /v1/keys",
            "POST /v1/keys",
            "POST /v1/keys/{key_id}/revoke",
            "GET /v1/users",
            "POST /v1/users",
            "PATCH /v1/users/{user_id}",
            "DELETE /v1/users/{user_id}",
            "POST /v1/users/{user_id}/link",
            "POST /v1/users/{user_id}/sign-out",
            "PATCH /v1/publication",
        }
    ),
    ("edit",): frozenset(
        {
            "POST /v1/categories",
            "PATCH /v1/categories/{slug}",
            "POST /v1/issues",
            "POST /v1/issues/load",
            "POST /v1/issues/{issue_id}/load",
            "PATCH /v1/issues/{issue_id}",
            "POST /v1/issues/{issue_id}/checks/links",
            "POST /v1/issues/{issue_id}/corrections/{correction_id}/mail",
            "POST /v1/issues/{issue_id}/reopen",
            "POST /v1/issues/{issue_id}/share",
            "GET /v1/issues/{issue_id}/shares",
            "DELETE /v1/issues/{issue_id}/shares/{share_id}",
            "POST /v1/issues/{issue_id}/stories",
            "PUT /v1/issues/{issue_id}/stories/order",
            "POST /v1/issues/{issue_id}/stories/move",
            "POST /v1/issues/{issue_id}/stories/{story_id}/restore",
            "DELETE /v1/issues/{issue_id}/stories/{story_id}",
            "DELETE /v1/issues/{issue_id}/unplaced",
            "DELETE /v1/issues/{issue_id}/unplaced/{unplaced_id}",
            "POST /v1/issues/{issue_id}/unplaced/{unplaced_id}/place",
            "PATCH /v1/issues/{issue_id}/stories/{story_id}",
        }
    ),
    ("edit", "people"): frozenset(
        {
            "POST /v1/imports",
            "DELETE /v1/imports/{import_id}",
            "PATCH /v1/imports/{import_id}",
            "POST /v1/imports/{import_id}/start",
            "POST /v1/subscribers",
            "DELETE /v1/subscribers/{subscriber_id}",
            "PATCH /v1/subscribers/{subscriber_id}",
            "POST /v1/suppressions",
            "POST /v1/suppressions/lift",
        }
    ),
    ("people",): frozenset(
        {
            "GET /v1/imports",
            "GET /v1/imports/{import_id}",
            "GET /v1/imports/{import_id}/bad-rows",
            "GET /v1/imports/{import_id}/columns",
            "GET /v1/issues/{issue_id}/deliveries",
            "GET /v1/issues/{issue_id}/deliveries.csv",
            "GET /v1/issues/{issue_id}/doubts",
            "GET /v1/subscribers/{subscriber_id}/issues/{issue_id}",
            "GET /v1/subscribers",
            "GET /v1/subscribers.csv",
            "GET /v1/subscribers/{subscriber_id}",
            "GET /v1/subscribers/{subscriber_id}/data",
            "POST /v1/suppressions/lookup",
        }
    ),
    ("read",): frozenset(
        {
            "GET /v1/account/restored",
            "GET /v1/account",
            "GET /v1/setbacks",
            "GET /v1/categories",
            "GET /v1/categories/{slug}",
            "GET /v1/events/health",
            "GET /v1/issues",
            "GET /v1/issues/{issue_id}",
            "GET /v1/issues/{issue_id}/checks",
            "GET /v1/issues/{issue_id}/clicks",
            "GET /v1/issues/{issue_id}/corrections",
            "GET /v1/issues/{issue_id}/corrections/{correction_id}",
            "GET /v1/issues/{issue_id}/cuts",
            "GET /v1/issues/{issue_id}/dropped-stories",
            "GET /v1/issues/{issue_id}/export",
            "GET /v1/issues/{issue_id}/preview",
            "POST /v1/issues/{issue_id}/plan",
            "GET /v1/issues/{issue_id}/progress",
            "GET /v1/issues/{issue_id}/progress/events",
            "GET /v1/issues/{issue_id}/stories",
            "GET /v1/issues/{issue_id}/stories/{story_id}",
            "GET /v1/issues/{issue_id}/subjects",
            "GET /v1/issues/{issue_id}/unplaced",
            "GET /v1/issues/{issue_id}/results",
            "GET /v1/issues/{issue_id}/waivers",
            "GET /v1/publication",
            "GET /v1/schedule",
            "GET /v1/today",
        }
    ),
    ("send", "people"): frozenset(
        {"POST /v1/subscribers/{subscriber_id}/issues/{issue_id}/resend"}
    ),
    ("send",): frozenset(
        {
            "POST /v1/issues/{issue_id}/put-back",
            "POST /v1/issues/{issue_id}/take-down",
            "POST /v1/issues/{issue_id}/stories/{story_id}/put-back",
            "POST /v1/issues/{issue_id}/stories/{story_id}/take-down",
            "POST /v1/account/pause",
            "POST /v1/account/resume",
            "POST /v1/issues/{issue_id}/approve",
            "POST /v1/issues/{issue_id}/cancel",
            "POST /v1/issues/{issue_id}/corrections",
            "POST /v1/issues/{issue_id}/doubts/decide",
            "POST /v1/issues/{issue_id}/pause",
            "POST /v1/issues/{issue_id}/resume",
            "POST /v1/issues/{issue_id}/schedule",
            "POST /v1/issues/{issue_id}/send-test",
            "POST /v1/issues/{issue_id}/waivers",
            "DELETE /v1/issues/{issue_id}/waivers/{finding_id}",
        }
    ),
}
