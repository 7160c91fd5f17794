import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from starlette.exceptions import HTTPException

from app.container import Container
from app.errors import Gone, TooMany, Unavailable
from app.main import create_app
from app.pages.errors import page_error
from tests.pages.markup import links_of, tree_of, words_of

OURS = "It is our fault, not yours. Please try again in a little while."


def _request(container: Container) -> Request:
    return Request({"type": "http", "app": create_app(container), "headers": [], "path": "/"})


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (Gone("It was good once."), 410, "It was good once."),
        (TooMany("Please wait a minute."), 429, "Please wait a minute."),
        (Unavailable("The database rests."), 503, "The database rests."),
        (HTTPException(400), 400, "Please go back and try once more."),
        (HTTPException(418), 418, None),
        (
            KeyError("secret"),
            500,
            OURS,
        ),
    ],
)
def test_error_page_says_what_happened_and_where_to_go(
    container: Container, error: Exception, status: int, sentence: str | None
) -> None:
    answer = page_error(_request(container), error)
    assert answer.status_code == status
    text = bytes(answer.body).decode()
    assert "secret" not in text
    root = tree_of(text)
    assert len(words_of(root, "h1")) == 1
    assert words_of(root, "p[@class='standfirst']") == ([sentence] if sentence else [])
    assert "/" in links_of(root).values()


def test_unknown_page_is_a_page_and_an_unknown_api_address_a_problem(client: TestClient) -> None:
    page = client.get("/nothing/here")
    assert page.status_code == 404
    tree_of(page.text)
    problem = client.get("/v1/nothing/here")
    assert problem.status_code == 404
    assert problem.headers["content-type"] == "application/problem+json"


def test_wrong_method_is_a_page_that_names_the_right_ones(client: TestClient) -> None:
    answer = client.put("/read")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    tree_of(answer.text)


def test_links_stay_below_the_base_address_when_it_has_a_path(container: Container) -> None:
    settings = container.settings.model_copy(update={"base_url": "https://reader.example/digest"})
    answer = page_error(
        _request(Container(**{**vars(container), "settings": settings})), KeyError()
    )
    links = links_of(tree_of(bytes(answer.body).decode())).values()
    assert all(link.startswith(("/digest/", "#", "?lang=")) for link in links)
