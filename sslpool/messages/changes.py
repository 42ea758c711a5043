# -*- test-case-name: tests.test_messages -*-
"""
Messages about changes to the configuration of a running stack: what refuses them, and what is said beside
them.  Stack process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES: tuple[Message, ...] = (
    Message(
        "SSLP060W",
        "As before the change: {finding}",
        "This error was there before the change, which is not about it.  It does not keep the change from being "
        "followed.",
        "See the message that is quoted.",
    ),
    Message(
        "SSLP061W",
        "The configuration files have changed, and are not followed as they are now: {finding}",
        "A running stack follows the files whenever it reads them.  As they are now they cannot be followed, so the "
        "change was made with the files as they were followed last.",
        "Correct what the message names.  sslpool check shows every finding.",
    ),
    Message(
        "SSLP062I",
        "Found in the configuration files: {finding}",
        "A remark about a file, or about a statement that was obeyed.  It keeps nothing from being followed.",
        "See the message that is quoted.",
    ),
    Message(
        "SSLP063E",
        "{file} changes nothing: no secure port would be left",
        "The stack would listen nowhere, and no client could come in any more.",
        "Leave at least one entry with SECURE or SECURECLIENT, or of an application with :dynamic., in the list.  To "
        "end the service as a whole, end the stack.",
    ),
    Message(
        "SSLP064W",
        "Further errors that were there before the change: {count}",
        "Only the first ones are repeated with a change.",
        "See QUERY STATUS for ports that are closed, and sslpool check for what is in the files.",
    ),
)
