"""`/v1/publication/look`: shown whole, replaced whole, refused where it cannot be read."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.look import OURS, Dark, Light, Look

OWN = Look(light=Light(accent="#1F5FA8"), dark=Dark(accent="#8AB8F0"), radius=0)
_PATH = "/v1/publication/look"


def test_api_shows_it_whole_and_replaces_it_whole(api: TestClient) -> None:
    shown = api.get(_PATH)
    assert shown.json() == OURS.model_dump(mode="json")
    etag = shown.headers["ETag"]
    changed = api.put(_PATH, json=OWN.model_dump(mode="json"), headers={"If-Match": etag})
    assert changed.status_code == 200
    assert changed.json() == OWN.model_dump(mode="json")
    assert changed.headers["ETag"] == api.get("/v1/publication").headers["ETag"] != etag
    assert api.put(_PATH, json={}, headers={"If-Match": etag}).status_code == 412
    assert api.put(_PATH, json={"width": 600}).json() == OURS.model_dump(mode="json") | {
        "width": 600
    }


@pytest.mark.parametrize(
    ("body", "pointer", "said"),
    [
        ({"light": {"text": "#999999"}}, "/light/text", "2.8 to 1; it needs 4.5"),
        ({"light": {"text": "grey"}}, "/light/text", "pattern"),
        ({"radius": 99}, "/radius", "24"),
        ({"logo": "http://digest.dev/x.png"}, "/logo", "pattern"),
    ],
)
def test_api_refuses_with_the_place_and_the_reason(
    api: TestClient, body: dict[str, Any], pointer: str, said: str
) -> None:
    answer = api.put(_PATH, json=body)
    assert answer.status_code == 422
    first = answer.json()["errors"][0]
    assert first["pointer"] == pointer
    assert said in first["detail"]
