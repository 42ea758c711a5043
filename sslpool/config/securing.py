# -*- test-case-name: tests.config.test_securing -*-
"""
How connections become secure, from the PORT statement to the session.  Frozen records and no rules; made in the
stack process, used in the servers.
"""

from __future__ import annotations

from typing import TypeAlias

from attrs import frozen

#: The protocols of C{:dynamic.}.
DYNAMIC_PROTOCOLS: tuple[str, ...] = (
    "FTP", "IMAP", "LDAP", "LMTP", "MYSQL", "NNTP", "POP3", "POSTGRESQL", "SMTP", "TELNET", "TN3270", "XMPP"
)  # fmt: skip
#: How far a client has to secure its connection, from not at all to in any case.
SECURITY: tuple[str, ...] = ("NEVER", "ALLOWED", "PREFERRED", "REQUIRED")


@frozen
class DataConnections:
    """
    What an application's entry says about FTP's data connections.

    @ivar security: one of L{SECURITY}: never secured, secured if the client
        asks for it, the same and from the beginning where the control connection is, always.
    @ivar reuse: the client has to resume the TLS session of the control connection.
    @ivar address: the IPv4 address that clients are told, or empty for the one they are connected to.
    @ivar first: the first of the ports for passive mode; 0 is any.
    @ivar last: the last of them.
    """

    security: str = "PREFERRED"
    reuse: bool = False
    address: str = ""
    first: int = 0
    last: int = 0


@frozen
class Plain:
    """
    The client begins with TLS, and what is in it is not looked at.
    """


@frozen
class Dynamic:
    """
    The client begins in cleartext, and the connection becomes secure on the way.

    @ivar protocol: the protocol, one of L{DYNAMIC_PROTOCOLS}.
    @ivar security: one of L{SECURITY}.
    @ivar data: how its data connections are secured, for FTP.
    """

    protocol: str
    security: str
    data: DataConnections | None = None


@frozen
class Implicit:
    """
    The client begins with TLS, and the dialogue in it is understood all the same.

    @ivar protocol: the protocol: FTP, because of its data connections.
    @ivar data: how these are secured.
    """

    protocol: str
    data: DataConnections


@frozen
class Remote:
    """
    The remote host of the secure client.

    @ivar name: the DNS name or IP address that its certificate must have (RFC 9525).
    @ivar authorities: labels of the authorities that are trusted; none is all of the
        key database, C{*SYSTEM} those of the operating system.
    @ivar protocols: the application protocols that are offered (ALPN), best first.
    @ivar startTLS: the protocol in which it is asked for TLS; empty where TLS is at once.
    """

    name: str
    authorities: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ()
    startTLS: str = ""


@frozen
class Outbound:
    """
    The client stays in cleartext, and this side is the TLS client of a remote host.

    @ivar remote: the remote host.
    """

    remote: Remote


Securing: TypeAlias = Plain | Dynamic | Implicit | Outbound
"""
One of these.  No two of them have the same fields: these tell them apart in JSON.
"""
