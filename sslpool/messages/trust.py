# -*- test-case-name: tests.test_messages -*-
"""
Messages about whom an application trusts: as which address or user it sees the clients of the pool, and as
which user processes run.  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

_THROUGH = (
    "An SSL server connects to the application from this machine, so that the application sees the server's address "
    "for every client, wherever it comes from.  Many applications trust the address that they listen on themselves.  "
    "docs/applications.md has the lines to set for each of them."
)
_SET = (
    "Change what the application trusts, or have it see another address: :source. in its DTCPARMS entry (--source on "
    "a command line).  To accept that it sees this one, give :source. with it; this message then does not come again."
)

MESSAGES = (
    Message(
        "SSLP055W",
        "{server} cannot connect to {application} from its source address {source}: {reason}",
        "Clients of this application get a secure connection that is closed at once, since the application is to see "
        "that address and no other.  Each new connection tries again; this message comes once until one succeeds.",
        "Give the address to one of this machine's interfaces, or correct :source. in the DTCPARMS file (--source on "
        "a command line).",
    ),
    Message(
        "SSLP056E",
        "{application} is not started: it cannot be run as {user}: {reason}",
        ":user. of the application's DTCPARMS entry says as which user AUTOLOG starts its command.  Only a stack that "
        "root has started can start commands as other users.  It is not started as another user instead.",
        "Create the user, correct :user., or start the stack as root.  A corrected entry is followed with SIGHUP.",
    ),
    Message(
        "SSLP226W",
        "{userid} at {address} sees every client of the pool as {host}: {trusts}.  {another}; {same} accepts this",
        _THROUGH,
        _SET,
    ),
    Message(
        "SSLP227I",
        "{userid} at {address} sees every client of the pool as {host}: what it lets that address do, it lets "
        "everybody do.  {another}; {same} accepts this",
        _THROUGH,
        _SET,
    ),
    Message(
        "SSLP228W",
        "{userid} at {address} sees every client of the pool as root: the SSL servers run as root, and a UNIX socket "
        "tells who connects",
        "The kernel tells an application who is at the other end of a UNIX socket, and many applications take that "
        "for a login: the EXTERNAL mechanism of OpenLDAP, unix_socket of MariaDB, peer of PostgreSQL.",
        "Give the servers a user of their own, to whom the application permits nothing: POSIXINFO UID in USER.DIRECT "
        "(--user on a command line; docs/applications.md); or have the application listen on an address and a port.  "
        "POSIXINFO UID 0 (--user root) accepts this.",
    ),
    Message(
        "SSLP229W",
        "The source address of {userid}, {source}, is not an address of this machine now",
        "Addresses may come and go, so the stack starts; as long as this one is not there, no client reaches the "
        "application (SSLP055W).",
        "Give the address to one of this machine's interfaces, or correct :source. in the DTCPARMS file (--source on "
        "a command line).",
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
        "The SSL servers run as root, as the stack does: {remedy} gives them a user of their own",
        "SSL servers read data from untrusted clients.  They need no privilege for that: the stack opens the ports, "
        "and a server has to be able to read the key database, no more.",
        "Give them a user who owns nothing else, and let that user's group read the key database: "
        "docs/applications.md, As whom servers run.  POSIXINFO UID 0 (--user root) accepts this.",
    ),
    Message(
        "SSLP277E",
        ":source. {source} does not fit :address. {address}: {reason}",
        "A connection goes from an address to one of the same family.",
        "Give an address of the same family as :address., or remove :source.",
    ),
)
