# -*- test-case-name: tests.test_messages -*-
"""
Messages about sockets that may not be those of a stack.  Commands, programs and the stack.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES = (
    Message(
        "SSLP660E",
        "{path} is not used: {reason}",
        "A command or a program has looked for the socket of a stack, and what is there may have been put there by "
        "another user, who would get what is sent.  Nothing was sent.  Root, the user of the command or program, and "
        "owners of directories that one of them has put in place are believed; in /tmp, only the first two.",
        "Find out what that user does there.  Name the directory of the right stack with --run or SSLPOOL_RUN; if it "
        "is that one, have root or yourself make it, in a directory to which only they can write.",
    ),
    Message(
        "SSLP661E",
        "{path} is not used: {reason}",
        "Others could put a socket of their own in the place of the stack's: a directory on the way to it can be "
        "written to by its group or by everybody.  Nothing was sent.",
        "Take that permission away (chmod go-w), or have the stack use another directory with --run or SSLPOOL_RUN.",
    ),
    Message(
        "SSLP662E",
        "{path} is not used: {reason}",
        "By the kernel's word, the process that listens there runs as a user who is not believed (SSLP660E says who "
        "is).  The connection was closed, and nothing was sent.",
        "Find out who that is, and how the socket came there.  Start the stack as root, as the owner of its run "
        "directory, or as yourself.",
    ),
)
