"""`devoured plan`: who would get an issue, who would not, in which mails, and when."""

import typer
from redis import Redis

from app.cli.command import IssueArgument, one_transaction, open_container
from app.cli.output import counted, examples, instant, note, say, show_table
from app.delivery.frozen import describe_changes
from app.delivery.pace import known_allowance
from app.issues.plan import Compared, Plan, make_plan
from app.publication.categories import all_categories, slugs_in

app = typer.Typer()


@app.command(epilog=examples("devoured plan 3", "devoured approve 3 --plan HASH"))
def plan(issue: IssueArgument) -> None:
    """Say what sending an issue would do, and the hash by which approve takes just that.

    Readers are counted as they are now; nothing is written.
    """
    with open_container() as container:
        url = container.settings.redis_url
        with Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as valkey:
            allowance = known_allowance(valkey)
    with one_transaction() as (session, now, container):
        found = make_plan(session, issue, container.check_settings, allowance, now)
        categories = all_categories(session)
    largest = [(one, ", ".join(slugs_in(categories, one.follows))) for one in found.largest]
    _show_readers(found)
    show_table(
        ("Left out", "Readers"),
        [(why.replace("_", " "), f"{n:,}") for why, n in found.left_out.items()],
        right=("Readers",),
        none="Nobody is left out.",
    )
    for one, slugs in largest:
        size = one.error or f"{(one.n_bytes or 0) / 1000:.0f} KB"
        shortened = ", shortened to fit" if one.trimmed else ""
        say(f"Largest {one.depth}: {slugs}, {size}{shortened}.")
    _show_times(found)
    if found.changed:
        say(f"The issue {describe_changes(found.changed)}: it becomes a draft again.")
    note(f"The plan's hash: {found.hash}")


def _show_readers(found: Plan) -> None:
    rows = [
        *((one.category.name, _stories(one.n_stories), one) for one in found.categories),
        *((depth.value, "", found.depths[depth]) for depth in found.read_depths),
        ("All", "", found.all),
    ]
    show_table(
        ("Who", "", "Readers", "Last issue"),
        [(name, stories, f"{one.n_readers:,}", _before(one)) for name, stories, one in rows],
        right=("Readers",),
    )


def _show_times(found: Plan) -> None:
    n = found.all.n_readers
    say(f"{counted(found.n_editions, 'edition')} for {counted(n, 'reader')}.")
    if found.room is not None:
        say(
            f"Warm-up day {found.room.step:,} of {found.room.n_days:,}: {n:,} of"
            f" {counted(found.n_wanted, 'reader')} get this issue."
        )
    left, rate = found.allowance.n_left, found.allowance.rate
    if rate is not None:
        say(f"{rate:g} a second" + ("." if left is None else f", {left:,} left of today's quota."))
    if found.n_over_quota:
        say(f"{counted(found.n_over_quota, 'reader')} would wait until the quota has room again.")
    if found.account_pause is not None:
        say(f"The account is paused: {found.account_pause.because}.")
    end = f", ends about {instant(found.ends_at)}" if found.ends_at else ""
    say(f"Starts at {instant(found.starts_at)}{end}.")
    later = {at: n for at, n in found.waves.items() if at > found.starts_at}
    if later:
        n_later = counted(sum(later.values()), "reader")
        say(f"{n_later} at their own hour, the last at {instant(max(later))}.")


def _stories(n: int) -> str:
    return counted(n, "story", "stories")


def _before(one: Compared) -> str:
    """Return the number before as `9,000 (down 31 %)`, or nothing where there was none."""
    if not one.n_before:
        return ""
    percent = round(100 * (one.n_readers - one.n_before) / one.n_before)
    if not percent:
        return f"{one.n_before:,}"
    return f"{one.n_before:,} ({'up' if percent > 0 else 'down'} {abs(percent):,} %)"
