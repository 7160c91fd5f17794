"""Templates to answers: every page leaves through here, with the headers that keep it safe."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.orm import Session

from app.image_sources import page_images
from app.in_words import set_apart
from app.look import OURS, Look
from app.pages.assets import asset_path
from app.pages.language import (
    SOURCE,
    ago,
    gettext,
    listing,
    long_date,
    moment,
    n_minutes,
    n_stories,
    ngettext,
    number,
    present,
    translated,
    turned,
    unbroken,
)
from app.pages.negotiate import keep_choice, other_languages
from app.pages.prose import marked
from app.pages.typed import http_date
from app.publication.publication import get_publication, look_of
from app.settings import Settings
from app.web_addresses import host_of, web_address

_TEMPLATES: Final = Path(__file__).parent / "templates"
_PUBLIC: Final = "public, max-age=60"
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_CSP: Final = (
    "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
SAFE: Final = {
    "Content-Security-Policy": f"{_CSP}; img-src 'self'",
    "X-Content-Type-Options": "nosniff",
}
FEED: Final = SAFE
"""The headers of what programs read: feeds, sitemaps."""

_READING: Final = SAFE | {"Referrer-Policy": "strict-origin-when-cross-origin"}
PRIVATE: Final = SAFE | {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
"""The headers of what is for one person: kept nowhere, and its address told to nobody."""


@dataclass(frozen=True)
class Site:
    """What every page says about where it is.

    `root` is the path below which the pages lie, mostly empty; `base_url` is the whole address,
    for links that leave the site. `name` is empty where the database cannot be asked. `language`
    is what the stories are written in; without `archive_is_open` nothing is listed.
    """

    name: str
    tagline: str
    postal_lines: tuple[str, ...]
    root: str
    base_url: str
    language: str = SOURCE
    archive_is_open: bool = True
    look: Look = OURS

    @property
    def is_ours(self) -> bool:
        """Return whether it looks as it comes."""
        return self.look == OURS


def site_of(session: Session, settings: Settings) -> Site:
    """Return the publication as the pages name it."""
    publication = get_publication(session)
    lines = (line.strip() for line in publication.postal_address.splitlines())
    return Site(
        name=publication.name,
        tagline=publication.tagline,
        postal_lines=tuple(line for line in lines if line),
        root=root_of(settings),
        base_url=settings.base_url,
        language=publication.language,
        archive_is_open=publication.archive_is_open,
        look=look_of(publication),
    )


def root_of(settings: Settings) -> str:
    """Return the path of the base address: empty, or as `/digest`."""
    return urlsplit(settings.base_url).path


def public_page(request: Request, template: str, **values: object) -> Response:
    """Return a page that is the same for everybody: cached a minute, then checked by its ETag.

    It has no Last-Modified: a setting or the next issue changes a page that was made long before.
    """
    headers = _admitting_logo(_READING, values) | language_headers()
    return public_answer(request, fill(template, values).encode(), "text/html", headers)


def private_page(template: str, status: int = 200, **values: object) -> Response:
    """Return a page for one person, which is stored nowhere."""
    headers = _admitting_logo(PRIVATE, values) | language_headers()
    return Response(
        fill(template, values), status_code=status, media_type="text/html", headers=headers
    )


def scripted_page(template: str, status: int = 200, **values: object) -> Response:
    """Return a page as `private_page` does, that may run script files of our own."""
    page = private_page(template, status, **values)
    page.headers["Content-Security-Policy"] += "; script-src 'self'"
    return page


def public_answer(
    request: Request,
    body: bytes,
    media_type: str,
    headers: Mapping[str, str],
    *,
    changed_at: datetime | None = None,
) -> Response:
    """Answer `body` with an ETag, or 304 where the client has it already.

    The tag is weak, so that it stays true when a proxy compresses. `changed_at` is told as
    Last-Modified, and decides only for who knows no tag.
    Source: RFC 9110 8.8.1, 8.8.3, 13.1.2, 13.1.3.
    """
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'
    all_headers = {"Cache-Control": _PUBLIC, "ETag": tag, **headers}
    if changed_at is not None:
        all_headers["Last-Modified"] = format_datetime(changed_at.astimezone(UTC), usegmt=True)
    held = request.headers.get("if-none-match")
    since = request.headers.get("if-modified-since", "")
    if _is_held(held, tag) if held is not None else _is_unchanged(since, changed_at):
        return Response(status_code=304, headers=all_headers)
    return Response(body, media_type=media_type, headers=all_headers)


def fill(template: str, values: Mapping[str, object], folder: Path = _TEMPLATES) -> str:
    """Fill the template with its values, escaped; raise UndefinedError for a missing name."""
    html = _environment(folder).get_template(template).render(values)
    site = values.get("site")
    return keep_choice(html, site.root) if isinstance(site, Site) else html


def _admitting_logo(headers: Mapping[str, str], values: Mapping[str, object]) -> dict[str, str]:
    """Return the headers of a page, which may load the logo of the look, where it has one."""
    site = values.get("site")
    sources = page_images(site.look if isinstance(site, Site) else None)
    policy = f"{_CSP}; img-src {sources}"
    return {**headers, "Content-Security-Policy": policy}


def language_headers() -> dict[str, str]:
    """Return what a cache must know: the same address is another page for another reader."""
    return {"Content-Language": present().code, "Vary": "Accept-Language"}


@cache
def _environment(folder: Path) -> Environment:
    jinja = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    jinja.policies["ext.i18n.trimmed"] = True
    jinja.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    set_apart(jinja)
    # Nothing that authors write may reach a page unescaped, so there is no way to ask for it.
    del jinja.filters["safe"]
    jinja.filters.update(
        ago=ago,
        host=host_of,
        listing=listing,
        marked=marked,
        long_date=long_date,
        moment=moment,
        n_minutes=n_minutes,
        n_stories=n_stories,
        number=number,
        translated=translated,
        unbroken=unbroken,
        web_address=web_address,
        words=str,
    )
    jinja.globals.update(
        asset_path=asset_path, language=present, other_languages=other_languages, turned=turned
    )
    return jinja


def _printable(value: object) -> object:
    """Return `value` without characters that HTML cannot hold; markup stays markup."""
    if isinstance(value, str) and _UNPRINTABLE.search(value):
        return type(value)(_UNPRINTABLE.sub("", value))
    return value


def _is_held(if_none_match: str, tag: str) -> bool:
    held = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return "*" in held or tag.removeprefix("W/") in held


def _is_unchanged(since: str, changed_at: datetime | None) -> bool:
    """Return whether nothing changed after the instant of `If-Modified-Since`, to the second."""
    if not since or changed_at is None:
        return False
    asked = http_date(since)
    return asked is not None and changed_at.replace(microsecond=0) <= asked
