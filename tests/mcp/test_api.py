"""What the tools say of an API that is away, is another one, or must not get the key."""

import json
from collections.abc import Callable
from pathlib import Path

import anyio
import httpx2
import pytest
from mcp.server.mcpserver.exceptions import ToolError

from app.cli import main
from app.mcp.api import connect
from app.mcp.server import make_server

KEY = "dv_k3Xw9aH1ul0Zr7m2Qe5Tn8Yb4Vc6Sd0Gf3Jp1Lk9Wx2"
URL = "https://digest.example"


def _asked(answer: Callable[[httpx2.Request], httpx2.Response], method: str = "get") -> str:
    """Ask an API that answers so, and return what is said of it."""

    async def ask() -> str:
        api = connect(URL, KEY, httpx2.MockTransport(answer))
        async with api.client:
            with pytest.raises(ToolError) as caught:
                await getattr(api, method)("/v1/issues")
        return str(caught.value)

    return anyio.run(ask)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx2.Response(200, html="<p>Hello</p>"), "What answers there is no Devoured."),
        (httpx2.Response(200, json=[1]), "What answers there is no Devoured."),
        (
            httpx2.Response(502, html="<p>Bad</p>"),
            "What answers there is no Devoured: it says 502.",
        ),
        (
            httpx2.Response(
                429,
                content=json.dumps({"detail": "Too many.", "code": "too_many"}),
                headers={"Content-Type": "application/problem+json", "Retry-After": "7"},
            ),
            "Too many. (too_many, 429)\nTry again in 7 seconds.",
        ),
    ],
)
def test_an_answer_that_is_no_good_is_told_in_words(answer: httpx2.Response, said: str) -> None:
    assert _asked(lambda _: answer) == said


def test_the_key_does_not_follow_to_another_host() -> None:
    hosts = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        hosts.append(request.url.host)
        return httpx2.Response(307, headers={"Location": "https://elsewhere.example/"})

    assert _asked(answer) == "What answers there is no Devoured: it says 307."
    assert hosts == ["digest.example"]


def test_who_gets_no_answer_is_told_that_it_may_have_been_done() -> None:
    def fail(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadTimeout("late")

    assert _asked(fail) == f"{URL} does not answer (ReadTimeout)."
    assert _asked(fail, "post").endswith("It may have been done: look before you try again.")


@pytest.mark.parametrize(
    ("url", "key", "said"),
    [
        ("http://digest.example", KEY, "--url: over http anybody on the way could read the key"),
        ("digest.example", KEY, "--url: say the address of the service"),
        ("https://ann@digest.example", KEY, "--url: an address with a user"),
        (URL, "", "DEVOURED_KEY: holds no API key"),
        (URL, "two words", "DEVOURED_KEY: holds no API key"),
    ],
)
def test_what_it_is_started_with_is_refused_in_one_line(
    url: str,
    key: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DEVOURED_KEY", key)
    assert main(["mcp", "--url", url]) == 2
    told = capsys.readouterr()
    assert told.err.startswith(f"devoured: {said}")
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert KEY not in told.err


@pytest.mark.parametrize("may_send", [False, True])
def test_the_page_names_each_tool_and_tools_say_what_they_change(*, may_send: bool) -> None:
    page = (Path(__file__).parents[2] / "docs" / "mcp.md").read_text("utf-8")
    with_sending, without = page.count("\n| `"), page.partition("--may-send")[0].count("\n| `")
    tools = anyio.run(make_server(connect(URL, KEY), may_send=may_send).list_tools)

    assert len(tools) == (with_sending if may_send else without)
    for tool in tools:
        assert f"\n| `{tool.name}` |" in page
        assert tool.description
        assert tool.annotations is not None
        told = page.partition(f"\n| `{tool.name}` |")[2].partition("\n")[0]
        assert tool.annotations.read_only_hint is told.endswith("| `read` |")


def test_a_key_file_that_is_none_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for content, said in ((b"\xff\xfe", "cannot be read"), (b"\n", "holds no API key")):
        file = tmp_path / "key"
        file.write_bytes(content)
        assert main(["mcp", "--url", URL, "--key-file", str(file)]) == 2
        assert said in capsys.readouterr().err
