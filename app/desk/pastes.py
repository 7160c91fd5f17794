"""`/desk/issues/pastes`: a pasted text beside what was understood of it, until it is loaded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final

from fastapi import APIRouter, File, Form, Response, UploadFile

from app.characters import cut
from app.content.drafts import Digest, StoryDraft
from app.content.errors import ContentError
from app.content.limits import MAX_LINES
from app.content.mending import Mend, story_above
from app.content.parse import Form as Written
from app.content.parse import numbered_lines, read_text
from app.desk.deps import Desk
from app.desk.forms import Number
from app.desk.frame import go_to, page
from app.desk.issues import (
    CRUMBS,
    HERE,
    Editor,
    day_of,
    drafts,
    free_day,
    new_page,
    number_of,
    read_day,
    words,
)
from app.desk.states import lacks, why_unplaced
from app.errors import AppError, InvalidInput, Stale, TooLarge
from app.issues import pastes
from app.issues.load_into import Mode
from app.models import Paste
from app.pages.language import message_of, translated

router = APIRouter(prefix="/issues/pastes")

Typed = Annotated[str, Form()]

_FORMS: Final[Mapping[str, Written]] = {"md": Written.MARKDOWN, "json": Written.JSON}


@dataclass(frozen=True)
class Run:
    """Show lines together that found no place for one reason, or of which one thing is said.

    `above` is the title of the story that can take them.
    """

    first: int
    last: int
    reason: str = ""
    above: str = ""
    mend: str = ""


@router.post("")
def paste(
    desk: Editor,
    text: Typed = "",
    file: Annotated[UploadFile | None, File()] = None,
    day: Typed = "",
    into: Typed = "",
) -> Response:
    """Keep what was pasted, or a file, and show what it says; nothing is loaded."""
    try:
        name = (file.filename or "") if file is not None else ""
        said = read_text(file.file.read()) if file is not None and name else text
        kept = pastes.keep_paste(
            desk.session,
            desk.actor,
            said,
            desk.now,
            form=_FORMS.get(name.lower().rpartition(".")[2]),
            name=_one_line(name),
            issue_id=number_of(into),
        )
    except (InvalidInput, TooLarge) as error:
        wrong = {"file" if file is not None else "text": message_of(error)}
        return new_page(desk, error.status, day=day, into=into, typed=text, wrong=wrong)
    chosen = {"day": day} if day_of(day) else {}
    return go_to(desk.container, f"{HERE}/pastes/{kept.id}", **chosen)


@router.api_route("/{paste_id:id}", methods=["GET", "HEAD"])
def show(desk: Editor, paste_id: int, day: str = "") -> Response:
    """Show the text with the lines that found no place, and what would be loaded."""
    return _paste(desk, pastes.get_paste(desk.session, paste_id), day=day)


@router.post("/{paste_id:id}/mend")
def mend(
    desk: Editor,
    paste_id: int,
    first: Number,
    last: Number,
    version: Number,
    mend: Typed = "",
    day: Typed = "",
) -> Response:
    """Say what becomes of lines, or take it back."""
    said = Mend(mend) if mend in set(Mend) else None
    lines = range(first, min(last, first + 50_000) + 1)
    try:
        by = (desk.session, desk.actor, paste_id)
        pastes.mend_paste(*by, lines, said, desk.now, {version})
    except Stale as error:
        return _again(desk, paste_id, error, day=day)
    chosen = {"day": day} if day_of(day) else {}
    answer = go_to(desk.container, f"{HERE}/pastes/{paste_id}", **chosen)
    answer.headers["location"] += f"#L{first}"
    return answer


@router.post("/{paste_id:id}/text")
def change(desk: Editor, paste_id: int, version: Number, text: Typed = "") -> Response:
    """Set another text; who saves over another's change sees both."""
    try:
        by = (desk.session, desk.actor, paste_id)
        pastes.change_text(*by, text, desk.now, {version})
    except (InvalidInput, Stale, TooLarge) as error:
        return _again(desk, paste_id, error, typed=text)
    return go_to(desk.container, f"{HERE}/pastes/{paste_id}")


