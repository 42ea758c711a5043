# -*- test-case-name: tests.agent.test_confinement -*-
"""
What a process gives up once it has all that it needs: C{:sandbox.}.  Lives in the agent, and in each server right
after its grants.

Neither can gain privileges, be read by another process or leave a core file, and there would be keys in both.  A
server may read what is beneath the directories of its key file, and open no other file; the agent may read
files, since it becomes servers whose users and groups have to be looked up, and write none.  Both can make only the
system calls that they need.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Collection, Mapping

from sslpool.agent.filters import octets, program
from sslpool.agent.kernel import PR_SET_NO_NEW_PRIVS, READ, filterCalls, forbidCores, restrictFiles, setProcess
from sslpool.agent.syscalls import MACHINES, Condition, forAgent, forServer, numberOf

NO_FILES = "Landlock, which keeps it from files"
NO_CALLS = "seccomp, which keeps it from system calls"
"""
What may be lacking, as an operator would say it.
"""


def confineServer(readable: Collection[str]) -> list[str]:
    """
    Give up what a server does not need.  Nothing brings it back.

    @param readable: directories beneath which it may read files.
    @return: what the system does not let it give up, and why.
    """
    pid = os.getpid()
    return _confine(lambda: restrictFiles(readable), lambda machine: forServer(machine, pid))


def confineAgent() -> list[str]:
    """
    Give up what neither the agent needs nor a server that it forks.

    @return: as of L{confineServer}.
    """
    return _confine(lambda: restrictFiles((), READ), forAgent)


def _confine(
    restrict: Callable[[], object], allowed: Callable[[int], Mapping[int, tuple[Condition, ...]]]
) -> list[str]:
    lacking: list[str] = []
    steps = (
        ("no_new_privs", lambda: setProcess(PR_SET_NO_NEW_PRIVS, 1)),
        ("protection from being read by others", forbidCores),
        ("a limit of core files", lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0))),
        (NO_FILES, restrict),
        # The last one: it forbids the others.
        (NO_CALLS, lambda: _filter(allowed)),
    )
    for what, step in steps:
        try:
            step()
        except (OSError, ValueError) as error:
            lacking.append(f"{what}: {getattr(error, 'strerror', None) or error}")
    return lacking


def _filter(allowed: Callable[[int], Mapping[int, tuple[Condition, ...]]]) -> None:
    name = os.uname().machine
    machine = MACHINES.get(name)
    if machine is None:
        raise OSError(f"there is no list of system calls for {name}")
    filterCalls(numberOf("seccomp", machine), octets(program(machine, allowed(machine))))
