"""The OpenAPI document: FastAPI's, with our problems, summaries and shared headers; and `/docs`.

The page is Swagger UI, where each operation can be tried with a key. Its files come from the
package fastapi-offline and are served here; nothing is fetched from anybody else, and no script or
style stands in the page itself.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.responses import JSONResponse
from starlette.staticfiles import StaticFiles

from app.api.asgi import HEADER
from app.api.errors import UNDOCUMENTED, ApiRouter, all_kinds, by_status
from app.api.loads import DigestBody
from app.api.previews import PreviewOut
from app.api.problems import Problem, example_of
from app.api.signups import Signup
from app.errors import AppError

router = ApiRouter()

Document = dict[str, Any]

TAGS: Final = [
    {"name": "signups", "description": "Readers sign up themselves; open to anybody."},
    {"name": "subscribers", "description": "Readers, their preferences, and their erasure."},
    {"name": "imports", "description": "Files of readers: uploaded, looked at, added."},
    {"name": "suppressions", "description": "Addresses that must not be written to."},
    {"name": "categories", "description": "What there is to follow."},
    {"name": "publication", "description": "Who sends, from where and when."},
    {"name": "issues", "description": "Dated digests: load, list, change, export."},
    {"name": "stories", "description": "The stories of a draft."},
    {"name": "revisions", "description": "What stories and issues said before; restored."},
    {"name": "checks", "description": "What there is to mend before an issue is sent."},
    {"name": "preview", "description": "Editions seen before they leave."},
    {
        "name": "steps",
        "description": "Draft → approved → scheduled → sending → sent.",
    },
    {"name": "progress", "description": "How far a send is."},
    {"name": "unplaced lines", "description": "What a load could not place: placed or dropped."},
    {"name": "pastes", "description": "Texts of digests: kept, mended, loaded when told to."},
    {"name": "taking down", "description": "Issues and stories off the web, and on it again."},
    {"name": "corrections", "description": "Stories changed after launch, and who is told of it."},
    {
        "name": "deliveries",
        "description": "Who got an issue, who did not and why; and resending it to one reader.",
    },
    {"name": "doubts", "description": "Readers of whom nobody knows whether they got it."},
    {"name": "account", "description": "The sending account: paused or not."},
    {"name": "events", "description": "What the provider tells of mails."},
    {"name": "schedule", "description": "What goes out next, and what became of the last days."},
    {"name": "today", "description": "All there is to see at a glance."},
    {"name": "audit", "description": "Who changed what."},
    {"name": "webhooks", "description": "Who else is told what happens: signed requests to them."},
    {"name": "keys", "description": "Who may use this API."},
    {"name": "users", "description": "The people who work at the desk."},
    {"name": "service", "description": "Whether the service is well."},
]
DESCRIPTION: Final = """\
Load the day's stories, see every edition before it leaves, approve it, and watch it go out.

**Keys.** Send `Authorization: Bearer dv_…`. A key has scopes: `read`, `people`, `edit`,
`send`, `admin`, which holds them all. Whatever tells of single readers, and every address, needs
`people`; whoever changes readers needs it beside `edit`. A key may expire, and be for some networks
only: then it answers 401 afterwards, and 403 elsewhere.

**Errors** are `application/problem+json` (RFC 9457); `code` is for programs, `detail` for people.
Every code stands in the table below.

**Doing it once.** Send an `Idempotency-Key` with what makes something: the same request with the
same key is done once, and answered alike for 24 hours.

**Two at once.** Issues and stories have a `version`, which is their ETag. Send it as `If-Match`
with a change: if somebody changed the same meanwhile, nothing is done and a 412 says who and what.
What has no version of its own refuses an `If-Match`.

**Limits.** Where requests are limited, answers say how with `RateLimit-Policy` and `RateLimit`
(draft-ietf-httpapi-ratelimit-headers), and a 429 says in `Retry-After` for how long to wait.

**Pages.** Lists answer `next`; give it as `after` until it is null.

**Times** are UTC instants with an offset; times of day are on the publication's clocks. An instant
that is sent without an offset is read on those clocks, and the header `Times-Read-In` of the answer
names their zone; a time that they skip or show twice is refused.
"""
SERVERS: Final = [{"url": "/", "description": "Where this document is served."}]
# Models that no route names by itself, because its body or answer has more than one type.
_MORE_MODELS: Final = (
    (Problem, "serialization"),
    (Signup, "validation"),
    (DigestBody, "validation"),
    (PreviewOut, "serialization"),
)

_ANSWER_HEADERS: Final[Document] = {
    "RequestId": {
        "description": "The request's id, as in the log.",
        "schema": {"type": "string"},
        "required": True,
    },
    "Retry-After": {
        "description": "In so many seconds the same will work.",
        "schema": {"type": "string", "pattern": "^[0-9]+$", "examples": ["120"]},
    },
    "RateLimit-Policy": {
        "description": "The limits that hold here: how many (`q`) within so many seconds (`w`).",
        "schema": {"type": "string", "examples": ['"tests";q=100;w=3600']},
    },
    "RateLimit": {
        "description": "How many remain of a limit (`r`), and in how many seconds there are more "
        "(`t`), where that is told.",
        "schema": {"type": "string", "examples": ['"tests";r=97;t=3540']},
    },
}

_FOLDER: Final = Path(__file__).parent / "viewer"
_PAGE: Final = (_FOLDER / "index.html").read_bytes()
_HEADERS: Final = {
    # Swagger UI's style sheet holds its icons as data: addresses.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_GOOD: Final = {"200": "Done.", "201": "Made.", "202": "Taken on.", "204": "Done."}


class _Files(StaticFiles):
    """Files that a browser may keep, if it asks each time whether they are still the same."""

    def file_response(self, *args: Any, **options: Any) -> Response:
        answer = super().file_response(*args, **options)
        answer.headers["Cache-Control"] = "no-cache"
        return answer


FILES: Final = _Files(directory=_FOLDER, packages=[("fastapi_offline", "static")])
"""What the page loads: ours to start the viewer, and the viewer's own. For `/docs/viewer`."""


