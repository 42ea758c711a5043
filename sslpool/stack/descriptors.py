# -*- test-case-name: tests.stack.test_descriptors -*-
"""
The limit of open files: what the limits of the pool need, and raising it.
Lives in the stack process; servers inherit it.
"""

from __future__ import annotations

import resource

from sslpool.config.limits import Limits
from sslpool.messages import render

RESERVE = 128
"""
Descriptors for everything that is not a session.
"""


def descriptorsNeeded(limits: Limits) -> int:
    """
    Return how many descriptors the process that needs most of them may need: a
    server has two for each session, a third where a program has handed its
    connection over, and two for each of as many data connections of FTP; the
    stack has one for each that its server has not yet read from, so at the worst
    one for each.
    """
    return max(5 * limits.maxPerServer, limits.maxSessions) + RESERVE


def raiseDescriptorLimit(limits: Limits) -> str | None:
    """
    Raise the limit of open files to what is needed, as far as the system lets us.

    @return: a message where that is not enough, or C{None}.
    """
    needed = descriptorsNeeded(limits)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= needed:
        return None
    for ceiling in (max(hard, needed), hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(needed, ceiling), ceiling))
            break
        except (ValueError, OSError):
            continue  # raising the hard limit takes a privilege
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if soft >= needed:
        return None
    return render("SSLP007W", limit=soft, sessions=limits.maxSessions, needed=needed)
