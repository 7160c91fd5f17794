"""What is deprecated says so: in the document, and in every answer, good or not."""

from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from app.api.deprecation import NOTICE, deprecates
from app.api.errors import ApiRouter
from app.api.openapi import make_document, operations
from app.container import Container
from app.errors import AppError, NotFound
from app.main import answer_error, bare_app

SINCE, ENDS = date(2026, 12, 1), date(2027, 6, 15)
SAID = {
    "deprecation": "@1796083200",
    "sunset": "Tue, 15 Jun 2027 00:00:00 GMT",
    "link": '</docs>; rel="deprecation"; type="text/html"',
}


@pytest.fixture
def application(container: Container) -> FastAPI:
    """Return an application of two routes, of which one is deprecated."""
    router = ApiRouter(prefix="/v1/things", tags=["issues"])

    @router.get("/{number}")
    @deprecates(since=SINCE, ends=ENDS, instead="Use `list_things`.")
    def show_thing(number: int) -> int:
        """Show a thing.

        One that there is.
        """
        if number != 1:
            raise NotFound("There is no such thing.")
        return number

    @router.get("")
    def list_things() -> list[int]:
        """List all things."""
        return [1]

    application = FastAPI(title="Test", version="1.0")
    application.state.container = container
    application.add_exception_handler(AppError, answer_error)
    part = APIRouter()
    part.include_router(router)
    application.include_router(part)
    return application


def test_answers_of_what_is_deprecated_say_so_whatever_becomes_of_them(
    application: FastAPI,
) -> None:
    with TestClient(application) as client:
        good, missing = client.get("/v1/things/1"), client.get("/v1/things/2")
        other = client.get("/v1/things")

    assert (good.status_code, missing.status_code) == (200, 404)
    for answer in (good, missing):
        assert {name: answer.headers[name] for name in SAID} == SAID
        since = datetime.fromtimestamp(int(answer.headers["deprecation"][1:]), UTC)
        assert since.date() == SINCE
        assert parsedate_to_datetime(answer.headers["sunset"]).date() == ENDS
    assert other.status_code == 200
    assert SAID.keys().isdisjoint(other.headers)


def test_document_marks_what_is_deprecated_and_says_what_to_use(application: FastAPI) -> None:
    paths = make_document(application)["paths"]
    shown, listed = paths["/v1/things/{number}"]["get"], paths["/v1/things"]["get"]

    assert shown["deprecated"] is True
    assert shown["x-sunset"] == ENDS.isoformat()
    assert shown["summary"] == "Show a thing."
    assert shown["description"] == (
        "One that there is.\n\n"
        "Deprecated since 2026-12-01; it answers until 2027-06-15. Use `list_things`."
    )
    for answer in shown["responses"].values():
        assert answer["headers"].keys() >= {"Deprecation", "Sunset", "Link"}
    assert "deprecated" not in listed
    assert "Sunset" not in listed["responses"]["200"]["headers"]


def test_page_names_each_operation_that_is_deprecated() -> None:
    page = (Path(__file__).parents[2] / "docs" / "versioning.md").read_text("utf-8")
    found = [one["operationId"] for one in operations(bare_app().openapi()) if "deprecated" in one]

    assert [name for name in found if f"`{name}`" not in page] == []
    assert ("Today nothing is deprecated." in page) is (not found)


def test_nothing_is_deprecated_without_time_to_change() -> None:
    with pytest.raises(ValueError, match="183 days"):
        deprecates(since=SINCE, ends=SINCE + NOTICE / 2, instead="Use another.")
