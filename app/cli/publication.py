"""`devoured publication` and `templates`: who sends and when, and how it looks."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from app.actors import CLI
from app.cli.command import one_transaction
from app.cli.failures import BadInput
from app.cli.output import console, counted, examples, say, table
from app.content.drafts import Sponsor
from app.content.limits import sponsor_faults
from app.enums import Tracking
from app.models import Category, CategoryState, Publication
from app.publication import publication as the_publication
from app.publication.categories import all_categories
from app.publication.limits import NUMBERS
from app.publication.publication import get_publication
from app.rendering.template_check import check_templates
from app.rendering.templates import load_templates
from app.weekdays import WEEKDAYS

_DAY_NAMES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

app = typer.Typer()
publication = typer.Typer(no_args_is_help=False, invoke_without_command=True)
app.add_typer(publication, name="publication", help="Who sends and when: show it, set it.")


def _number(name: str, *, help: str) -> Any:  # noqa: A002  # as typer has it
    """Return the option of a number that the command takes within these bounds."""
    least, most = NUMBERS[name]
    return typer.Option(min=least, max=most, help=help)


@publication.callback()
def show(context: typer.Context) -> None:
    """Show the publication."""
    if context.invoked_subcommand is None:
        show_publication()


@publication.command("show")
def show_publication() -> None:
    """Show the publication."""
    with one_transaction() as (session, *_):
        row = get_publication(session)
        categories = all_categories(session)
    _show(row, categories)


@publication.command(
    "set",
    epilog=examples(
        'devoured publication set --name "The morning paper" --time-zone Europe/Vienna',
        "devoured publication set --send-time 06:30 --weekdays mon,tue,wed,thu,fri",
    ),
)
def set_publication(
    *,
    name: Annotated[str | None, typer.Option(help="Its name.")] = None,
    tagline: Annotated[str | None, typer.Option(help="One line under the name.")] = None,
    from_address: Annotated[str | None, typer.Option(help="Who the mail is from.")] = None,
    reply_to: Annotated[str | None, typer.Option(help="Where answers go; empty for none.")] = None,
    postal_address: Annotated[str | None, typer.Option(help="Stands in every mail.")] = None,
    sign_off: Annotated[
        str | None, typer.Option(help="The last words of every issue; empty for none.")
    ] = None,
    sponsor: Annotated[
        str | None, typer.Option(help="A sponsor's text in every issue; empty for none.")
    ] = None,
    sponsor_label: Annotated[str, typer.Option(help="With --sponsor: their name.")] = "",
    sponsor_url: Annotated[str, typer.Option(help="With --sponsor: where it leads.")] = "",
    time_zone: Annotated[str | None, typer.Option(help="As in Europe/Vienna.")] = None,
    send_time: Annotated[
        datetime | None, typer.Option(formats=["%H:%M"], metavar="HH:MM", help="On its clocks.")
    ] = None,
    weekdays: Annotated[
        str | None, typer.Option(metavar="mon,tue,…", help="On which days it sends.")
    ] = None,
    brake_after: Annotated[
        int | None,
        _number("brake_after", help="Readers written to before an issue may pause itself."),
    ] = None,
    bounce_limit: Annotated[
        float | None, _number("bounce_limit", help="The share of bounces at which it does.")
    ] = None,
    complaint_limit: Annotated[
        float | None, _number("complaint_limit", help="The share of complaints at which it does.")
    ] = None,
    soft_bounces: Annotated[
        int | None,
        _number("soft_bounce_limit", help="Soft bounces that suppress an address."),
    ] = None,
    soft_bounce_days: Annotated[
        int | None, _number("soft_bounce_days", help="The days within which they count.")
    ] = None,
    archive: Annotated[
        bool | None,
        typer.Option("--archive/--no-archive", help="Whether everybody may read past issues."),
    ] = None,
    articles: Annotated[
        bool | None,
        typer.Option("--articles/--no-articles", help="Whether pages show whole articles."),
    ] = None,
    all_points: Annotated[
        bool | None,
        typer.Option(
            "--all-points/--first-points", help="What mails in depth have of bullets and terms."
        ),
    ] = None,
    language: Annotated[
        str | None, typer.Option(metavar="TAG", help="What stories are written in, as in de-AT.")
    ] = None,
    asks: Annotated[bool | None, typer.Option(help="Ask in each mail if it was good.")] = None,
    reply: Annotated[bool | None, typer.Option(help="Offer in each to write back.")] = None,
    sharing: Annotated[bool | None, typer.Option(help="Offer in each to share it.")] = None,
    welcome: Annotated[
        bool | None, typer.Option(help="Send who confirms the best of the latest issue.")
    ] = None,
    tracking: Annotated[
        Tracking | None, typer.Option(help="What is kept of clicks; per_reader keeps who.")
    ] = None,
    opens: Annotated[
        bool | None,
        typer.Option("--opens/--no-opens", help="Whether a pixel counts opens, with --tracking."),
    ] = None,
    unwanted_warnings: Annotated[
        str | None,
        typer.Option(
            metavar="CODES", help="Warnings of checks that no issue shall have, by commas."
        ),
    ] = None,
) -> None:
    """Change what is given and leave the rest; it holds from the next mail on."""
    given: dict[str, Any] = {
        "name": name,
        "tagline": tagline,
        "from_address": from_address,
        "reply_to": reply_to,
        "postal_address": postal_address,
        "sign_off": sign_off,
        "sponsor": _sponsor(sponsor, sponsor_label, sponsor_url),
        "time_zone": time_zone,
        "send_time": send_time.time() if send_time else None,
        "weekdays": None if weekdays is None else read_weekdays(weekdays),
        "brake_after": brake_after,
        "bounce_limit": bounce_limit,
        "complaint_limit": complaint_limit,
        "soft_bounce_limit": soft_bounces,
        "soft_bounce_days": soft_bounce_days,
        "archive_is_open": archive,
        "shows_articles": articles,
        "shows_all_points": all_points,
        "language": language,
        "asks_if_good": asks,
        "offers_reply": reply,
        "offers_sharing": sharing,
        "sends_welcome": welcome,
        "tracking": tracking,
        "tracks_opens": opens,
        "unwanted_warnings": None if unwanted_warnings is None else _parts(unwanted_warnings),
    }
    with one_transaction() as (session, now, container):
        changes = {field: value for field, value in given.items() if value is not None}
        row = the_publication.set_publication(
            session, CLI, changes, now, allow_reserved=container.allow_reserved
        )
        categories = all_categories(session)
    _show(row, categories)


def _show(row: Publication, categories: Sequence[Category]) -> None:
    made = table("", "")
    made.show_header = False
    for label, value in (
        ("Name", row.name),
        ("Tagline", row.tagline),
        ("From", row.from_address),
        ("Reply to", row.reply_to),
        ("Postal address", row.postal_address),
        ("Signs off", row.sign_off),
        ("Sponsor", (row.sponsor or {}).get("text", "")),
        ("Sends at", f"{row.send_time:%H:%M} {row.time_zone}"),
        ("On", days(row.weekdays)),
        ("Pauses itself at", _brakes(row)),
        ("Suppresses after", _softly(row)),
        ("Welcomes", "with the best of the latest issue" if row.sends_welcome else "nobody"),
        ("At a mail's end", _ending(row)),
        ("At most late by", f"{row.late_seconds / 3600:g} hours"),
        ("Archive", "open to everybody" if row.archive_is_open else "for readers only"),
        ("Articles", "shown on the pages" if row.shows_articles else "not shown"),
        ("In depth", "every bullet and term" if row.shows_all_points else "the first points"),
        ("Language", row.language),
        ("Tracking", _tracking(row)),
        ("Does not warn of", ", ".join(row.unwanted_warnings)),
        ("Categories", _categories(categories)),
    ):
        made.add_row(f"[dim]{label}[/dim]", value or "–")
    console().print(made)


def _ending(row: Publication) -> str:
    asked = {"asks": row.asks_if_good, "replies": row.offers_reply, "sharing": row.offers_sharing}
    return ", ".join(name for name, is_on in asked.items() if is_on)


def _categories(categories: Sequence[Category]) -> str:
    """Return how many there are of each state, and what to do while readers can choose none."""
    states = [category.state for category in categories]
    counts = [f"{states.count(state)} {state}" for state in CategoryState if state in states]
    line = ", ".join(counts) or "none"
    if CategoryState.OPEN in states:
        return line
    how = "open SLUG opens one" if states else 'add "AI" makes the first'
    return f"{line}: nobody can sign up yet; devoured categories {how}"


def _brakes(row: Publication) -> str:
    limits = f"{row.bounce_limit:.2%} bounces or {row.complaint_limit:.2%} complaints"
    return f"{limits} after {counted(row.brake_after, 'reader')}"


def _softly(row: Publication) -> str:
    bounces = counted(row.soft_bounce_limit, "soft bounce")
    return f"{bounces} within {counted(row.soft_bounce_days, 'day')}"


def _tracking(row: Publication) -> str:
    if row.tracking is Tracking.OFF:
        return "off"
    kept = "who clicks" if row.tracking is Tracking.PER_READER else "counts of clicks"
    return f"{kept}, and opens" if row.tracks_opens else kept


def days(weekdays: Iterable[int]) -> str:
    """Return the days of ISO numbers as `mon, wed`."""
    return ", ".join(WEEKDAYS[number - 1] for number in sorted(weekdays)) or "no day"


def _sponsor(text: str | None, label: str, url: str) -> dict[str, str] | None:
    """Return the sponsor as it is stored; None where there is nothing to change.

    Raises:
        BadInput: it is out of bounds, or only its name or address was given.
    """
    if text is None and not (label or url):
        return None
    sponsor = Sponsor(text or "", label, url)
    for field, fault in sponsor_faults(sponsor) if sponsor != Sponsor("") else ():
        option = "--sponsor" if field == "text" else f"--sponsor-{field}"
        raise BadInput(f"{option}: {fault}.")
    return asdict(sponsor)


def read_weekdays(text: str) -> list[int]:
    """Return the ISO numbers of `mon,wednesday`; BadInput for what is no weekday."""
    return sorted({_weekday(part) for part in _parts(text)})


def _weekday(text: str) -> int:
    """Return the ISO number of a day by its English name or three letters of it and more."""
    for number, (short, name) in enumerate(zip(WEEKDAYS, _DAY_NAMES, strict=True), start=1):
        if text.lower().startswith(short) and name.startswith(text.lower()):
            return number
    raise BadInput(f"“{text}” is no weekday; write them as {','.join(WEEKDAYS[:5])}.")


@app.command(
    epilog=examples("devoured templates", "devoured templates ./our-templates"),
)
def templates(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="FOLDER",
            help="A folder of your own templates, as for DEVOURED_TEMPLATES.",
            show_default=False,
            exists=True,
            file_okay=False,
        ),
    ] = None,
) -> None:
    """List the section templates, each tried on a sample at every depth; needs no settings.

    A mistake is told with its file and line, and nothing else is listed.
    """
    for tried in check_templates(load_templates(own=folder)):
        say(f"{tried.name:<20} {tried.story_bytes:>6,} bytes a story beside its text")


def _parts(text: str) -> list[str]:
    """Return what stands between commas."""
    return [part.strip() for part in text.split(",") if part.strip()]
