"""`/desk/results`: the issues that went out, and how each went, by figure and by story.

What takes long to count are parts that the page asks for afterwards.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Response

from app.desk.deps import Desk, needs
from app.desk.frame import Crumb, live_page, page, part
from app.desk.issues import place_of
from app.desk.put_off import put_off
from app.desk.times import day_of_week, percent
from app.enums import DeliveryState, LinkKind, Scope
from app.issues.lifecycle import get_issue
from app.issues.results import (
    COMPLAINT_LINES,
    Read,
    Result,
    count_followers,
    left_after,
    list_sent,
    read_of,
    result_of,
)
from app.models import Issue, TrackedLink
from app.pages.language import N_
from app.rendering.lines import shortened

router = APIRouter()

Reader = Annotated[Desk, needs(Scope.READ)]

HERE: Final = "/desk/results"
CRUMBS: Final[tuple[Crumb, ...]] = ((N_("Results"), HERE),)
_ON_A_PAGE: Final = 30
_ADDRESS_CHARS: Final = 60

_BESIDES: Final = {
    DeliveryState.ACCEPTED: N_("accepted, not heard of yet"),
    DeliveryState.IN_DOUBT: N_("in doubt"),
    DeliveryState.FAILED: N_("could not be sent"),
    DeliveryState.SKIPPED: N_("got nothing, since they had left or paused by then"),
}
"""States that are none of the six figures."""


@router.api_route("/results", methods=["GET", "HEAD"])
def results(desk: Reader, before: str = "") -> Response:
    """Show the issues that went out, newest first."""
    place = place_of(before)
    found = list_sent(desk.session, before=place, limit=_ON_A_PAGE + 1)
    shown = found[:_ON_A_PAGE]
    last = shown[-1].issue if len(found) > _ON_A_PAGE else None
    return page(
        desk,
        "results.html",
        sent=shown,
        is_later=place is not None,
        older=f"{last.issued_on}.{last.id}" if last else "",
        **_words(),
    )


@router.api_route("/issues/{issue_id:id}/results", methods=["GET", "HEAD"])
def issue_results(desk: Reader, issue_id: int, whole: str = "") -> Response:
    """Show how an issue went; `whole` counts at once what a script asks for afterwards."""
    issue = get_issue(desk.session, issue_id)
    read = read_of(desk.session, issue_id)
    counted = {**_figures(desk, issue), **_left(desk, issue)} if whole else {}
    return live_page(
        desk,
        "issue_results.html",
        crumbs=CRUMBS,
        at=HERE,
        issue=issue,
        read=read,
        most=_most(read),
        whole=bool(whole),
        kinds=(
            (LinkKind.STORY, N_("by its title")),
            (LinkKind.READING, N_("to its own page")),
        ),
        others={LinkKind.ISSUE: N_("All of the day"), LinkKind.SPONSOR: N_("The sponsor")},
        **_words(),
        **counted,
    )


@router.api_route("/issues/{issue_id:id}/results/figures", methods=["GET", "HEAD"])
def figures_part(desk: Reader, issue_id: int) -> Response:
    """Show the six figures of an issue."""
    issue = get_issue(desk.session, issue_id)
    read = read_of(desk.session, issue_id)
    shown = _figures(desk, issue)
    return part(desk, "issue_results_figures.html", read=read, **_words(), **shown)


@router.api_route("/issues/{issue_id:id}/results/left", methods=["GET", "HEAD"])
def left_part(desk: Reader, issue_id: int) -> Response:
    """Show after which stories readers left."""
    issue = get_issue(desk.session, issue_id)
    return part(desk, "issue_results_left.html", **_words(), **_left(desk, issue))


def _figures(desk: Desk, issue: Issue) -> dict[str, Any]:
    result = result_of(desk.session, issue, desk.now)
    n_readers = count_followers(desk.session, issue.id)
    return {
        "result": result,
        "lines": COMPLAINT_LINES,
        "n_readers": n_readers,
        "followed": min(1.0, n_readers / result.n_had) if n_readers and result.n_had else None,
        "besides": _besides(result),
        **put_off(desk, issue),
    }


def _besides(result: Result) -> list[tuple[str, int]]:
    """Return what became of the readers who are in none of the figures, in words."""
    progress = result.progress
    found = [(words, progress.settled.get(state, 0)) for state, words in _BESIDES.items()]
    found += [
        (N_("waiting"), progress.queued + progress.sending),
        (N_("got nothing, since it was cancelled"), progress.cancelled),
    ]
    return [(words, n) for words, n in found if n]


def _left(desk: Desk, issue: Issue) -> dict[str, Any]:
    return {"left": left_after(desk.session, issue, desk.now)}


def _most(read: Read) -> int:
    """Return what the longest bar stands for."""
    links = [link for one in read.stories for link in (*one.links.values(), *one.within)]
    links += read.others
    return max([1, *map(n_of, links)])


def n_of(link: TrackedLink) -> int:
    """Return how many readers followed a link; how often, where readers are not kept apart."""
    return link.n_readers or link.n_human


def _bare(url: str) -> str:
    """Return an address as people say it, short enough for a label."""
    return shortened(url.partition("://")[2].removeprefix("www."), _ADDRESS_CHARS)


def _words() -> dict[str, Any]:
    return {"day_of_week": day_of_week, "percent": percent, "n_of": n_of, "bare": _bare}
