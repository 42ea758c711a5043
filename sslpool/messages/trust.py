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
        "SSLP273W",
        "Clients of {protocol} cannot use port {port}: they do not begin with TLS there.  {remedy}",
        "A port with SECURE expects TLS from the first octet on.  Clients of this protocol begin in cleartext, and "
        "most wait in vain for the server's greeting.",
        "Use dynamic TLS where the protocol has it here (docs/dynamic.md); otherwise have the application do TLS "
        "itself.",
    ),
    Message(
        "SSLP274W",
        "{userid} speaks FTP behind port {port}, and without :dynamic.FTP its files go in cleartext, or not at all",
        "With SECURE alone only the control connection of FTP is secured.  Files and lists go over data connections, "
        "whose addresses stand in that dialogue: the client connects past the pool, to the application itself.",
        "Add :dynamic.FTP to the entry of the application; the PORT statement can stay.  docs/ftp.md has more.",
    ),
    Message(
        "SSLP277E",
        ":source. {source} does not fit :address. {address}: {reason}",
        "A connection goes from an address to one of the same family.",
        "Give an address of the same family as :address., or remove :source.",
    ),
)
