# -*- test-case-name: tests.test_messages -*-
"""
Messages about whom an application trusts: as whom clients come to it through the pool, and as which
user processes run.  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

_THROUGH = (
    "An SSL server connects to the application from this machine, so that the application sees the server's address "
    "for every client, also for strangers.  Many applications trust the address that they listen on themselves.  "
    "docs/applications.md has the lines to set for each of them."
)
_SET = (
    "Set what the application trusts, or give it another address to see: :source. in its DTCPARMS entry (--source on "
    "a command line).  Where nothing is to change, :source. with the address that it sees now says so, and this "
    "message does not come again."
)

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
        "SSLP226W",
        "To {userid} at {address} whoever comes through the pool is {host}: {trusts}.  {another}, {same} says that "
        "nothing is to change",
        _THROUGH,
        _SET,
    ),
    Message(
        "SSLP227I",
        "To {userid} at {address} whoever comes through the pool is {host}: what it lets that address do, it lets "
        "everybody do.  {another}, {same} says that nothing is to change",
        _THROUGH,
        _SET,
    ),
    Message(
        "SSLP228W",
        "To {userid} at {address} whoever comes through the pool is root: that is the user of the SSL servers, and a "
        "UNIX socket tells who connects",
        "The kernel tells an application who is at the other end of a UNIX socket, and many applications take that "
        "for a login: the EXTERNAL mechanism of OpenLDAP, unix_socket of MariaDB, peer of PostgreSQL.",
        "Give the servers a user of their own, who means nothing to the application: POSIXINFO UID in USER.DIRECT "
        "(--user on a command line; docs/applications.md); or give the application an address and a port.  "
        "POSIXINFO UID 0 says that nothing is to change.",
    ),
    Message(
        "SSLP229W",
        "{userid} is to be connected to from {source}, which is not an address of this machine now",
        "Addresses may come and go, so the stack starts; as long as this one is not there, nobody reaches the "
        "application (SSLP055W).",
        "Give the address to one of this machine's interfaces, or correct :source. in the DTCPARMS file.",
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
        "SSLP275W",
        "The stack is started as root, and its SSL servers are root as well: {remedy} gives them a user of their own",
        "SSL servers read what strangers send.  They need no privilege for that: the stack opens the ports, and a "
        "server has to be able to read the key database, no more.",
        "Give them a user who owns nothing else, and let that user's group read the key database: "
        "docs/applications.md, As whom servers run.  POSIXINFO UID 0 says that nothing is to change.",
    ),
    Message(
        "SSLP277E",
        ":source. {source} does not fit :address. {address}: {reason}",
        "A connection goes from an address to one of the same family.",
        "Give an address of the same family as :address., or remove :source.",
    ),
)
