"""
Tests for L{sslpool.tls.ticketless}.
"""

from __future__ import annotations

import contextlib

from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from sslpool.testing.certificates import makeAuthority, makeServer
from sslpool.tls.anchors import makeAnchor
from sslpool.tls.policy import Policy
from sslpool.tls.ticketless import avoidTickets


def said(connection: SSL.Connection) -> bytes:
    """
    Return what a connection has sent and nobody has received.
    """
    try:
        return connection.bio_read(65536)
    except SSL.WantReadError:
        return b""


class TicketTests(SynchronousTestCase):
    """
    What a client finds unread behind the handshake.
    """

    def meet(self, policy: Policy, avoid: bool) -> tuple[str, bytes]:
        """
        Do a handshake; return the version, and what the server has sent after the client's end of it.
        """
        authority = makeAuthority()
        credential = makeServer(authority)
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        policy.restrict(context)
        context.use_certificate(credential.certificate.strict)
        context.use_privatekey(credential.key)
        server = SSL.Connection(makeAnchor(policy), None)
        server.set_context(context)
        server.set_accept_state()
        if avoid:
            self.assertEqual(avoidTickets(server), "TLSV1_2" in policy.protocols)
        client = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), None)
        client.set_connect_state()
        done: set[SSL.Connection] = set()
        while True:
            for one, other in ((client, server), (server, client)):
                with contextlib.suppress(SSL.WantReadError):
                    one.do_handshake()
                    done.add(one)
                if len(done) == 2:
                    return client.get_protocol_version_name(), said(server)
                if octets := said(one):
                    other.bio_write(octets)

    def test_avoided(self) -> None:
        """
        With TLS 1.3 tickets come behind the handshake; where TLS 1.2 is permitted there are none.
        """
        version, unread = self.meet(Policy(), False)
        self.assertEqual(version, "TLSv1.3")
        self.assertNotEqual(unread, b"")
        version, unread = self.meet(Policy(), True)
        self.assertEqual((version, unread), ("TLSv1.2", b""))

    def test_notPermitted(self) -> None:
        """
        Where TLS 1.2 is not permitted it is not used.
        """
        version, _ = self.meet(Policy(protocols=("TLSV1_3",)), True)
        self.assertEqual(version, "TLSv1.3")
