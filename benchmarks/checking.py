"""Checking: everything that is looked at before an issue is approved, beside rendering it."""

from sqlalchemy import select

from app.db.session import transaction
from app.issues.checks.gather import gather
from app.issues.checks.registry import run_checks
from app.models import Issue
from benchmarks.measure import Row, milliseconds, ratio
from benchmarks.sending import Ready


def check_row(ready: Ready) -> Row:
    """Measure the checks of the newest issue; the floor is rendering it at its three depths."""
    container = ready.container
    with transaction(container.sessions) as session:
        issue = session.scalars(select(Issue).order_by(Issue.id.desc())).first()
        assert issue is not None  # noqa: S101  # the row before made one
        facts = gather(session, issue, container.check_settings, container.clock())
        floor = milliseconds(
            lambda: gather(session, issue, container.check_settings, container.clock())
        )
    ours = milliseconds(lambda: run_checks(facts))
    n_findings = len(run_checks(facts))
    return Row(
        "run all checks of an issue, beside rendering it at every depth",
        f"{ours:.1f} ms",
        f"{floor:.1f} ms",
        ratio(ours, floor),
        f"{n_findings} findings",
    )
