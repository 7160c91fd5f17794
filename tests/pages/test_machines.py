import pytest

from app.pages.machines import is_machine, refuses_to_be_known

_PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)
_GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


@pytest.mark.parametrize("agent", [_PHONE, _GMAIL, "Thunderbird/128.4.0", "YahooMailProxy; x"])
def test_person_is_no_machine(agent: str) -> None:
    assert not is_machine({"user-agent": agent})


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "Mozilla/5.0",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0)",
        "curl/8.5.0",
        "python-requests/2.32",
        "Mozilla/5.0 (X11) HeadlessChrome/120.0",
        "Barracuda Sentinel (EE)",
        "Slackbot-LinkExpanding 1.0",
        "WhatsApp/2.23",
        "Go-http-client/2.0",
    ],
)
def test_machine_is_known_by_what_it_says_of_itself(agent: str) -> None:
    assert is_machine({"user-agent": agent})


@pytest.mark.parametrize(
    ("name", "value"),
    [("sec-purpose", "prefetch;prerender"), ("purpose", "prefetch"), ("x-purpose", "preview")],
)
def test_browser_that_fetches_ahead_is_a_machine(name: str, value: str) -> None:
    assert is_machine({"user-agent": _PHONE, name: value})


@pytest.mark.parametrize(
    ("headers", "refuses"),
    [({}, False), ({"dnt": "0"}, False), ({"dnt": "1"}, True), ({"sec-gpc": "1"}, True)],
)
def test_browser_that_asks_not_to_be_followed_is_heard(
    headers: dict[str, str], *, refuses: bool
) -> None:
    assert refuses_to_be_known(headers) is refuses
