"""The class of all tasks: a worker whose clock is wrong hands them back to others.

When one that beat asks for was done is noted, so that a beat or workers that are gone are missed.
"""

import time
from typing import Any, Final

from celery import Task
from celery.exceptions import Reject

from app import traces
from app.jobs import TASK_PREFIX, note_done
from workers.context import clock_is_right, context

_REST: Final = 1.0
"""Seconds before a task is handed back, so that others, who wait already, are asked first."""


class Guarded(Task):  # type: ignore[type-arg]  # Celery's is generic in its stubs alone
    """A task that is only done by a worker whose clock is right."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Do the task.

        Raises:
            Reject: the clock is wrong; the broker asks another worker, or this one again.
        """
        if not clock_is_right():
            time.sleep(_REST)
            raise Reject("the clock of this worker is wrong", requeue=True)
        task = self.name.removeprefix(TASK_PREFIX)
        with traces.job(task, str(self.request.get(traces.HEADER) or "")):
            done = super().__call__(*args, **kwargs)
        if task in self.app.conf.beat_schedule:
            note_done(context().valkey, task, context().container.clock())
        return done
