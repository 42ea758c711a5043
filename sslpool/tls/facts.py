# -*- test-case-name: tests.tls.test_facts -*-
"""
What a finished handshake tells.  Servers.
"""

from __future__ import annotations

from attrs import frozen
from OpenSSL import SSL

from sslpool.tls.binding import givesTicket, isModern, wasResumed
from sslpool.tls.groups import groupOf
from sslpool.wire.cachebook import HELD, KEYED, LASTING


@frozen
class Facts:
    """
    What was agreed.

    @ivar protocol: C{TLSv1.2} or C{TLSv1.3}; empty before the handshake is complete.
    @ivar cipher: the suite by the library's name; empty likewise.
    @ivar resumed: an earlier session was resumed.
    @ivar alpn: the application's protocol; empty where none was agreed.
    @ivar name: the server name, as in L{Hello}.
    @ivar group: the group of key exchange; empty where there was none.
    """

    protocol: str
    cipher: str
    resumed: bool
    alpn: str = ""
    name: str = ""
    group: str = ""


NOTHING_AGREED = Facts("", "", False)


def isAnew(connection: SSL.Connection) -> bool:
    """
    Tell whether a handshake resumes nothing, as soon as the server has decided that and before it has given the
    client anything to resume with.  TLS 1.3 may ask for another ClientHello first (RFC 8446 section 4.1.4), and has
    decided when its Finished is there; TLS 1.2 when there is a session.
    """
    if wasResumed(connection):
        return False
    decided = connection.get_finished() if isModern(connection) else connection.client_random()
    return decided is not None


def entryOf(connection: SSL.Connection, resumed: bool) -> int:
    """
    Return what a handshake has given a client to resume with, as L{sslpool.wire.cachebook} counts it.

    @param resumed: it resumed a session: with TLS 1.2 the client keeps what it has.
    """
    if isModern(connection):
        return KEYED
    if resumed:
        return 0
    return LASTING if givesTicket(connection) else HELD


def factsOf(connection: SSL.Connection) -> Facts:
    """
    Return what was agreed on C{connection}.
    """
    cipher = connection.get_cipher_name()
    if cipher is None:
        return NOTHING_AGREED
    alpn = connection.get_alpn_proto_negotiated().decode("ascii", "replace")
    version = connection.get_protocol_version_name()
    return Facts(version, cipher, wasResumed(connection), alpn, _nameOf(connection), groupOf(connection))


@frozen
class Hello:
    """
    What a client has said first, as far as it was understood.

    @ivar name: the host name that it asked for (server_name, RFC 6066), or empty.  With TLS 1.2, a session that is
        resumed has the one that was acknowledged when it began.
    @ivar version: the protocol version that was settled on or found wanting, or empty.
    """

    name: str
    version: str


NOTHING_SAID = Hello("", "")


def helloOf(connection: SSL.Connection) -> Hello:
    """
    Return what the client of C{connection} has said, also where its handshake failed.  What it sent is made printable.
    """
    # Without its greeting, the library names the highest version that it knows.
    isUnknown = connection.client_random() is None and connection.get_protocol_version() == SSL.TLS1_3_VERSION
    return Hello(_nameOf(connection), "" if isUnknown else connection.get_protocol_version_name())


def _nameOf(connection: SSL.Connection) -> str:
    name = (connection.get_servername() or b"").decode("ascii", "backslashreplace")
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in name[:LONGEST_NAME])


LONGEST_NAME = 255
"""
The most characters of a host name (RFC 1035 section 2.3.4).
"""


def keepSession(connection: SSL.Connection) -> None:
    """
    Have the library keep a connection's session in its memory, for clients of TLS 1.2 that take no tickets; nothing
    more is written on it.

    The library forgets a session whose connection has not ended with our close_notify.  TLS does not ask for that
    since 1.1 (RFC 4346 section 7.2.1): many clients end otherwise, and would never resume.  A connection that counts
    as closed by us keeps it.
    """
    shutdown = connection.get_shutdown()
    if not shutdown & SSL.SENT_SHUTDOWN:
        connection.set_shutdown(shutdown | SSL.SENT_SHUTDOWN)
