import re
from html.parser import HTMLParser

import pytest

from tests.localdev.ses.running import LocalSes, bulk, entry, simple, simple_with

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


class Page(HTMLParser):
    """The start tags and attributes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def links(self) -> list[str]:
        return [given["href"] or "" for tag, given in self.tags if tag == "a" and "href" in given]

    def only(self, wanted: str) -> dict[str, str | None]:
        (attributes,) = [given for tag, given in self.tags if tag == wanted]
        return attributes


def page(ses: LocalSes, path: str) -> Page:
    return Page(ses.web.get(path).raise_for_status().text)


def listed(ses: LocalSes, path: str) -> list[int]:
    found = (re.fullmatch(r"/inbox/(\d+)", link) for link in page(ses, path).links())
    return [int(match[1]) for match in found if match]


def test_list_is_newest_first_and_in_pages_when_it_is_long(ses: LocalSes) -> None:
    for start in (0, 50, 100):
        ses.client.send_bulk_email(**bulk(*[entry(start + number) for number in range(50)]))
    assert "150 messages" in ses.web.get("/inbox").text
    seen, path = [], "/inbox"
    for _ in range(3):
        seen += listed(ses, path)
        older = [link for link in page(ses, path).links() if "before=" in link]
        path = older[0] if older else ""
    assert seen == list(range(150, 0, -1))
    assert path == ""


def test_page_stays_the_same_when_mail_arrives_in_between(ses: LocalSes) -> None:
    ses.client.send_bulk_email(**bulk(*[entry(number) for number in range(50)]))
    before = listed(ses, "/inbox?before=40")
    ses.client.send_bulk_email(**bulk(entry(99)))
    assert listed(ses, "/inbox?before=40") == before == list(range(39, 0, -1))


@pytest.mark.parametrize("query", ["reader-7@", "READER-7", "  reader-7 "])
def test_search_finds_recipients_when_part_of_an_address_is_given(
    ses: LocalSes, query: str
) -> None:
    ses.client.send_bulk_email(**bulk(*[entry(number) for number in range(10)]))
    answer = ses.web.get("/inbox", params={"q": query})
    assert listed(ses, str(answer.request.url.raw_path, "ascii")) == [8]
    assert 'value="' in answer.text


def test_search_keeps_its_query_when_there_are_more_pages(ses: LocalSes) -> None:
    for start in (0, 50):
        ses.client.send_bulk_email(**bulk(*[entry(start + number) for number in range(50)]))
    ses.client.send_bulk_email(**bulk(entry(1, to="other@elsewhere.example")))
    (older,) = [link for link in page(ses, "/inbox?q=readers.example").links() if "before" in link]
    assert listed(ses, older) == list(range(50, 0, -1))


def test_list_says_so_when_there_is_nothing(ses: LocalSes) -> None:
    assert "Nothing here yet" in ses.web.get("/inbox").text
    assert ses.web.get("/").headers["location"] == "/inbox"


@pytest.mark.parametrize(
    "path", ["/inbox", "/inbox/1", "/inbox/1?view=headers", "/inbox?q=%3Cb%3E"]
)
def test_pages_hold_no_foreign_markup_when_a_mail_is_hostile(ses: LocalSes, path: str) -> None:
    ses.client.send_email(
        **simple_with(Subject={"Data": HOSTILE}, Body={"Text": {"Data": HOSTILE}})
    )
    tags = [tag for tag, _ in page(ses, path).tags]
    assert not {"script", "img", "b"} & set(tags)


def test_text_and_raw_are_escaped_when_a_mail_is_hostile(ses: LocalSes) -> None:
    body = {"Html": {"Data": HOSTILE}, "Text": {"Data": HOSTILE}}
    ses.client.send_email(**simple_with(Body=body))
    for view in ("html", "text", "headers", "raw"):
        assert "<script>" not in ses.web.get(f"/inbox/1?view={view}").text


def test_html_is_framed_in_a_sandbox_when_it_is_shown(ses: LocalSes) -> None:
    ses.client.send_email(**simple_with(Body={"Html": {"Data": HOSTILE}}))
    frame = page(ses, "/inbox/1").only("iframe")
    assert frame["src"] == "/inbox/1/html"
    assert set((frame["sandbox"] or "").split()) == {
        "allow-popups",
        "allow-popups-to-escape-sandbox",
    }
    policy = ses.web.get("/inbox/1/html").headers["content-security-policy"]
    assert policy.startswith("sandbox allow-popups")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


@pytest.mark.parametrize("path", ["/inbox", "/inbox/1", "/inbox.css"])
def test_page_loads_nothing_from_elsewhere_when_it_is_opened(ses: LocalSes, path: str) -> None:
    ses.client.send_email(**simple())
    answer = ses.web.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "://" not in answer.text


def test_links_of_the_mail_open_in_a_tab_when_it_is_framed(ses: LocalSes) -> None:
    ses.client.send_bulk_email(**bulk(entry(1)))
    assert "<head><base target=" in ses.web.get("/inbox/1/html").text


@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_frame_has_the_width_when_it_was_chosen_by_link(ses: LocalSes, width: str) -> None:
    ses.client.send_email(**simple())
    assert f"?view=html&width={width}" in page(ses, "/inbox/1").links()
    assert page(ses, f"/inbox/1?view=html&width={width}").only("iframe")["class"] == width


def test_text_is_shown_first_when_there_is_no_html(ses: LocalSes) -> None:
    ses.client.send_email(**simple_with(Body={"Text": {"Data": "Only text"}}))
    assert '<pre class="text">Only text</pre>' in ses.web.get("/inbox/1").text
    assert "no HTML part" in ses.web.get("/inbox/1?view=html").text


def test_headers_are_listed_when_they_are_asked_for(ses: LocalSes) -> None:
    ses.client.send_bulk_email(**bulk(entry(1)))
    text = ses.web.get("/inbox/1?view=headers").text
    for part in ("List-Unsubscribe-Post", "&lt;https://d.example/1&gt;", "issue_id=issue-1"):
        assert part in text


def test_raw_is_a_download_when_it_is_asked_for(ses: LocalSes) -> None:
    ses.client.send_email(**simple())
    answer = ses.web.get("/inbox/1/raw.eml")
    assert answer.headers["content-type"] == "message/rfc822"
    assert answer.headers["content-disposition"].endswith('-000000.eml"')


@pytest.mark.parametrize("path", ["/inbox/0", "/inbox/2", "/inbox/2/html", "/inbox/9/raw.eml"])
def test_message_is_not_found_when_there_is_none(ses: LocalSes, path: str) -> None:
    ses.client.send_email(**simple())
    assert ses.web.get(path).status_code == 404


@pytest.mark.parametrize("part", ["html", "raw.eml"])
def test_mail_is_not_found_when_it_could_not_be_rendered(ses: LocalSes, part: str) -> None:
    ses.client.send_bulk_email(**bulk(entry(1, data={})))
    assert ses.web.get("/inbox/1").status_code == 200
    assert ses.web.get(f"/inbox/1/{part}").status_code == 404
