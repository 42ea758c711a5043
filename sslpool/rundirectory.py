# -*- test-case-name: tests.control.test_paths -*-
"""
Where a stack's sockets and a user's own files are.  Used by the stack, by the commands and by programs, which thus find
each other without an option; imports nothing of sslpool.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

SYSTEM_DIRECTORY = "/run/sslpool"
"""
The run directory of a stack that runs as root.
"""


def runDirectory(option: str | None, environment: Mapping[str, str] | None = None, uid: int | None = None) -> str:
    """
    Return the directory for sockets of the user's own stacks: what C{--run} says, else C{SSLPOOL_RUN}, else
    C{/run/sslpool} for root, else C{sslpool} in C{XDG_RUNTIME_DIR}, else C{/tmp/sslpool-} and the user id.

    @param environment: the process's environment where not given.
    @param uid: the process's effective user id where not given.
    """
    variables = os.environ if environment is None else environment
    user = os.geteuid() if uid is None else uid
    if chosen := option or variables.get("SSLPOOL_RUN"):
        return os.path.abspath(chosen)
    if user == 0:
        return SYSTEM_DIRECTORY
    if runtime := variables.get("XDG_RUNTIME_DIR"):
        return os.path.join(runtime, "sslpool")
    return f"/tmp/sslpool-{user}"


def searchDirectories(
    option: str | None, environment: Mapping[str, str] | None = None, uid: int | None = None
) -> tuple[str, ...]:
    """
    Return where a command looks for a stack, in this order: the user's own run
    directory, and the system's unless a directory was chosen.
    """
    variables = os.environ if environment is None else environment
    own = runDirectory(option, variables, uid)
    if option or variables.get("SSLPOOL_RUN") or own == SYSTEM_DIRECTORY:
        return (own,)
    return (own, SYSTEM_DIRECTORY)


def programDirectories() -> tuple[str, ...]:
    """
    Return where a program looks for a stack: the system's run directory before the user's own,
    unless a directory was chosen.
    """
    return tuple(reversed(searchDirectories(None)))


def applicationPath(directory: str, stack: str) -> str:
    """
    Return the path of the application socket of C{stack}.
    """
    return os.path.join(directory, f"{stack}.application")


def stateDirectory(environment: Mapping[str, str] | None = None) -> str:
    """
    Return where a user's settings and history are: C{sslpool} in C{XDG_STATE_HOME}, else in C{~/.local/state}.
    """
    variables = os.environ if environment is None else environment
    state = variables.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.path.join(state, "sslpool")


def privateDirectory() -> str:
    """
    Return L{stateDirectory}, and make it where it is missing.

    @raise OSError: it cannot be made.
    """
    directory = stateDirectory()
    os.makedirs(directory, mode=0o700, exist_ok=True)
    return directory