@router.post("/{paste_id:id}/load")
def load(
    desk: Editor,
    paste_id: int,
    version: Number,
    issued_on: Typed = "",
    into: Typed = "",
    mode: Typed = "",
) -> Response:
    """Load it: as an issue of a day, or into a draft, which asks where it has a title already."""
    target = number_of(into)
    try:
        if target is not None and mode not in set(Mode):
            kept = pastes.get_paste(desk.session, paste_id)
            there = pastes.titles_there(desk.session, target, pastes.digest_of(kept))
            if there:
                return _paste(desk, kept, there=there, into=target)
        by = (desk.session, desk.actor, paste_id)
        with desk.session.begin_nested():  # categories may be made before it is refused
            if target is None:
                issue = pastes.load_paste(*by, read_day(issued_on), desk.now, {version})
            else:
                how = Mode(mode) if mode in set(Mode) else Mode.ADD
                issue = pastes.load_paste_into(*by, target, how, desk.now, {version})
    except (InvalidInput, Stale) as error:
        return _again(desk, paste_id, error, day=issued_on)
    return go_to(desk.container, f"{HERE}/{issue.id}", done="loaded")


@router.post("/{paste_id:id}/discard")
def discard(desk: Editor, paste_id: int) -> Response:
    """Delete the text."""
    pastes.discard_paste(desk.session, desk.actor, paste_id, desk.now)
    return go_to(desk.container, HERE, done="discarded")


def _one_line(name: str) -> str:
    return cut("".join(one for one in name if one.isprintable()), pastes.MAX_NAME)


def _again(
    desk: Desk, paste_id: int, error: AppError, *, day: str = "", typed: str | None = None
) -> Response:
    kept = pastes.get_paste(desk.session, paste_id)
    wrong = [
        message_of(error),
        *(f"{one.pointer}: {translated(one.detail)}" for one in error.errors),
    ]
    return _paste(desk, kept, error.status, wrong=wrong, day=day, typed=typed)


def _paste(
    desk: Desk,
    kept: Paste,
    status: int = 200,
    *,
    wrong: Sequence[str] = (),
    day: str = "",
    typed: str | None = None,
    there: Sequence[str] = (),
    into: int | None = None,
) -> Response:
    faults: Sequence[str] = ()
    try:
        digest = pastes.digest_of(kept)
    except ContentError as error:
        digest = Digest(())
        faults = [
            message_of(error),
            *(f"{one.pointer}: {translated(one.detail)}" for one in error.errors),
        ]
    issued_on = day_of(day) or digest.issued_on or free_day(desk)
    found = drafts(desk)
    same_day = next((one.id for one in found if one.issued_on == issued_on), None)
    return page(
        desk,
        "paste.html",
        status,
        crumbs=CRUMBS,
        paste=kept,
        lines=numbered_lines(kept.text)[: MAX_LINES + 1],
        runs=_runs(digest, pastes.mends_of(kept)),
        by_category=_by_category(digest.stories),
        digest=digest,
        lacks=lacks,
        why=why_unplaced,
        faults=faults,
        wrong=wrong,
        typed=kept.text if typed is None else typed,
        is_editing=typed is not None,
        issued_on=issued_on,
        drafts=found,
        into=into or kept.issue_id or same_day,
        there=there,
        **words(desk),
    )


def _runs(digest: Digest, mends: Mapping[int, Mend]) -> dict[int, Run]:
    """Return what stands together without a blank line between, by its first line."""
    stories = list(digest.stories)
    found: dict[int, Run] = {line: Run(line, line, mend=mend) for line, mend in mends.items()}
    for one in digest.unplaced:
        at = story_above(stories, one)
        above = "" if at is None else stories[at].title
        found[one.line] = Run(one.line, one.line, one.reason, above)
    runs: list[Run] = []
    for _, run in sorted(found.items()):
        before = runs[-1] if runs else None
        if before and run.first == before.last + 1 and _said(before) == _said(run):
            runs[-1] = replace(before, last=run.last)
        else:
            runs.append(run)
    return {run.first: run for run in runs}


def _said(run: Run) -> tuple[str, str, str]:
    return run.reason, run.above, run.mend


def _by_category(stories: Sequence[StoryDraft]) -> dict[str, list[StoryDraft]]:
    found: dict[str, list[StoryDraft]] = {}
    for one in stories:
        found.setdefault(one.category, []).append(one)
    return found
