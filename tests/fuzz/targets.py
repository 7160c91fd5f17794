"""What strangers' bytes go through, a function each: it may refuse them by its own errors alone.

`make fuzz` looks for bytes that it does not hold for, led by what they reach; the tests try the
bytes that are kept, and some at random.
"""

import re
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address
from typing import Any, Final, cast

from starlette.exceptions import HTTPException
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.accept_headers import weights_of
from app.addresses import parse_address
from app.api.fields import cursor_of, read_cursor, read_day
from app.api.nul import without_nul
from app.content.mending import headings_of, mended
from app.content.parse import Form, numbered_lines, parse
from app.delivery.leaving import token_in
from app.editing.frames import BadFrame, read_frame, read_presence
from app.errors import AppError, InvalidInput
from app.events.errors import EventError
from app.events.inbound import without_content
from app.events.payload import read_event, sending_account
from app.events.sns import verify
from app.images.reading import read_image
from app.link_tokens import LinkSigner
from app.markup.article import article_of, article_words
from app.markup.prose import prose_of, words_of
from app.net.connect import bare_host
from app.networks import client_ip, is_within, parse_networks
from app.readers.imports.layout import recognise
from app.readers.imports.quick import QuickAddresses
from app.readers.imports.records import Records, lines_of
from app.readers.imports.rows import Reading
from app.readers.imports.services import form_of
from app.readers.imports.signs import Search
from app.readers.imports.standings import BadRowError
from app.readers.imports.uses import uses_of
from app.readers.proof import _read_payload
from app.tokens import Purpose, Signer, token_from_address
from app.transports.replies import tidy
from app.web_addresses import host_of, is_web_address, web_address, web_parts
from app.webhooks.endpoints import check_address
from app.webhooks.request import WebhookNetwork, _addresses, _NotThere, _wait
from app.webhooks.retries import LONGEST_WAIT

NOW: Final = datetime(2026, 11, 29, 6, tzinfo=UTC)
TOPIC: Final = "arn:aws:sns:eu-west-1:123456789012:events"

_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_SIGNER: Final = Signer(["a key for fuzzing"])
_LINKS: Final = LinkSigner(["a key for fuzzing"])
_TAG: Final = re.compile(r"<\s*/?\s*([a-zA-Z!][a-zA-Z0-9!-]*)([^>]*)>")
_MAY_COME_OUT: Final = re.compile(
    r"a|blockquote|br|code|div|em|figcaption|figure|h[3-6]|hr|img|li|ol|p|pre|strong|table|tbody"
    r"|td|th|thead|tr|ul"
)
_RUNS: Final = re.compile(
    r"\son\w+\s*=|(?:href|src)\s*=\s*[\"']?\s*(?:javascript|data|vbscript):", re.IGNORECASE
)


def digest(data: bytes) -> None:
    """A digest in each of its forms, and what a person mends of it."""
    for form in (None, *Form):
        with suppress(AppError):
            found = parse(data, form=form)
            mended(found, {})
            for story in found.stories:
                assert story.title is not None
    numbered_lines(data.decode(errors="replace"))
    parse_headings = headings_of({})
    assert not parse_headings


def markdown(data: bytes) -> None:
    """A story's Markdown and an article's: nothing but our elements, and no address that runs."""
    text = data.decode(errors="replace").replace("\0", "")
    for reads_markdown in (True, False):
        article = article_of(text, reads_markdown=reads_markdown)
        refuse_what_runs(str(article.html))
        article_words(text, reads_markdown=reads_markdown)
        prose = prose_of(text, reads_markdown=reads_markdown)
        assert isinstance(prose, str)
        words_of(text, reads_markdown=reads_markdown)


def refuse_what_runs(html: str) -> None:
    """Raise AssertionError for an element that is none of ours, or an attribute that runs."""
    for name, rest in _TAG.findall(html):
        assert _MAY_COME_OUT.fullmatch(name), name
        assert not _RUNS.search(rest), rest


def imports(data: bytes) -> None:
    """A file of readers, from its first line to its rows."""
    text = data.decode(errors="replace").encode()
    try:
        layout = recognise(text)
    except InvalidInput:
        return
    form = form_of(layout.heading, "readers.csv")
    uses = uses_of(form, layout.heading, layout.sample)
    reading: Reading | None = None
    with suppress(KeyError, InvalidInput):
        reading = Reading(
            list(layout.heading),
            uses.columns,
            form,
            categories={},
            zones=frozenset({"UTC"}),
            addresses=QuickAddresses(allow_reserved=True),
            pepper="x" * 32,
            now=NOW,
        )
    search = Search(reading.searched if reading else {})
    for line, cells, wrong in Records(lines_of([text[layout.read_at :]]), layout.delimiter):
        if wrong or reading is None or len(cells) != reading.width:
            continue
        search.add(line, cells)
        with suppress(BadRowError):
            copied = reading.copied(1, line, cells)
            assert copied.count("\n") == 1
            assert copied.endswith("\n")
    search.found()


def sns(data: bytes) -> None:
    """A message posted as SNS's; no certificate of a stranger is ever asked for."""

    def fetch(url: str) -> bytes:
        assert re.fullmatch(r"https://sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[^/]+\.pem", url)
        raise EventError("no_certificate")

    for topics in ({TOPIC}, set[str]()):
        with suppress(EventError):
            verify(data, topics=topics, fetch_certificate=fetch, now=NOW, allow_v1=True)
            raise AssertionError("nobody signed it")


