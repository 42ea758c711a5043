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
        "The command or program looked for the socket of a stack. Another user may have put this one there, and would "
        "get what is sent. Nothing was sent. Root, the user of the command or program, and owners of directories that "
        "one of them created are trusted; in /tmp, only the first two.",
        "Find out what that user does there. Name the directory of the right stack with --run or SSLPOOL_RUN. If this "
        "is the right one, create it as root or as yourself, in a directory that only they can write to.",
    ),
    Message(
        "SSLP661E",
        "{path} is not used: {reason}",
        "A directory on the path can be written to by its group or by everybody, so others could replace the stack's "
        "socket. Nothing was sent.",
        "Remove that permission (chmod go-w), or have the stack use another directory with --run or SSLPOOL_RUN.",
    ),
    Message(
        "SSLP662E",
        "{path} is not used: {reason}",
        "According to the kernel, the process that listens there runs as a user who is not trusted (SSLP660E says who "
        "is). The connection was closed, and nothing was sent.",
        "Find out who that is, and how the socket got there. Start the stack as root, as the owner of its run "
        "directory, or as yourself.",
    ),
)
