# -*- test-case-name: tests.test_messages -*-
"""
Messages about the history of configurations, and about backups.  Stack, C{sslnetstat} and C{sslpool}.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "SSLP080I",
        "Configuration {number} is in effect again, now as number {now}",
        "The running stack follows the texts of an earlier configuration.  No session was disturbed.",
        "None.",
    ),
    Message(
        "SSLP081W",
        "These files in {directory} have not been changed and differ from what is in effect: {names}; they count again "
        "after the next SIGHUP or start of the stack",
        "A rollback changes the running stack and writes no configuration file.  A file that you change from now on "
        "counts as it always does: USER DIRECT at once, the profile with SIGHUP, the others with the next change.",
        "To keep what is in effect, put its texts into the files: obeyfile --history with the number shows them.",
    ),
    Message(
        "SSLP082W",
        "In effect until the next start of the stack, since they were made with OBEY: {names}",
        "The configuration that is in effect again was made of the files and of what was obeyed on top of them.",
        "Write into the profile what is to last.",
    ),
    Message(
        "SSLP083I",
        "The files in {directory} say the same",
        "A SIGHUP changes nothing of the configuration that is in effect again.",
        "None.",
    ),
    Message(
        "SSLP084E",
        "The history has no configuration {number}; it has {kept}",
        "The stack keeps the last ten configurations that it has accepted, fewer where they are very large.",
        "Use obeyfile --history to see them.",
    ),
    Message(
        "SSLP085W",
        "The history of configurations cannot be kept in {path}: {reason}",
        "The change is in effect all the same.  A running stack still has its history in memory, and loses it when "
        "it ends.",
        "Put right what the reason says.  The next change writes the whole history.",
    ),
    Message(
        "SSLP086W",
        "{path} holds no history that this stack can use: {reason}; the history begins anew",
        "The file is damaged, another program's, or of another release.  It is renamed to end in .unusable, if the "
        "system permits that.",
        "None, if nothing in it is needed.",
    ),
    Message(
        "SSLP087E",
        "There is no earlier configuration to go back to",
        "The history has no configuration before the one that is in effect.",
        "Use obeyfile --history to see what there is.",
    ),
)
