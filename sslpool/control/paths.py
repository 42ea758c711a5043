# -*- test-case-name: tests.control.test_paths -*-
"""
Where a stack's control socket is in the file system.  Used by the stack and by the
commands, which thus find each other without an option.
"""

from __future__ import annotations

import os

from sslpool.messages import operatorError
from sslpool.rundirectory import SYSTEM_DIRECTORY, runDirectory, searchDirectories

__all__ = ["SYSTEM_DIRECTORY", "runDirectory", "searchDirectories", "socketPath"]

DEFAULT_STACK = "TCPIP"
"""
The userid of a stack to which nobody has given another one.
"""

LONGEST_PATH = 107
"""
Octets of a UNIX socket's path, unix(7).
"""


def socketPath(directory: str, stack: str) -> str:
    """
    Return the path of the control socket of C{stack}.

    @raise OperatorError: it is longer than a socket's path may be.
    """
    path = os.path.join(directory, f"{stack}.sock")
    length = len(os.fsencode(path))
    if length > LONGEST_PATH:
        raise operatorError("SSLP409E", path=path, length=length, longest=LONGEST_PATH)
    return path
