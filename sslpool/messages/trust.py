# -*- test-case-name: tests.test_messages -*-
"""
Messages about whom an application trusts: as whom clients come to it through the pool, and as which
user processes run.  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

MESSAGES = (
    Message(
        "SSLP055W",
        "{server}: {application} cannot be connected to from {source}, its :source.: {reason}",
        "Clients of this application get a secure connection that is closed at once, since the application is to see "
        "that address and no other.  Each new connection tries again; this is said once until it succeeds.",
        "Give the address to one of this machine's interfaces, or correct :source. in the DTCPARMS file.",
    ),
    Message(
        "SSLP056E",
        "{application} is not started: it cannot be run as {user}: {reason}",
        ":user. of the application's DTCPARMS entry says as which user AUTOLOG starts its command.  Only a stack that "
        "root has started can start commands as other users.  It is not started as anybody else.",
        "Create the user, correct :user., or start the stack as root.  A corrected entry is followed with SIGHUP.",
    ),
    Message(
        "SSLP277E",
        ":source. {source} does not fit :address. {address}: {reason}",
        "A connection goes from an address to one of the same family.",
        "Give an address of the same family as :address., or remove :source.",
    ),
)
