# -*- test-case-name: tests.test_messages -*-
"""
Messages about whom an application trusts: as which address or user it sees the clients of the pool, and as
which user processes run.  Every process.
"""

from __future__ import annotations

from sslpool.messages.entry import Message

_THROUGH = (
    "An SSL server connects to the application from this machine, so the application sees the server's address for "
    "every client. Many applications trust the address that they listen on themselves. docs/applications.md has the "
    "lines to set for each of them."
)
_SET = (
    "Change what the application trusts, or let it see another address: :source. in its DTCPARMS entry (--source on a "
    "command line). To accept the current address, name it in :source.; this message then stops."
)

MESSAGES = (
    Message(
        "SSLP055W",
        "{server} cannot connect to {application} from its source address {source}: {reason}",
        "Clients of this application get a secure connection that is closed immediately, because the application is "
        "to see that address and no other. Each new connection tries again; this is logged once until one succeeds.",
        "Give the address to one of this machine's interfaces, or correct :source. in the DTCPARMS file (--source on "
        "a command line).",
    ),
    Message(
        "SSLP056E",
        "{application} is not started: cannot run it as {user}: {reason}",
        ":user. of the application's DTCPARMS entry names the user who runs its command. Only a stack that root "
        "started can run commands as other users. The stack does not run it as another user instead.",
        "Create the user, correct :user., or start the stack as root. SIGHUP puts a corrected entry into effect.",
    ),
    Message(
        "SSLP226W",
        "{userid} at {address} sees every client of the pool as {host}: {trusts}. {another}; {same} accepts this",
        _THROUGH,
        _SET,
    ),
    Message(
        "SSLP227I",
        "{userid} at {address} sees every client of the pool as {host}: what it permits that address, it permits "
        "everybody; {another}; {same} accepts this",
        _THROUGH,
        _SET,
    ),
    Message(
        "SSLP228W",
        "{userid} at {address} sees every client of the pool as root: the SSL servers run as root, and a UNIX socket "
        "tells who connects",
        "The kernel tells an application who is at the other end of a UNIX socket. Many applications take that for a "
        "login: EXTERNAL of OpenLDAP, unix_socket of MariaDB, peer of PostgreSQL.",
        "Give the servers a user of their own, to whom the application permits nothing: POSIXINFO UID in USER.DIRECT "
        "(--user on a command line; docs/applications.md). Or have the application listen on an address and a port. "
        "POSIXINFO UID 0 (--user root) accepts this.",
    ),
    Message(
        "SSLP229W",
        "The source address of {userid}, {source}, is not an address of this machine now",
        "Addresses can come and go, so the stack starts. While this one is missing, no client reaches the application "
        "(SSLP055W).",
        "Give the address to one of this machine's interfaces, or correct :source. in the DTCPARMS file (--source on "
        "a command line).",
    ),
    Message(
        "SSLP273W",
        "{protocol} clients cannot use port {port}: they do not begin with TLS there. {remedy}",
        "A port with SECURE expects TLS from the first octet. Clients of this protocol begin in cleartext, and most "
        "wait for a greeting that never comes.",
        "Use dynamic TLS if sslpool has it for the protocol (docs/dynamic.md). Otherwise let the application do TLS "
        "itself.",
    ),
    Message(
        "SSLP274W",
        "{userid} speaks FTP behind port {port}; without :dynamic.FTP its files go in cleartext, or not at all",
        "With SECURE alone, only FTP's control connection is secured. Files and lists use data connections, whose "
        "addresses are in that dialogue: the client connects to the application itself, past the pool.",
        "Add :dynamic.FTP to the entry of the application; the PORT statement can stay. docs/ftp.md has more.",
    ),
    Message(
        "SSLP275W",
        "The SSL servers run as root, as the stack does: {remedy} gives them a user of their own",
        "SSL servers read data from untrusted clients. They need no privileges for that: the stack opens the ports, "
        "and a server only has to read the key database.",
        "Give them a user who owns nothing else, and let that user's group read the key database: "
        "docs/applications.md, As whom servers run. POSIXINFO UID 0 (--user root) accepts this.",
    ),
    Message(
        "SSLP277E",
        ":source. {source} does not fit :address. {address}: {reason}",
        "Both addresses must be of the same family.",
        "Give an address of the same family as :address., or remove :source.",
    ),
)
