# -*- test-case-name: tests.stack.test_autolog -*-
"""
A program that becomes another user and then another program: C{become.py UID GID,GID... PATH NAME ARGUMENT...}.
Run by AUTOLOG as a process of its own, which then is the application's; needs nothing but Python.

Twisted could do the same after its fork, but tells of what goes wrong by a traceback.
"""

from __future__ import annotations

import os
import sys

CANNOT = 126
"""
The exit status where the program cannot be run, as shells have it.
"""


def main(uid: int, groups: list[int], path: str, arguments: list[str]) -> None:
    """
    Become a user with these groups, the primary one first, and then the program.
    """
    try:
        os.setgroups(groups)
        os.setresgid(groups[0], groups[0], groups[0])
        os.setresuid(uid, uid, uid)
        # Not execvp, which imports modules: the other user may not be able to read them.
        os.execv(path, arguments)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.stderr.write(f"{path} cannot be run as user {uid}: {error.strerror}\n")
        raise SystemExit(CANNOT) from None


if __name__ == "__main__":
    main(int(sys.argv[1]), [int(each) for each in sys.argv[2].split(",")], sys.argv[3], sys.argv[4:])