def ses_event(data: bytes) -> None:
    """What a message of SES says, also of a mail that came to us."""
    text = data.decode(errors="replace")
    with suppress(EventError):
        for event in read_event(text, NOW):
            assert event.happened_at.tzinfo is not None
    with suppress(EventError):
        read_event(text)
    sending_account(text)
    without_content(text)


def tokens(data: bytes) -> None:
    """What stands in a link: nothing that we did not sign names anybody."""
    text = data.decode(errors="replace")
    for purpose in Purpose:
        with suppress(AppError):
            _SIGNER.read(purpose, text, now=NOW)
            raise AssertionError("nobody signed it")
    with suppress(AppError):
        _LINKS.read(text, lambda _: 1)
        raise AssertionError("nobody signed it")
    with suppress(AppError):
        _LINKS.read_reader(1, text, lambda _: 1)
        raise AssertionError("nobody signed it")
    token_from_address(text)
    token_in(text)


def addresses(data: bytes) -> None:
    """An address of a mailbox, and of the web."""
    text = data.decode(errors="replace")
    with suppress(InvalidInput):
        found = parse_address(text, allow_reserved=True)
        assert "\n" not in found.text
        assert "\r" not in found.text
    if is_web_address(text):
        assert web_parts(text) is not None
        web_address(text)
        host_of(text)


def webhooks(data: bytes) -> None:
    """The address of a webhook, what its name server says, a line each, and its Retry-After.

    Whatever both say, nothing is connected to that is not public, and nobody but who was named.
    """
    url, *answers = data.decode(errors="replace").split("\n")
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return answers

    wait = _wait(url, "Sun, 29 Nov 2026 06:00:00 GMT")
    assert wait is None or wait <= LONGEST_WAIT
    with suppress(InvalidInput, LocationParseError, ConnectionError, _NotThere):
        check_address(url, takes_http=True)
        target = parse_url(url)
        assert target.auth is None
        found = _addresses(target, WebhookNetwork(resolve=resolve, tls=_TLS))
        assert asked == [bare_host(target)]
        assert target.scheme == "https"
        for one in found:
            refuse_what_is_not_public(one)


def refuse_what_is_not_public(address: str) -> None:
    """Raise AssertionError for an address that Python itself does not call global."""
    found = ip_address(address.partition("%")[0])
    assert found.is_global, address
    assert not found.is_multicast, address
    if isinstance(found, IPv6Address):
        assert (found.ipv4_mapped, found.sixtofour, found.teredo) == (None, None, None), address


def forwarded(data: bytes) -> None:
    """X-Forwarded-For: whoever it names, it is an address or nobody, and never ends a request."""
    seen: list[Any] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["client"])

    headers = [(b"x-forwarded-for", one) for one in data.split(b"\n")[:5]]
    headers.append((b"x-forwarded-proto", data[:20]))
    scope = {"type": "http", "scheme": "http", "client": ("127.0.0.1", 1), "headers": headers}
    proxied = ProxyHeadersMiddleware(app, trusted_hosts=["127.0.0.1", "10.0.0.0/8"])
    _ended(cast("Any", proxied)(scope, None, None))
    (client,) = seen
    name = client[0] if client else None
    client_ip(name)
    is_within(name, ["10.0.0.0/8", "2001:db8::/32"])
    with suppress(InvalidInput):
        parse_networks(data.decode(errors="replace").split(","))


def headers(data: bytes) -> None:
    """Headers with weights, cursors of lists, and what a mail server answers."""
    text = data.decode("latin-1")
    assert all(0 <= weight <= 1 for weight in weights_of(text).values())
    for n in (1, 2):
        with suppress(InvalidInput):
            assert cursor_of(*read_cursor(text, n)) == text
    with suppress(InvalidInput):
        read_day(text)
    assert "\n" not in tidy(data)


def forms(data: bytes) -> None:
    """A form of a browser, before it is divided."""
    for kind in (b"multipart/form-data; boundary=x7", b"application/x-www-form-urlencoded"):
        scope = {"path": "/", "query_string": data[:50], "headers": [(b"content-type", kind)]}
        with suppress(HTTPException):
            without_nul(scope, data)


def proofs(data: bytes) -> None:
    """A proof of work."""
    _read_payload(data.decode("latin-1"))


def frames(data: bytes) -> None:
    """A frame to a shared document, and where somebody says to be."""
    with suppress(BadFrame):
        read_frame(data)
    with suppress(BadFrame):
        presence = read_presence(data, "Ada")
        assert presence.state is None or presence.state["name"] == "Ada"


def images(data: bytes) -> None:
    """A file that is said to be an image."""
    with suppress(InvalidInput):
        found = read_image(data)
        assert found.n_bytes


def _ended(coroutine: Any) -> None:
    """Run what waits for nothing to its end."""
    with suppress(StopIteration):
        coroutine.send(None)


TARGETS: Final[Mapping[str, Callable[[bytes], None]]] = {
    one.__name__: one
    for one in (
        *(digest, markdown, imports, sns, ses_event, tokens, addresses),
        *(webhooks, forwarded, headers, forms, proofs, frames, images),
    )
}
