"""The page of documentation: a viewer that is served here, told where the document is."""

import re

import pytest
from fastapi.testclient import TestClient

from app.api.errors import UNDOCUMENTED, all_kinds


def test_page_loads_what_is_served_here_and_holds_no_script_or_style(public: TestClient) -> None:
    page = public.get("/docs")
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert len(loaded) == 5
    assert [one for one in loaded if public.get(f"/{one}").status_code != 200] == []
    assert not re.search(r"<script(?![^>]* src=)|<style|style=| on\w+=", page.text)


def test_policy_of_the_page_lets_nothing_run_that_stands_in_it(public: TestClient) -> None:
    policy = public.get("/docs").headers["content-security-policy"]

    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "unsafe" not in policy
    assert "connect-src 'self'" in policy


@pytest.mark.parametrize("name", ["start.js", "swagger-ui.css", "swagger-ui-bundle.js"])
def test_file_of_the_viewer_is_kept_until_it_changes(public: TestClient, name: str) -> None:
    first = public.get(f"/docs/viewer/{name}")
    again = public.get(f"/docs/viewer/{name}", headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["x-content-type-options"] == "nosniff"
    assert again.status_code == 304


def test_viewer_has_no_file_that_is_not_its_own(public: TestClient) -> None:
    assert public.get("/docs/viewer/no.js").status_code == 404
    assert public.get("/docs/viewer/..%2fdocs.py").status_code == 404


def test_document_has_a_row_for_every_problem(public: TestClient) -> None:
    document = public.get("/openapi.json").json()
    description, examples = document["info"]["description"], document["components"]["examples"]
    kinds = {kind.code: kind for kind in all_kinds() if kind.__module__.startswith("app.")}
    rows = re.findall(r'<a id="(\w+)"></a>`\1` \| (\d+) \| ([^|]+) \|', description)

    assert rows == [(code, str(kinds[code].status), kinds[code].title) for code, *_ in rows]
    assert {code for code, *_ in rows} == examples.keys() | {kind.code for kind in UNDOCUMENTED}
    assert kinds.keys() - {code for code, *_ in rows} == {"taken_down"}, "which pages alone tell"
