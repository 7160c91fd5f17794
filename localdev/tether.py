"""The few lines between fork and exec that tie a child to its parent's life.

`processes.start_child` runs this file as a script, with `python -I -S`, and it becomes the
command: a hook of subprocess itself (`preexec_fn`) may lock up a parent that has threads.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1
_CANNOT_START = 127


def main(arguments: list[str]) -> int:
    """127 with a line on standard error when the command cannot be run; else it never returns.

    `arguments` are the parent's id, the signal that the kernel sends when the parent ends, the
    user and the group to become (`-` keeps them), and the command. The kernel forgets the signal
    when the user changes, so that comes first.

    Source: prctl(2), PR_SET_PDEATHSIG.
    """
    parent, signal, uid, gid, *command = arguments
    try:
        if uid != "-":
            os.setgroups([])
            os.setgid(int(gid))
            os.setuid(int(uid))
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal), 0, 0, 0)
        else:
            sys.stderr.write("This system cannot end a child with its parent; only a stop will.\n")
        if os.getppid() == int(parent):
            os.execvp(command[0], command)  # noqa: S606  # to become the command is the point
        sys.stderr.write("The parent ended before its child began.\n")
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
    return _CANNOT_START


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
