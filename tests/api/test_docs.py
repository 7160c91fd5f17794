"""The page of documentation: made from the document, whole without scripts or third parties."""

import re

from fastapi.testclient import TestClient

from app.api.errors import KINDS
from app.api.openapi import operations


def test_docs_show_every_operation_and_every_problem(public: TestClient) -> None:
    page = public.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    for operation in operations(public.get("/openapi.json").json()):
        assert f'id="{operation["operationId"]}"' in page.text
    for kind in KINDS:
        assert page.text.count(f'id="{kind.code}"') == 1


def test_docs_ask_nobody_for_anything(public: TestClient) -> None:
    page = public.get("/docs")
    assert "<script" not in page.text
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page.text)
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_links_of_the_docs_lead_somewhere(public: TestClient) -> None:
    page = public.get("/docs").text
    anchors = re.findall(r' id="([^"]+)"', page)
    assert len(set(anchors)) == len(anchors)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(anchors)
