"""Signs of life: files that the parts renew while they work, so that looking costs next to nothing.

Asking a part by `devoured healthy` starts a Python each time; a container's health check only
looks at how old the file is.
"""

from pathlib import Path

import structlog

_log = structlog.get_logger(__name__)


def renew(folder: str, part: str) -> None:
    """Renew the sign of this part of the service; do nothing where no folder is set.

    What the file system refuses is logged: the check then finds an old sign, and says so.
    """
    if not folder:
        return
    try:
        Path(folder, part).touch()
    except OSError as error:
        _log.warning("sign_of_life_not_left", part=part, error=error.strerror)
