"""`/desk/issues/{id}`: an issue, what it lacks, what was found, and its lines without a place.

To check an issue its mails are made, which takes long: the page asks for it afterwards.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response

from app.audit import list_entries
from app.content.limits import ISSUE_TEXTS
from app.content.normal import one_line
from app.content.placing import PlaceField
from app.desk.deps import Desk, needs
from app.desk.forms import Number
from app.desk.frame import go_to, live_page, part
from app.desk.issues import CRUMBS, HERE, Editor, Reader, read_day, words
from app.desk.states import FIELDS, lacks, why_unplaced
from app.desk.verbs import did
from app.enums import IssueState, Scope
from app.errors import AppError, Conflict, InvalidInput, NotFound, Stale
from app.issues.checks import waivers
from app.issues.checks.audience import ABOUT_READERS
from app.issues.checks.check import Checked, check
from app.issues.checks.finding import Finding
from app.issues.dropping import dropped_stories
from app.issues.lifecycle import get_issue
from app.issues.stories import change_issue, stories_of
from app.issues.unplaced import drop_unplaced, homes_above, place_unplaced, unplaced_of
from app.models import CategoryState, Issue, Story, UnplacedLine
from app.pages.language import N_, gettext, message_of
from app.publication.categories import all_categories
from app.publication.publication import get_publication

router = APIRouter(prefix="/issues/{issue_id:id}")

Sender = Annotated[Desk, needs(Scope.SEND)]
Typed = Annotated[str, Form()]


@router.api_route("", methods=["GET", "HEAD"])
def show(desk: Reader, issue_id: int, whole: str = "", done: str = "") -> Response:
    """Show an issue and its stories; `whole` checks at once what a script asks for afterwards."""
    return _issue(desk, issue_id, whole=bool(whole), done=done)


@router.api_route("/findings", methods=["GET", "HEAD"])
def findings(desk: Reader, issue_id: int) -> Response:
    """Show what blocks its approval, and what is worth a look."""
    issue = get_issue(desk.session, issue_id)
    zone = get_publication(desk.session).time_zone
    return part(desk, "issue_findings.html", issue=issue, zone=zone, **_checked(desk, issue))


@router.post("/subject")
def change_subject(
    desk: Editor,
    issue_id: int,
    version: Number,
    subject: Typed = "",
    preheader: Typed = "",
    opening: Typed = "",
    sign_off: Typed = "",
    issued_on: Typed = "",
) -> Response:
    """Give a draft another day, or other texts of its own."""
    typed = {"subject": subject, "preheader": preheader, "opening": opening, "sign_off": sign_off}
    try:
        issue = get_issue(desk.session, issue_id)
        given: dict[str, Any] = {
            **{name: one_line(text) for name, text in typed.items()},
            "issued_on": read_day(issued_on),
        }
        changed = {name: value for name, value in given.items() if value != getattr(issue, name)}
        if changed:
            by = (desk.session, desk.actor, issue_id)
            change_issue(*by, changed, desk.now, {version})
    except (InvalidInput, Conflict, Stale) as error:
        return refused(desk, issue_id, error, {**typed, "issued_on": issued_on})
    return go_to(desk.container, f"{HERE}/{issue_id}", done="saved")


@router.post("/stories/{story_id:id}/lead")
def change_lead(
    desk: Editor, issue_id: int, story_id: int, version: Number, leads: Typed = ""
) -> Response:
    """Let a story lead its issue, or no longer."""
    changes = {"lead_story_id": story_id if leads else None}
    try:
        change_issue(desk.session, desk.actor, issue_id, changes, desk.now, {version})
    except (InvalidInput, Conflict, Stale) as error:
        return refused(desk, issue_id, error)
    return _back(desk, issue_id, f"story-{story_id}")


@router.post("/unplaced/{line_id:id}")
def mend_line(
    desk: Editor, issue_id: int, line_id: int, version: Number, mend: Typed = ""
) -> Response:
    """Make a line a heading, add it to the story above, or drop it."""
    by = (desk.session, desk.actor, issue_id, line_id)
    try:
        if mend == "drop":
            drop_unplaced(*by, desk.now, {version})
        else:
            field = PlaceField.TITLE if mend == "heading" else None
            place_unplaced(*by, field, None, desk.now, {version})
    except (InvalidInput, NotFound, Conflict, Stale) as error:
        return refused(desk, issue_id, error)
    return _back(desk, issue_id, "unplaced")


@router.post("/unplaced/drop")
def drop_lines(desk: Editor, issue_id: int, version: Number) -> Response:
    """Drop all lines without a place."""
    try:
        drop_unplaced(desk.session, desk.actor, issue_id, None, desk.now, {version})
    except (Conflict, Stale) as error:
        return refused(desk, issue_id, error)
    return _back(desk, issue_id, "stories")


@router.post("/waive")
def waive(desk: Sender, issue_id: int, finding: Typed = "", because: Typed = "") -> Response:
    """Waive a warning, with the reason."""
    try:
        waive_with_reason(desk, issue_id, finding, because)
    except (InvalidInput, NotFound, Conflict) as error:
        return refused(desk, issue_id, error)
    return _back(desk, issue_id, "findings")


def waive_with_reason(desk: Desk, issue_id: int, finding: str, because: str) -> None:
    """Waive a warning.

    Raises:
        InvalidInput: the reason is missing, or the finding blocks.
        NotFound: there is no such finding, or no longer.
        Conflict: the Issue is no draft.
    """
    reason = " ".join(because.split())
    if not reason:
        raise InvalidInput(N_("Say why it is meant so."))
    by = (desk.session, desk.actor, issue_id, finding)
    waivers.waive(*by, desk.container.check_settings, desk.now, because=reason)


@router.post("/waive/back")
def take_back(desk: Sender, issue_id: int, finding: Typed = "") -> Response:
    """Take a waiver back."""
    try:
        waivers.take_back(desk.session, desk.actor, issue_id, finding, desk.now)
    except NotFound as error:
        return refused(desk, issue_id, error)
    return _back(desk, issue_id, "findings")


def refused(
    desk: Desk, issue_id: int, error: AppError, typed: Mapping[str, str] | None = None
) -> Response:
    """Show an issue as it is, and why what was asked of it is not done."""
    changed = gettext("It has changed since you looked. This is how it is now.")
    wrong = changed if isinstance(error, Stale) else message_of(error)
    return _issue(desk, issue_id, error.status, wrong=wrong, typed=typed)


def _back(desk: Desk, issue_id: int, part: str) -> Response:
    answer = go_to(desk.container, f"{HERE}/{issue_id}")
    answer.headers["location"] += f"#{part}"
    return answer


def _issue(
    desk: Desk,
    issue_id: int,
    status: int = 200,
    *,
    whole: bool = False,
    wrong: str = "",
    typed: Mapping[str, str] | None = None,
    done: str = "",
) -> Response:
    issue = get_issue(desk.session, issue_id)
    stories = stories_of(desk.session, issue_id)
    lines = unplaced_of(desk.session, issue_id)
    last = list_entries(desk.session, issue_id=issue_id, limit=1)
    is_draft = issue.state is IssueState.DRAFT
    return live_page(
        desk,
        "issue.html",
        status,
        crumbs=CRUMBS,
        issue=issue,
        n_stories=len(stories),
        by_category=_by_category(stories),
        lacks=lacks,
        why=why_unplaced,
        lines=lines,
        above=_above(stories, lines),
        dropped=dropped_stories(desk.session, issue_id) if is_draft else [],
        last=last[0] if last else None,
        did=did,
        wrong=wrong,
        typed=typed,
        most=ISSUE_TEXTS,
        done=done,
        homes=_homes(desk) if is_draft else [],
        **words(desk),
        **(_checked(desk, issue) if whole else {"is_draft": is_draft, "checked": None}),
    )


def _checked(desk: Desk, issue: Issue) -> dict[str, Any]:
    """Return what the findings are shown with."""
    checked = check(desk.session, issue.id, desk.container.check_settings, desk.now)
    return {
        "is_draft": issue.state is IssueState.DRAFT,
        "checked": checked,
        "waived": _waived(checked),
        "on_page": _on_page,
        "fields": FIELDS,
        "about_readers": ABOUT_READERS,
    }


def _by_category(stories: Sequence[Story]) -> dict[int | None, list[Story]]:
    """Return the stories of each category, in the order in which the issue comes to it."""
    found: dict[int | None, list[Story]] = {}
    for story in stories:
        found.setdefault(story.category_id, []).append(story)
    return found


def _homes(desk: Desk) -> list[tuple[str, str]]:
    """Return the slugs and names of the categories that stories can be moved to."""
    found = [one for one in all_categories(desk.session) if one.state is not CategoryState.RETIRED]
    return [*((one.slug, one.name) for one in found), ("", gettext("Without a category"))]


def _above(stories: Sequence[Story], lines: Sequence[UnplacedLine]) -> dict[int, str]:
    return {line: story.title for line, story in homes_above(stories, lines).items()}


def _waived(checked: Checked) -> list[Finding]:
    return [one for one in checked.findings if not one.blocks and one.id in checked.waivers]


def _on_page(finding: Finding) -> str:
    """Return the field that a finding about a story is about, as a part of its page's address."""
    return finding.place.field.partition("/")[0]
