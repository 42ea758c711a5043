# -*- test-case-name: tests.tls.test_tickets -*-
"""
By what name a ticket says which key it was made with.  Agent and servers.

OpenSSL begins each ticket with the 16 octets of its key's name (RFC 5077 section 4), and tells nobody what they are.  A
client that offers a ticket shows them in the clear: so this module is server and client to itself, once for a key.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from OpenSSL import SSL

from sslpool.tls.policy import Policy

NAME = 16
"""
The length of a key's name, in octets.
"""

_FLIGHTS = 6
_LARGEST = 1 << 16
_SESSION_TICKET, _PRE_SHARED_KEY = 35, 41


def keyName(anchor: SSL.Context, policy: Policy) -> bytes | None:
    """
    Return the name of an anchor's ticket key; C{None} where it cannot be found
    out, since no handshake succeeds or none gives a ticket.

    @param policy: what the anchor carries.
    """
    for key in (partial(ec.generate_private_key, ec.SECP256R1()), partial(rsa.generate_private_key, 65537, 2048)):
        # A policy may have left suites for one of the two kinds only.
        try:
            hello = _helloWithTicket(anchor, policy, key())
        except SSL.Error:
            continue
        return ticketName(hello)
    return None


def ticketName(hello: bytes) -> bytes | None:
    """
    Return the first octets of the ticket that a ClientHello in one record
    (RFC 8446 section 4.1.2) offers; C{None} where it offers none.
    """
    at = 5 + 4 + 2 + 32
    at += 1 + hello[at]
    at += 2 + _number(hello, at)
    at += 1 + hello[at] + 2
    while at < len(hello):
        kind, length = _number(hello, at), _number(hello, at + 2)
        body = hello[at + 4 : at + 4 + length]
        if kind == _SESSION_TICKET and length >= NAME:
            return body[:NAME]
        if kind == _PRE_SHARED_KEY:
            return body[4 : 4 + NAME]
        at += 4 + length
    return None


def _number(octets: bytes, at: int) -> int:
    return int.from_bytes(octets[at : at + 2], "big")


def _helloWithTicket(anchor: SSL.Context, policy: Policy, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    """
    Get a ticket, and return what a client says that offers it.

    @raise SSL.Error: there is no handshake.
    """
    ours = SSL.Context(SSL.TLS_CLIENT_METHOD)
    policy.restrict(ours)
    server, client = SSL.Connection(anchor, None), SSL.Connection(ours, None)
    server.set_context(_throwaway(policy, key))
    server.set_accept_state()
    client.set_connect_state()
    _shake(client, server)
    session = client.get_session()
    again = SSL.Connection(ours, None)
    if session is not None:
        again.set_session(session)
    again.set_connect_state()
    _step(again.do_handshake)
    return again.bio_read(_LARGEST)


def _shake(client: SSL.Connection, server: SSL.Connection) -> None:
    for _ in range(_FLIGHTS):
        _step(client.do_handshake)
        _carry(client, server)
        _step(server.do_handshake)
        _carry(server, client)
    # With TLS 1.3 the tickets come after the handshake.
    _step(lambda: client.recv(1))


def _step(call: Callable[[], object]) -> None:
    with suppress(SSL.WantReadError):
        call()


def _carry(source: SSL.Connection, target: SSL.Connection) -> None:
    _step(lambda: target.bio_write(source.bio_read(_LARGEST)))


def _throwaway(policy: Policy, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> SSL.Context:
    """
    Return a label's context whose certificate nobody sees.
    """
    name = x509.Name([])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    policy.restrict(context)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.use_certificate(builder.sign(key, hashes.SHA256()))
    context.use_privatekey(key)
    return context
