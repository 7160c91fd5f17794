"""What is answered is committed before; what cannot be committed is a 500, with no job."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.db.session import Job
from tests.factories import make_category

_FAIL_AT_COMMIT = """
CREATE FUNCTION refuse_at_commit() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE check_violation USING MESSAGE = 'reader@example.com is refused'; END $$;
CREATE CONSTRAINT TRIGGER refuse_category AFTER INSERT ON categories
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_at_commit();
CREATE CONSTRAINT TRIGGER refuse_ask AFTER INSERT ON asks
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_at_commit();
"""


@pytest.fixture
def _commits_fail(engine: Engine, session: Session) -> Iterator[None]:
    """Refuse every further category and ask, but only when its transaction ends."""
    make_category(session, "devops")
    session.commit()
    with engine.begin() as connection:
        connection.execute(text(_FAIL_AT_COMMIT))
    yield
    with engine.begin() as connection:
        connection.execute(text("DROP FUNCTION refuse_at_commit() CASCADE"))


@pytest.mark.usefixtures("_commits_fail")
def test_answer_is_a_500_when_the_commit_fails(api: TestClient, jobs: list[Job]) -> None:
    for answer in (
        api.post("/v1/categories", json={"name": "AI"}),
        api.post("/v1/signups", json={"address": "reader@example.com"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
        assert "reader@example.com" not in answer.text
    assert [one["slug"] for one in api.get("/v1/categories").json()["items"]] == ["devops"]
    assert api.get("/v1/subscribers").json()["items"] == []
    assert jobs == []
