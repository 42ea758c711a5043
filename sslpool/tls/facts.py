# -*- test-case-name: tests.tls.test_facts -*-
"""
What a finished handshake tells.  Servers.
"""

from __future__ import annotations

from attrs import frozen
from OpenSSL import SSL

from sslpool.tls.parameters import groupOf
from sslpool.wire.cachebook import HELD, KEYED, LASTING

try:
    from OpenSSL._util import ffi as _ffi
    from OpenSSL._util import lib as _lib

    _sessionReused = _lib.SSL_session_reused
    _version = _lib.SSL_version
    _session, _encode = _lib.SSL_get_session, _lib.i2d_SSL_SESSION
    # What a session without a client's certificate takes, made once: this is done in each such handshake.
    _ROOM = 1024
    _room = _ffi.new("unsigned char[]", _ROOM)
except (ImportError, AttributeError):  # pragma: no cover - a binding with other names
    _sessionReused = _version = _session = _encode = None


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


def wasResumed(connection: SSL.Connection) -> bool:
    """
    Tell whether the handshake resumed an earlier session; C{False} where the
    binding does not tell.
    """
    return _sessionReused is not None and _sessionReused(connection._ssl) == 1


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


def isModern(connection: SSL.Connection) -> bool:
    """
    Tell whether TLS 1.3 was agreed.
    """
    version = connection.get_protocol_version() if _version is None else _version(connection._ssl)
    return bool(version == SSL.TLS1_3_VERSION)


def entryOf(connection: SSL.Connection, resumed: bool) -> int:
    """
    Return what a handshake has given a client to resume with, as L{sslpool.wire.cachebook} counts it.

    @param resumed: it resumed a session: with TLS 1.2 the client keeps what it has.
    """
    if isModern(connection):
        return KEYED
    if resumed:
        return 0
    return LASTING if _givesTicket(connection) else HELD


def _givesTicket(connection: SSL.Connection) -> bool:
    """
    Tell whether the session of a full handshake of TLS 1.2 is in a ticket.  The library then gives it no
    ID (RFC 5077 section 3.4), which is the fourth field of its encoding (SSL_SESSION_ASN1(3)).
    """
    session = None if _encode is None else _session(connection._ssl)
    if not session:
        return True
    length = _encode(session, _ffi.NULL)
    encoded = _room if length <= _ROOM else _ffi.new("unsigned char[]", length)
    _encode(session, _ffi.new("unsigned char **", encoded))
    at = 2 + (encoded[1] & 0x7F if encoded[1] & 0x80 else 0)
    for _ in range(3):
        # Two numbers and a suite: none of them is long.
        at += 2 + encoded[at + 1]
    given = encoded[at + 1] == 0
    # The session's keys are in it.
    _ffi.memmove(encoded, bytes(length), length)
    return bool(given)


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
    Return what the client of C{connection} has said, also where its handshake failed.
    What it sent is made printable.
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
