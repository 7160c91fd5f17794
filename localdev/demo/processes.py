"""The parts of the service as child processes, started together and stopped in order."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Final

import httpx2

from app.container import Container, build
from app.db.migrate import upgrade
from app.logs import configure_logs
from app.settings import Settings
from localdev.demo.place import DemoFolder, environment, keep_environment, settings_of
from localdev.postgres import start_postgres
from localdev.processes import (
    Child,
    ChildError,
    last_lines,
    start_child,
    stop,
    tell_to_stop,
    wait_until,
)
from localdev.valkey import start_valkey

_READY_SECONDS: Final = 180.0
_STOP_SECONDS: Final = 20.0


@dataclass(frozen=True)
class Deployment:
    """The running service: `container` is this process's own way into it."""

    place: DemoFolder
    container: Container
    children: list[Child] = field(default_factory=list)

    def check(self) -> None:
        """Check that every part runs.

        Raises:
            ChildError: one has ended; with its last lines.
        """
        for child in self.children:
            code = child.process.poll()
            if code is not None:
                raise ChildError(
                    f"{child.name} ended with {code}. The end of {child.log}:\n"
                    f"{last_lines(child.log)}"
                )


@contextmanager
def start_deployment(
    place: DemoFolder, known: dict[str, str], before_work: Callable[[Container], None]
) -> Iterator[Deployment]:
    """Start the service and yield it when it is ready; every process is gone at the end.

    `before_work` is called once the database is migrated and while no worker runs yet.

    Raises:
        ChildError: a part does not start; with its last lines.
    """
    with ExitStack() as stack:
        postgres = stack.enter_context(start_postgres(place.folder / "postgres", durable=False))
        valkey = stack.enter_context(start_valkey(place.folder / "valkey", durable=False))
        values = settings_of(place, known, database_url=postgres.url, redis_url=valkey.url)
        settings = Settings(**values)
        # The parts log to their files; this process only speaks up when something is odd.
        configure_logs(settings.model_copy(update={"log_level": "WARNING"}))
        container = build(settings)
        stack.callback(container.engine.dispose)
        deployment = Deployment(place, container, [postgres.child, valkey.child])
        _gather_logs(deployment)
        env = environment(place, values)
        keep_environment(place.settings_file, env)
        start = _starter(stack, deployment, env)
        api_fd, ses_fd = (listener.fileno() for listener in place.listeners)
        store = str(place.folder / "ses")
        ses = start("ses", "localdev.ses", "--store", store, "--events", "configured", fd=ses_fd)
        api = start("api", "app.cli", "serve", fd=api_fd)
        place.let_go()
        upgrade(postgres.url)
        before_work(container)
        start("worker", "app.cli", "worker", "--concurrency", "2")
        start("beat", "app.cli", "beat")
        start("listen", "app.cli", "listen")
        # At the end these four are told together, and then waited for one after another.
        stack.callback(tell_to_stop, deployment.children[-4:])
        wait_until(lambda: _answers(f"{place.ses_url}/health"), _READY_SECONDS, ses)
        wait_until(lambda: _answers(f"{place.base_url}/health"), _READY_SECONDS, api)
        yield deployment


def _gather_logs(deployment: Deployment) -> None:
    """Let every part's log be found in one folder, the servers' own among them."""
    deployment.place.logs.mkdir(exist_ok=True)
    for child in deployment.children:
        link = deployment.place.logs / child.log.name
        link.unlink(missing_ok=True)
        link.symlink_to(os.path.relpath(child.log, link.parent))


def _starter(stack: ExitStack, deployment: Deployment, env: dict[str, str]) -> Callable[..., Child]:
    """Return a function that starts a module of this project as a part of the demo.

    `fd` is a listener of ours that it is to serve on.
    """

    def start(name: str, module: str, *arguments: str, fd: int | None = None) -> Child:
        served = () if fd is None else ("--fd", str(fd))
        child = start_child(
            name,
            [sys.executable, "-P", "-m", module, *arguments, *served],
            log=deployment.place.logs / f"{name}.log",
            env=env,
            pass_fds=() if fd is None else (fd,),
        )
        deployment.children.append(child)
        stack.callback(stop, child, _STOP_SECONDS)
        return child

    return start


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=5, trust_env=False).is_success
    except httpx2.TransportError:
        return False
