"""Two of everything that tasks work on, and what is said of the one that fails."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import ModuleType
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.claim import lease_batch
from app.delivery.editions import store_rendering
from app.delivery.launch import launch
from app.delivery.letters import queue_letter
from app.enums import (
    IssueState,
    LetterKind,
)
from app.models import (
    Edition,
    Issue,
    Letter,
)
from app.rendering.inputs import RenderedMail
from tests.claims import open_call
from tests.factories import make_category, make_issue, make_story, make_subscriber
from tests.workers.conftest import Break

BROKEN: Final = "this row is broken"
HOUR: Final = timedelta(hours=1)


@dataclass
class Scene:
    """Two of everything, of which the first can be broken."""

    session: Session
    tasks: ModuleType
    break_row: Break
    now: datetime

    def issues(self, **overrides: object) -> tuple[Issue, Issue]:
        """Two issues that are due, each of a category of its own with one reader."""
        made = []
        for slug in ("ai", "devops"):
            category = make_category(self.session, slug)
            make_subscriber(self.session, follows=category.mask)
            values: dict[str, object] = {
                "category_id": category.id,
                "issued_on": self.now.date(),
                "state": IssueState.SCHEDULED,
                "send_at": self.now - HOUR,
                "send_not_after": self.now + HOUR,
            }
            issue = make_issue(self.session, **values | overrides)
            make_story(self.session, issue, category)
            made.append(issue)
        self.session.commit()
        return made[0], made[1]

    def launched(self, **overrides: object) -> tuple[Issue, Issue]:
        issues = self.issues(**overrides)
        for issue in issues:
            launch(self.session, issue, self.now)
        self.session.commit()
        return issues

    def rendered(self, **overrides: object) -> tuple[Issue, Issue]:
        issues = self.launched(**overrides)
        mail = RenderedMail("Subject", "<p>{{leave_url}}</p>", "{{leave_url}}")
        for edition_id in self.session.scalars(select(Edition.id)).all():
            store_rendering(self.session, edition_id, mail, self.now)
        self.session.commit()
        return issues

    def is_paused(self, issue: Issue, because: str) -> None:
        self.session.refresh(issue)
        assert issue.state is IssueState.PAUSED
        assert issue.paused_because is not None
        assert because in issue.paused_because

    def in_doubt(self, opened_at: datetime, **overrides: object) -> tuple[Issue, Issue]:
        """Two issues of which each has a call that was opened then, and never closed."""
        issues = self.rendered(**overrides)
        for _ in issues:
            lease = lease_batch(self.session, "lost", opened_at)
            assert lease is not None
            assert open_call(self.session, lease, 50, opened_at) is not None
        self.session.commit()
        return issues


def two_letters(scene: Scene) -> tuple[Letter, Letter]:
    made = [
        queue_letter(
            scene.session,
            LetterKind.PREFERENCES_LINK,
            subscriber_id=make_subscriber(scene.session).id,
            now=scene.now,
        )
        for _ in range(2)
    ]
    scene.session.commit()
    return made[0], made[1]