@router.get("/docs", include_in_schema=False)
def show_docs() -> Response:
    """Show every operation of the OpenAPI document, and let it be tried."""
    return Response(_PAGE, media_type="text/html", headers=_HEADERS)


@router.get("/openapi.json", include_in_schema=False)
async def show_document(request: Request) -> JSONResponse:
    """Show the document itself."""
    return JSONResponse(request.app.openapi())


def make_document(app: FastAPI) -> Document:
    """Return the whole document; it is the same for every deployment."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=DESCRIPTION,
        license_info=app.license_info,
        routes=app.routes,
        tags=TAGS,
        servers=SERVERS,
    )
    _, more = models_json_schema(
        [(model, mode) for model, mode in _MORE_MODELS],  # type: ignore[misc]  # a literal in a tuple
        ref_template="#/components/schemas/{model}",
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in more["$defs"].items():
        schemas.setdefault(name, schema)
    for schema in schemas.values():
        if "examples" in schema:
            schema["examples"] = [_in_order(document, schema, one) for one in schema["examples"]]
    document["components"]["headers"] = _ANSWER_HEADERS
    for operation in operations(document):
        _finish(operation)
    _add_problems(document)
    return document


def operations(document: Document) -> Iterator[dict[str, Any]]:
    """Yield every operation, in the document's order."""
    for path in document["paths"].values():
        yield from path.values()


def openapi_json(app: FastAPI) -> str:
    """Return the document as in docs/openapi.json: indented, with one newline at the end."""
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"


def _add_problems(document: Document) -> None:
    """Add a table of all problems, and an example of each that an operation answers.

    A row has the problem's code as an anchor, because a problem's `type` leads to it on `/docs`.
    """
    names = _problem_names(document)
    answered = [kind for kind in sorted(all_kinds(), key=by_status) if kind.code in names]
    document["components"]["examples"] = {
        kind.code: {"summary": kind.title, "value": example_of(kind)} for kind in answered
    }
    rows = [
        f'| <a id="{kind.code}"></a>`{kind.code}` | {kind.status} | {kind.title} | {_about(kind)} |'
        for kind in sorted((*answered, *UNDOCUMENTED), key=by_status)
    ]
    head = ["| Code | Status | Title | When |", "|---|---|---|---|"]
    document["info"]["description"] += "\n" + "\n".join([*head, *rows]) + "\n"


def _about(kind: type[AppError]) -> str:
    if kind is AppError:
        return "Not your fault: it is logged under the request's id, which is the `instance`."
    return (kind.__doc__ or "").partition("\n")[0]


def _in_order(document: Document, schema: Document, value: Any) -> Any:
    """Return an example with its keys in the order of the fields, and with its nulls.

    Pydantic sorts keys by name, and FastAPI takes every null out of the document, those of examples
    too: a field that must be there and may be null is null where the example has lost it.
    """
    if isinstance(value, list):
        return [_in_order(document, schema.get("items", {}), one) for one in value]
    if not isinstance(value, dict):
        return value
    for choice in (schema, *schema.get("anyOf", ())):
        bare = _bare(document, choice)
        if "properties" in bare:
            fields = bare["properties"]
            lost = [name for name in bare.get("required", ()) if _may_be_null(fields[name])]
            whole = {**dict.fromkeys(lost), **value}
            known = [key for key in fields if key in whole]
            rest = [key for key in whole if key not in fields]
            return {
                key: _in_order(document, fields.get(key, {}), whole[key]) for key in known + rest
            }
    return value


def _bare(document: Document, schema: Document) -> Document:
    """Return the schema itself where this only refers to it."""
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Document = document["components"]["schemas"][name] if name else schema
    return found


def _may_be_null(schema: Document) -> bool:
    kinds = [schema.get("type"), *(one.get("type") for one in schema.get("anyOf", ()))]
    return "null" in kinds


def _finish(operation: dict[str, Any]) -> None:
    """Set summary and description from the docstring, and the header that every answer has."""
    operation.setdefault("security", [])  # said of what is open to anybody, too
    summary, _, description = operation.pop("description", "").partition("\n\n")
    operation["summary"] = summary.strip()
    if description:
        operation["description"] = description.strip()
    for status, response in operation["responses"].items():
        if response["description"] == "Successful Response":
            response["description"] = _GOOD[status]
        response.setdefault("headers", {})[HEADER] = {"$ref": "#/components/headers/RequestId"}
        for media in response.get("content", {}).values():
            _say_stream(media)


def _say_stream(media: dict[str, Any]) -> None:
    """Describe a stream by one event of it, since FastAPI's `itemSchema` is of OpenAPI 3.2."""
    item = media.pop("itemSchema", None)
    if item is not None:
        media["schema"] = item


def _problem_names(document: Document) -> set[str]:
    """Return the names of the problems that some operation answers."""
    return {
        name
        for operation in operations(document)
        for response in operation["responses"].values()
        for media in response.get("content", {}).values()
        for name in media.get("examples", ())
    }
