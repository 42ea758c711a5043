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
        "This error was there before the change, which is not about it. It does not keep the change from being "
        "followed.",
        "See the message that is quoted.",
    ),
    Message(
        "SSLP061W",
        "The configuration files have changed, and are not followed as they are now: {finding}",
        "A running stack follows the files whenever it reads them. As they are now they cannot be followed, so the "
        "change was made with the files as they were followed last.",
        "Correct what the message names. sslpool check shows every finding.",
    ),
    Message(
        "SSLP062I",
        "Found in the configuration files: {finding}",
        "A remark about a file, or about a statement that was obeyed. It keeps nothing from being followed.",
        "See the message that is quoted.",
    ),
    Message(
        "SSLP063E",
        "{file} changes nothing: no secure port would be left",
        "The stack would listen nowhere, and no client could come in any more.",
        "Leave at least one entry with SECURE or SECURECLIENT, or of an application with :dynamic., in the list. To "
        "end the service as a whole, end the stack.",
    ),
    Message(
        "SSLP064W",
        "Further errors that were there before the change: {count}",
        "Only the first ones are repeated with a change.",
        "See QUERY STATUS for ports that are closed, and sslpool check for what is in the files.",
    ),
    Message(
        "SSLP065E",
        "{statement} would drop {entries}: {statement} ADD keeps what is in the list, {statement} REPLACE drops it",
        "As on z/VM, the statement replaces the whole list. Ports that are dropped take no new connections, so that "
        "has to be said.",
        "Write ADD after the keyword to add entries to the list, REPLACE to have these entries alone, or name all "
        "that are to stay. DELETE takes away single entries.",
    ),
    Message(
        "SSLP066I",
        "{statement} replaces the whole list, and drops {entries}",
        "What is named was in the list, and is not in the one that takes its place.",
        "To keep it, add it again with ADD after the keyword.",
    ),
    Message(
        "SSLP067E",
        "DELETE {statement} {entry}: there is no such entry in the list",
        "What is to be deleted must be there: PORT with the same port or range, and the BIND and LABEL that are given.",
        "Correct it. sslnetstat allconn shows the secure ports.",
    ),
    Message(
        "SSLP068E",
        "{what} is for OBEY and OBEYFILE, and not for the profile",
        "ADD, REPLACE and DELETE change the lists of a running stack. The profile itself says what is in them.",
        "Change the list itself.",
    ),
    Message(
        "SSLP069W",
        "{statement}, which was obeyed, drops {entries} of the profile",
        "The profile has got entries that are not in a list that was obeyed before, and the list that was obeyed "
        "stays in effect.",
        "To have them in the running stack as well, obey the statement with ADD after its keyword.",
    ),
)
