"""
A TLS server's end, made as servers make it, and Python's own TLS or pyOpenSSL's as the
client, over a pair of sockets.  Tests only; everything in the test's own thread.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable
from functools import cache

from cryptography.hazmat.primitives.asymmetric import dsa, rsa
from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.keydb.exchange import exportPem
from sslpool.keydb.records import Credential
from sslpool.tls.anchors import makeAnchor
from sslpool.tls.binding import lib
from sslpool.tls.labels import buildLabels
from sslpool.tls.policy import Policy
from tests.doubles.certificates import Authority, makeAuthority, makeServer

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


@cache
def authority() -> Authority:
    """
    Return the authority of all certificates here.
    """
    return makeAuthority()


@cache
def elliptic() -> Credential:
    """
    Return a credential with an EC key.
    """
    return makeServer(authority())


@cache
def withRsa() -> Credential:
    """
    Return a credential with an RSA key.
    """
    return makeServer(authority(), key=rsa.generate_private_key(65537, 2048))


@cache
def withDsa() -> Credential:
    """
    Return a credential with a DSA key.
    """
    return makeServer(authority(), key=dsa.generate_private_key(2048))


def trusting(version: ssl.TLSVersion | None = None, ciphers: str = "") -> ssl.SSLContext:
    """
    Return the context of a client that trusts L{authority}.

    @param version: the only protocol version that it has.
    @param ciphers: its suites up to TLS 1.2, as OpenSSL takes them.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=exportPem([authority().certificate]).decode("ascii"))
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if ciphers:
        context.set_ciphers(ciphers)
    return context


def contextOf(policy: Policy, credential: Credential | None = None) -> SSL.Context:
    """
    Return the context of a label.
    """
    credential = credential or elliptic()
    return buildLabels([credential], policy, 1)[credential.label].context


class Meeting:
    """
    Server and client.

    @ivar server: the server's connection.
    @ivar client: the client's TLS.
    @ivar far: the client's socket.
    """

    def __init__(
        self,
        anchor: SSL.Context,
        label: SSL.Context,
        context: ssl.SSLContext,
        session: ssl.SSLSession | None = None,
        name: str = "localhost",
    ) -> None:
        self.near, self.far = socket.socketpair()
        for each in (self.near, self.far):
            each.setblocking(False)
        self.server = SSL.Connection(anchor, self.near)
        self.server.set_context(label)
        self.server.set_accept_state()
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.client = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name, session=session)
        self.received = b""

    def take(self) -> None:
        """
        Let the client have what the server has sent.
        """
        try:
            while data := self.far.recv(1 << 20):
                self._incoming.write(data)
        except BlockingIOError:
            pass

    def give(self) -> None:
        """
        Send what the client has to send; it must fit into the socket.
        """
        if self._outgoing.pending:
            self.far.sendall(self._outgoing.read())

    def listen(self) -> None:
        """
        Let the client decrypt what has come.
        """
        self.take()
        try:
            while data := self.client.read(1 << 16):
                self.received += data
        except ssl.SSLWantReadError:
            pass

    def say(self, data: bytes) -> None:
        """
        Have the client send C{data}.
        """
        while data:
            data = data[self.client.write(data) :]
        self.give()

    def close(self) -> None:
        """
        Close both sockets.
        """
        self.near.close()
        self.far.close()

    def shake(self) -> Meeting:
        """
        Complete the handshake, and have the client take its tickets.

        @raise SSL.Error: the server did not succeed.
        @raise ssl.SSLError: the client did not.
        """
        ready = False
        while not ready:
            try:
                self.client.do_handshake()
                ready = True
            except ssl.SSLWantReadError:
                pass
            finally:
                self.give()
            try:
                self.server.do_handshake()
            except SSL.WantReadError:
                ready = False
            self.take()
        self.listen()
        return self


def meet(
    policy: Policy,
    context: ssl.SSLContext | None = None,
    credential: Credential | None = None,
    session: ssl.SSLSession | None = None,
    anchor: SSL.Context | None = None,
) -> Meeting:
    """
    Return a new meeting after its handshake.
    """
    anchor = anchor or makeAnchor(policy)
    return Meeting(anchor, contextOf(policy, credential), context or trusting(), session).shake()


def helloOf(context: ssl.SSLContext, session: ssl.SSLSession | None) -> bytes:
    """
    Return what a client says first.
    """
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname="localhost", session=session)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


HELLO_RETRY = bytes.fromhex("CF21AD74E59A6111BE1D8C021E65B891C2A211167ABB8C5E079E09E2C8A8339C")
"""
The random number of a HelloRetryRequest (RFC 8446 section 4.1.3).
"""


class Modern:
    """
    Server and client, both of the library that the product uses, which has what the system's may not have.

    @ivar server: the server's connection.
    @ivar client: the client's connection.
    @ivar seen: the octets that the server has sent.
    """

    def __init__(self, anchor: SSL.Context, label: SSL.Context, context: SSL.Context) -> None:
        self.near, far = socket.socketpair()
        for each in (self.near, far):
            each.setblocking(False)
        self._far = far
        self.server = SSL.Connection(anchor, self.near)
        self.server.set_context(label)
        self.server.set_accept_state()
        self.client = SSL.Connection(context)
        self.client.set_connect_state()
        self.seen = b""

    def close(self) -> None:
        """
        Close both sockets.
        """
        self.near.close()
        self._far.close()

    def shake(self) -> Modern:
        """
        Complete the handshake.

        @raise SSL.Error: either side did not succeed.
        """
        done = False
        while not done:
            done = _advance(self.client)
            self.carry()
            done = _advance(self.server) and done
            self.carry()
        return self

    def carry(self) -> None:
        """
        Let each side have what the other one has sent.
        """
        try:
            while data := self.client.bio_read(1 << 16):
                self._far.sendall(data)
        except SSL.WantReadError:
            pass
        try:
            while data := self._far.recv(1 << 16):
                self.seen += data
                self.client.bio_write(data)
        except BlockingIOError:
            pass


def _advance(connection: SSL.Connection) -> bool:
    try:
        connection.do_handshake()
    except SSL.WantReadError:
        return False
    return True


def meetLibrary(
    test: SynchronousTestCase,
    policy: Policy,
    credential: Credential,
    configure: Callable[[SSL.Context], object] = lambda context: None,
) -> Modern:
    """
    Return a meeting after its handshake with a client of the product's own library.

    @param configure: is called with the client's context.
    """
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    configure(context)
    meeting = Modern(makeAnchor(policy), contextOf(policy, credential), context)
    test.addCleanup(meeting.close)
    return meeting.shake()


def offering(groups: str) -> Callable[[SSL.Context], object]:
    """
    Return what has a client offer C{groups}, in OpenSSL's words; a C{*} before one sends its share.
    """
    return lambda context: lib.SSL_CTX_set1_curves_list(context._context, groups.encode("ascii"))


def groupOf(test: SynchronousTestCase, policy: Policy, groups: str) -> str:
    """
    Return the group that server and a client that offers C{groups} agree upon.
    """
    return meetLibrary(test, policy, elliptic(), offering(groups)).client.get_group_name() or ""
